"""What commands print and keep, as values: one file for each document, and one JSON Schema under ``docs/schema``."""
