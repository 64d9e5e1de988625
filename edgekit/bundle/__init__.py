"""Bundles: one file that holds an artifact, what proves it, and the code that runs it."""
