"""What commands print, and the exit codes of verdicts."""

from __future__ import annotations

import json
import sys
from typing import Any

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
