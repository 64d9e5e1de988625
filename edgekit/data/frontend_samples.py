"""Samples behind a front end: what it makes of raw samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from edgekit.contract.contract import Contract
from edgekit.contract.medium import Preview
from edgekit.data.samples import Samples
from edgekit.system.digests import Digest

if TYPE_CHECKING:
    from edgekit.data.targets import Targets
    from edgekit.frontend import Program


@dataclass(frozen=True, kw_only=True)
class FrontedSamples:
    """Samples as what lies behind a front end takes them.

    Attributes:
        samples: The raw samples.
        program: The front end.
        contract: What goes into it.
    """

    samples: Samples
    program: Program
    contract: Contract

    @property
    def names(self) -> tuple[str, ...]:
        """One name per sample."""
        return self.samples.names

    @property
    def labels(self) -> tuple[int, ...] | None:
        """Index of each sample's class."""
        return self.samples.labels

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Names of the classes."""
        return self.samples.classes

    @property
    def targets(self) -> Targets | None:
        """What is right where that is not one class."""
        return self.samples.targets

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    def read(self, start: int, stop: int, contract: Contract) -> dict[str, NDArray[Any]]:
        """Return what the front end makes of samples ``start`` to ``stop``, which is what ``contract`` takes."""
        tensors = self.program.run(self.samples.read(start, stop, self.contract))
        return {spec.name: tensors[spec.name] for spec in contract.inputs}

    def take(self, indices: Sequence[int]) -> FrontedSamples:
        """Return some of the samples."""
        return replace(self, samples=self.samples.take(indices))

    def preview(self, index: int, contract: Contract) -> Preview:
        """Return what a report shows of a raw sample."""
        del contract  # it is of what the front end makes
        return self.samples.preview(index, self.contract)

    def content(self, index: int) -> tuple[str, ...]:
        """Return what tells two raw samples apart."""
        return self.samples.content(index)

    def digest(self) -> Digest:
        """Return the digest of the raw samples."""
        return self.samples.digest()
