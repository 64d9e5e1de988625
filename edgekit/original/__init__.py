"""The original: a head tuned on modules, or a finished model."""
