"""Batches that calibrate: samples as a model file takes them, through the front end where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.fixed_batch import filled_up, fixed_batch
from edgekit.data.samples import Samples
from edgekit.errors import ConversionError
from edgekit.frontend import load_program


@dataclass(frozen=True)
class CalibrationBatches:
    """Samples one by one, or as many at a time as the model takes, read anew each time they are iterated over."""

    samples: Samples
    contract: Contract
    front: Path | None

    def __iter__(self) -> Iterator[Batch]:
        program = None if self.front is None else load_program(self.front)
        size = fixed_batch(self.contract) or 1
        for index in range(0, len(self.samples), size):
            batch = filled_up(self.samples.read(index, min(index + size, len(self.samples)), self.contract), size)
            if program is not None:
                batch = program.run(batch)
            for name, values in batch.items():
                if values.dtype.kind == "f" and not np.isfinite(values).all():
                    where = self.samples.names[index + _first_bad(values, size)]
                    raise ConversionError(f"calibration sample {where!r} has NaN or infinite values in {name!r}")
            yield batch


def _first_bad(values: NDArray[Any], size: int) -> int:
    """Return the first sample of a fixed batch with a value that is no number; of one sample, that."""
    if size == 1 or len(values) != size:
        return 0
    return int((~np.isfinite(values.reshape(size, -1)).all(axis=1)).argmax())
