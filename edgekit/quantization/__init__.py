"""Numerics of quantization that no format changes."""
