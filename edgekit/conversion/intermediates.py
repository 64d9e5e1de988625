"""Intermediates: what variants are derived from, each made once, in a child process, and kept for the next run.

The graph is frozen once, converted to floats once per format, and measured on calibration samples once per format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path

from edgekit.adapters.converter import Calibration
from edgekit.contract.contract import Contract
from edgekit.conversion.batches import CalibrationBatches
from edgekit.conversion.derivation import calibrate, convert_float, measure
from edgekit.data.samples import Samples
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.variants import Compression
from edgekit.system.digests import value_digest
from edgekit.system.optional import installed_version
from edgekit.system.versions import TOOLS


def kept_in(work: Path, model: TunedModel) -> Path:
    """Return the folder of a model's intermediates in a work folder; other versions of the tools have another."""
    versions = {tool: installed_version(tool) for tool in TOOLS}
    return work / value_digest([model.digest(), versions]).short(12)


Group = tuple[str, Compression]
"""What shares a float model: a format, and what was done to the weights."""


@dataclass(frozen=True, kw_only=True)
class Intermediates:
    """Float models and what samples show of them, as futures.

    Attributes:
        graphs: The frozen graph of each compression.
        contract: That of the model.
        calibration: The samples that are measured on; None: nothing is.
        calibration_digest: Theirs.
        method: How ranges are chosen, the name of a calibration method.
        children: Where the work is done.
        threads: What waits for it.
    """

    graphs: Mapping[Compression, Future[FrozenGraph]]
    contract: Contract
    calibration: Samples | None
    calibration_digest: str
    method: str
    children: Executor
    threads: Executor
    _futures: dict[tuple[str, Group], Future[Path]] = field(default_factory=dict)

    def model(self, group: Group) -> Future[Path]:
        """Return the float model."""
        return self._once("float", group, self._model)

    def ranges(self, group: Group) -> Future[Path]:
        """Return the ranges of its activations."""
        return self._once("ranges", group, self._ranges)

    def moments(self, group: Group) -> Future[Path]:
        """Return the second moments of what its layers read."""
        return self._once("moments", group, self._moments)

    def _once(self, what: str, group: Group, make: Callable[[Group], Path]) -> Future[Path]:
        if (what, group) not in self._futures:
            self._futures[what, group] = self.threads.submit(make, group)
        return self._futures[what, group]

    def _model(self, group: Group) -> Path:
        format_, compression = group
        graph = self.graphs[compression].result()
        target = graph.path.parent / f"float.{format_}"
        if not target.exists():
            self.children.submit(convert_float, format_, graph, target).result()
        return target

    def _ranges(self, group: Group) -> Path:
        target = self._measured_file(f"ranges-{self._key(self.method)}-{group[0]}.json", group)
        if not target.exists():
            self.children.submit(calibrate, group[0], self._calibration(group), target).result()
        return target

    def _moments(self, group: Group) -> Path:
        target = self._measured_file(f"moments-{self._key('')}-{group[0]}.npz", group)
        if not target.exists():
            self.children.submit(measure, group[0], self._calibration(group), target).result()
        return target

    def _measured_file(self, name: str, group: Group) -> Path:
        return self.graphs[group[1]].result().path.parent / name

    def _key(self, method: str) -> str:
        return value_digest([self.calibration_digest, method]).short(12)

    def _calibration(self, group: Group) -> Calibration:
        assert self.calibration is not None, "asked where there are samples"
        graph = self.graphs[group[1]].result()
        return Calibration(
            model=self.model(group).result(),
            batches=CalibrationBatches(self.calibration, self.contract, graph.front),
            method=self.method,
            trained=graph.ranges,
        )
