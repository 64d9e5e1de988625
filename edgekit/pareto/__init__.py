"""Search: the best variants of a model within limits, cheap evidence first."""

from __future__ import annotations

from edgekit.pareto.search import search

__all__ = ["search"]
