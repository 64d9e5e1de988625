"""What the commands print for people, by noun."""
