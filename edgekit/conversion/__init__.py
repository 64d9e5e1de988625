"""Variants from a model: one float file per format, and all that is derived from it."""
