"""The report's documents, which are printed as well."""

from __future__ import annotations

from tests.report.conftest import document

__all__ = ["document"]
