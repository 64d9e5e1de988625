"""Binding: which inputs, or outputs, of two models are the same; by their names, else where only one way fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgekit.contract.contract import InputSpec, OutputSpec
from edgekit.contract.layout import fits, turned
from edgekit.contract.shape import shown_shape
from edgekit.errors import DataError

STRINGS = ("string", "str", "object", "bytes")
"""What TensorFlow, ONNX Runtime and LiteRT call the dtype of strings."""

Port = InputSpec | OutputSpec


def bind(ours: Sequence[Port], theirs: Sequence[Port], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Match inputs or outputs of an original with those of another model.

    What a user says goes first, then names. One alone is matched with one alone; of several whose names differ, shapes
    and dtypes decide where they fit in one way only, layouts aside before layouts turned.

    Args:
        ours: The original's.
        theirs: The other's.
        names: What the original's are called in the other, where a user says it; of others it says nothing.

    Raises:
        DataError: They cannot be matched; both sides are listed.
    """
    our_names, their_names = [spec.name for spec in ours], [spec.name for spec in theirs]
    bound = {name: other for name, other in (names or {}).items() if name in our_names and other in their_names}
    taken = set(bound.values())
    bound |= {name: name for name in our_names if name not in bound and name in their_names and name not in taken}
    left = [spec for spec in ours if spec.name not in bound]
    free = [spec for spec in theirs if spec.name not in bound.values()]
    if len(left) == len(free) == 1 == len(ours):
        bound[left[0].name] = free[0].name
    elif left:
        bound |= _by_shape(left, free)
    return {name: bound[name] for name in our_names}


def _by_shape(ours: Sequence[Port], theirs: Sequence[Port]) -> dict[str, str]:
    for turning in (False, True):
        fitting = {
            first.name: [other.name for other in theirs if alike(first, other, turning=turning)] for first in ours
        }
        way = _matching(fitting)
        if way is not None:
            if _is_only_one(way, fitting):
                return way
            raise _unclear(ours, theirs, "their shapes and dtypes fit in several ways")
    raise _unclear(ours, theirs, "no way to match them fits by shape and dtype")


def _matching(fitting: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
    """Return a way to match each name with one of its own that fit, by augmenting paths (Kuhn 1955); None: none is."""
    matched: dict[str, str] = {}  # theirs to ours

    def augment(name: str, visited: set[str]) -> bool:
        for other in fitting[name]:
            if other in visited:
                continue
            visited.add(other)
            if other not in matched or augment(matched[other], visited):
                matched[other] = name
                return True
        return False

    if not all(augment(name, set()) for name in fitting):
        return None
    return {name: other for other, name in matched.items()}


def _is_only_one(way: Mapping[str, str], fitting: Mapping[str, Sequence[str]]) -> bool:
    """Whether no other way is left when one pair of this is forbidden."""
    for name, other in way.items():
        without = {**fitting, name: [candidate for candidate in fitting[name] if candidate != other]}
        if _matching(without) is not None:
            return False
    return True


def alike(ours: Port, theirs: Port, *, turning: bool = True) -> bool:
    """Whether two can be the same by shape and kind of dtype.

    Args:
        ours: One.
        theirs: The other.
        turning: Whether one may have its channels first and the other last.
    """
    if _kind(ours) != _kind(theirs):
        return False
    return fits(ours.shape, theirs.shape) or (turning and turned(ours.shape, theirs.shape) is not None)


def _kind(port: Port) -> str:
    """Return what the elements are, whatever their width; integers that stand for floats are floats."""
    if port.quantization is not None:
        return "f"
    return "U" if port.dtype in STRINGS else np.dtype(port.dtype).kind.replace("u", "i")


def _unclear(ours: Sequence[Port], theirs: Sequence[Port], reason: str) -> DataError:
    error = DataError(
        f"the names differ, position is not trusted, and {reason}: the original has {_listed(ours)}, the artifact has "
        f"{_listed(theirs)}",
        setting="bind",
    )
    if ours and theirs:
        error.advise(f"say which is which, as {ours[0].name}={theirs[0].name}")
    return error


def _listed(ports: Sequence[Port]) -> str:
    listed = [f"{port.name} {port.dtype} {shown_shape(port.shape)}" for port in ports]
    return ", ".join(listed) or "none"


def by_shape(bound: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return what of a binding of several rests on nothing but shapes and dtypes."""
    if len(bound) < 2:
        return {}
    return {name: other for name, other in bound.items() if name != other and names.get(name) != other}
