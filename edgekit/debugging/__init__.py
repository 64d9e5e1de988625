"""Debugging: where in a converted model the error enters, down to the operators that bring it in."""

from __future__ import annotations

from edgekit.debugging.diagnosis import Diagnosis, debug

__all__ = ["Diagnosis", "debug"]
