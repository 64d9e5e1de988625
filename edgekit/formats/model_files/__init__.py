"""Formats of model files, one file each; `edgekit.adapters.model_file` says what a file offers."""
