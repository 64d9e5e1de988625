"""Delegates: accelerators that a runtime can hand part of a model to, one file per delegate."""
