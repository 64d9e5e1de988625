"""All ports: which protocol the adapters of each kind keep, and what one lacks of it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from edgekit.adapters.calibration import CalibrationMethod
from edgekit.adapters.converter import Converter
from edgekit.adapters.delegate import DelegateAdapter
from edgekit.adapters.device import Transport
from edgekit.adapters.medium import Medium, MediumFile
from edgekit.adapters.metric import Metric
from edgekit.adapters.model_file import ModelFileFormat
from edgekit.adapters.precision import PrecisionFile
from edgekit.adapters.rounding import RoundingMethod
from edgekit.adapters.runtime import Runtime
from edgekit.adapters.task import Task

PORTS: Mapping[str, type] = MappingProxyType(
    {
        "converters": Converter,
        "runtimes": Runtime,
        "runtimes.delegates": DelegateAdapter,
        "remote.transports": Transport,
        "tasks": Task,
        "evaluation.metrics": Metric,
        "data.media": MediumFile,
        "formats.model_files": ModelFileFormat,
        "quantization.precisions": PrecisionFile,
        "quantization.rounding": RoundingMethod,
        "quantization.calibration": CalibrationMethod,
    }
)
"""The protocol of each kind, by the folder that `edgekit.system.registry` lists."""

OBJECTS: Mapping[str, tuple[str, type]] = MappingProxyType({"data.media": ("MEDIUM", Medium)})
"""Of kinds whose files hold an object that does the work: its name, and its own protocol."""

PLAIN: Mapping[str, type] = MappingProxyType({"str": str, "int": int, "bool": bool})
"""Types of constants that are checked; others are in the annotations alone."""


def shortcomings(adapter: Any, protocol: type) -> list[str]:
    """Return in what an adapter does not keep its protocol, a sentence each; empty: in nothing.

    Args:
        adapter: A module, or what else has the protocol's names as attributes.
        protocol: A class of constants and functions.
    """
    return [*_constants(adapter, protocol), *_functions(adapter, protocol)]


def _constants(adapter: Any, protocol: type) -> list[str]:
    sentences = []
    for name, annotation in inspect.get_annotations(protocol).items():
        plain = PLAIN.get(annotation)
        if not hasattr(adapter, name):
            sentences.append(f"it has no constant {name}")
        elif plain is not None and type(getattr(adapter, name)) is not plain:
            sentences.append(f"its {name} is no {annotation}")
    return sentences


def _functions(adapter: Any, protocol: type) -> list[str]:
    sentences = []
    for name, function in vars(protocol).items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        own = getattr(adapter, name, None)
        if not callable(own):
            sentences.append(f"it has no function {name}")
        elif _parameters(own) != _parameters(function)[1:]:  # the protocol's is a method
            sentences.append(f"its {name} takes other parameters: {inspect.signature(own)}")
    return sentences


def _parameters(function: Any) -> list[tuple[str, Any, bool]]:
    """Return the names of parameters, how each is given, and whether it may be left out."""
    parameters = inspect.signature(function).parameters.values()
    return [(item.name, item.kind, item.default is inspect.Parameter.empty) for item in parameters]
