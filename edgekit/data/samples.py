"""Samples: raw inputs, labelled or not, that are read one by one and prepared as the contract says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import asdict
from numpy.typing import NDArray

from edgekit.contract.contract import Contract
from edgekit.contract.medium import Preview
from edgekit.system.digests import Digest

if TYPE_CHECKING:
    from edgekit.data.targets import Targets

Progress = Callable[[int, int], None]
"""Called with the number of things done and their total."""


class Samples(Protocol):
    """What parity, calibration and training read."""

    @property
    def names(self) -> tuple[str, ...]:
        """One name per sample, for messages and reports."""
        ...

    @property
    def labels(self) -> tuple[int, ...] | None:
        """Index of each sample's class in ``classes``; None where there are no labels."""
        ...

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Names of the classes."""
        ...

    @property
    def targets(self) -> Targets | None:
        """What is right where that is not one class; None where there are labels, or nothing is known."""
        ...

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def read(self, start: int, stop: int, contract: Contract) -> dict[str, NDArray[Any]]:
        """Return samples ``start`` to ``stop`` prepared for the model: per input ``[stop - start, ...]``."""
        ...

    def take(self, indices: Sequence[int]) -> Samples:
        """Return some of the samples, in the order of ``indices``."""
        ...

    def preview(self, index: int, contract: Contract) -> Preview:
        """Return what a report shows of a sample that ``contract`` takes."""
        ...

    def content(self, index: int) -> tuple[str, ...]:
        """Return what tells the contents of two samples apart."""
        ...

    def digest(self) -> Digest:
        """Return the digest of everything that a result may depend on: contents, names and labels."""
        ...


def digest_values(targets: Targets | None) -> list[Any]:
    """Return what a digest has to know of targets; of none, nothing."""
    return [] if targets is None else [asdict(targets)]
