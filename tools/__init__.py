"""What measures the project itself."""
