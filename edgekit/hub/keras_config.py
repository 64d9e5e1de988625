"""The configuration of a Keras model, as its file has it: nested lists and dicts; objects in it name their classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgekit.system.files import JsonObject


def objects(config: Any) -> Iterator[JsonObject]:
    """Yield every object of a configuration that names a class, those inside of others included."""
    if isinstance(config, list):
        for entry in config:
            yield from objects(entry)
    elif isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            yield config
        for entry in config.values():
            yield from objects(entry)


def class_names(config: Any) -> Iterator[str]:
    """Yield the classes of the layers and other objects of a configuration, each as often as it is there."""
    return (entry["class_name"] for entry in objects(config) if "config" in entry)
