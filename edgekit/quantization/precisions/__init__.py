"""Precisions, one file each; `edgekit.adapters.precision` says what a file offers."""
