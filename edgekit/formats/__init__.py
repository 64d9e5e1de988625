"""Inside model files."""
