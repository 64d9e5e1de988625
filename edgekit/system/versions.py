"""Versions of the tools that decide what comes out."""

from __future__ import annotations

from edgekit._version import __version__
from edgekit.system.optional import installed_version


def tool_versions() -> dict[str, str]:
    """Return the versions of all that took part."""
    packages = (*TOOLS, "ai-edge-litert", "numpy", "tf-keras", "tensorflow-hub")
    versions = {package: installed_version(package) for package in packages}
    return {"edgekit": __version__, **{name: version for name, version in versions.items() if version}}


TOOLS = ("edgekit", "tensorflow", "ai-edge-quantizer", "tf2onnx", "onnxruntime")
"""The packages whose versions decide what comes out."""
