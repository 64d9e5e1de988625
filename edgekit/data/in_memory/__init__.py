"""Data that is in memory, or that code yields, on its way to samples."""
