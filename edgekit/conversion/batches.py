"""Batches that calibrate: samples as a model file takes them, through the front end where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgekit.contract.contract import Contract
from edgekit.data.batch import Batch
from edgekit.data.samples import Samples
from edgekit.errors import ConversionError
from edgekit.frontend import load_program


@dataclass(frozen=True)
class CalibrationBatches:
    """Samples one by one as the model file takes them, read anew each time they are iterated over."""

    samples: Samples
    contract: Contract
    front: Path | None

    def __iter__(self) -> Iterator[Batch]:
        program = None if self.front is None else load_program(self.front)
        for index in range(len(self.samples)):
            batch = self.samples.read(index, index + 1, self.contract)
            if program is not None:
                batch = program.run(batch)
            for name, values in batch.items():
                if values.dtype.kind == "f" and not np.isfinite(values).all():
                    where = self.samples.names[index]
                    raise ConversionError(f"calibration sample {where!r} has NaN or infinite values in {name!r}")
            yield batch
