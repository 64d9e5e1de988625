"""Remote devices: models run in another interpreter, on this machine or on another one, and answer here."""

from __future__ import annotations
