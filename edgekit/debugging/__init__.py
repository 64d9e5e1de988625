"""Debugging: where in a converted model the error enters, down to the operators that bring it in."""

from __future__ import annotations

from edgekit.debugging.diagnosis import debug
from edgekit.documents.diagnosis import Diagnosis

__all__ = ["Diagnosis", "debug"]
