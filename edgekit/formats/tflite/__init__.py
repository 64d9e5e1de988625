"""Inside TFLite files."""
