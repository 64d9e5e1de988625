"""What this machine can do, and the command that brings what is missing."""

from __future__ import annotations

import platform
from typing import Any

import edgekit
from edgekit.frameworks import installed_version
from edgekit.latency import machine

PARTS = (
    ("tensorflow", "convert"),
    ("tensorflow-hub", "convert"),
    ("tf-keras", "convert"),
    ("ai-edge-quantizer", "convert"),
    ("tf2onnx", "convert"),
    ("scipy", "parity"),
    ("ai-edge-litert", "litert"),
    ("tflite-runtime", "tflite"),
    ("onnxruntime", "onnx"),
    ("soundfile", "audio"),
    ("soxr", "audio"),
    ("tokenizers", "text"),
    ("scikit-image", "pictures"),
    ("jinja2", "report"),
    ("matplotlib", "report"),
)
"""Optional packages, and the extra that installs each."""


def examine() -> dict[str, Any]:
    """Return versions of all optional parts, None where one is missing, as JSON values."""
    parts = [{"name": name, "version": installed_version(name), "install": _install(extra)} for name, extra in PARTS]
    return {
        "edgekit": edgekit.__version__,
        "python": platform.python_version(),
        "machine": machine(),
        "parts": parts,
    }


def _install(extra: str) -> str:
    own = " (in an environment of its own: it needs numpy < 2)" if extra == "tflite" else ""
    return f"pip install 'edgekit[{extra}]'{own}"
