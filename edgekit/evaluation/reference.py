"""The original's answers: computed once per model and data, kept on disk, and read by every comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.session import Session
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.layout import in_layout
from edgekit.data.npy import Rows, RowWriter, open_npy
from edgekit.data.samples import Samples
from edgekit.errors import DataError
from edgekit.evaluation.release import Release
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import WORK_FOLDER
from edgekit.models.tuned_model import TunedModel
from edgekit.system.digests import value_digest
from edgekit.system.files import make_folder, new_folder, write_json
from edgekit.system.processes import ChildExecutor, cores

BATCH = 32
PROBED, SAME = 4, 1e-3
"""Samples that are asked together and alone, and the share of an output's range that rounding may change."""
OUTPUTS_FILE = "outputs.json"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Outputs of the original, one row per sample, by output name."""

    outputs: Mapping[str, Rows]

    def read(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Return the outputs of samples ``start`` to ``stop``."""
        return {name: rows.read(start, stop) for name, rows in self.outputs.items()}

    def in_layout(self, candidate: Batch) -> Batch:
        """Return another model's answers with their channels where these have them."""
        return {name: in_layout(values, self.outputs[name].shape) for name, values in candidate.items()}


def original_answers(model: TunedModel | Release, samples: Samples, work: Path) -> Answers:
    """Return the original's answers to all samples; they are computed, in a child process, unless ``work`` has them.

    Args:
        model: The original.
        samples: What it is asked.
        work: Folder that keeps answers from run to run.

    Raises:
        DataError: The samples do not fit.
        SessionError: The original cannot be run.
    """
    folder = make_folder(work) / _folder_name(model, samples)
    if not folder.is_dir():
        with ChildExecutor(1) as executor:
            executor.submit(_answer_all, model, samples, folder).result()
    return _open(folder)


def kept_answers(model: TunedModel | Release, samples: Samples) -> Answers | None:
    """Return the answers that the run of a model kept beside it, if they are to just these samples.

    With them a comparison needs no TensorFlow, so it can be made on the device itself.
    """
    folder = model.path.parent / WORK_FOLDER / _folder_name(model, samples)
    return _open(folder) if folder.is_dir() else None


def _folder_name(model: TunedModel | Release, samples: Samples) -> str:
    return f"answers-{value_digest([model.digest(), samples.digest()]).short()}"


def _open(folder: Path) -> Answers:
    names: list[str] = json.loads((folder / OUTPUTS_FILE).read_text())
    return Answers(outputs={name: open_npy(folder / f"{index}.npy") for index, name in enumerate(names)})


def _answer_all(model: TunedModel | Release, samples: Samples, folder: Path) -> None:
    with new_folder(folder, sign=OUTPUTS_FILE) as new, open_session(_opened(model), threads=cores()) as session:
        names = [spec.name for spec in model.contract.outputs]
        writers: dict[str, RowWriter] = {}
        size = BATCH if _batches_alike(session, _fed(session, samples, range(min(BATCH, len(samples))), model)) else 1
        for start in range(0, len(samples), size):
            stop = min(start + size, len(samples))
            batch = _fed(session, samples, range(start, stop), model)
            _check_finite(batch, samples, start)
            found = session.run(**batch)
            for index, name in enumerate(names):
                rows = _per_sample(found[name], stop - start, name, model.contract)
                if name not in writers:
                    shape = (len(samples), *rows.shape[1:])
                    writers[name] = RowWriter(new / f"{index}.npy", shape=shape, dtype=rows.dtype.str)
                writers[name].append(rows)
        for writer in writers.values():
            writer.close()
        write_json(new / OUTPUTS_FILE, names)


def _fed(session: Session, samples: Samples, rows: range, model: TunedModel | Release) -> Batch:
    """Return what the original takes of some samples, channels where it has them."""
    batch = samples.read(rows.start, rows.stop, model.contract)
    return {spec.name: in_layout(batch[spec.name], spec.shape) for spec in session.contract.inputs}


def _opened(model: TunedModel | Release) -> TunedModel | Artifact:
    return model if isinstance(model, TunedModel) else model.artifact


def _batches_alike(session: Session, batch: Mapping[str, NDArray[Any]]) -> bool:
    """Whether samples get the same answers together as alone; sentences that are padded to the longest may not.

    Alone is how a device asks, so that is what counts where they differ.
    """
    together = session.run(**batch)
    for index in range(min(PROBED, len(next(iter(batch.values()))))):
        alone = session.run(**{name: values[index : index + 1] for name, values in batch.items()})
        for name, values in alone.items():
            if values.ndim == 0 or len(values) != 1 or values.shape[1:] != together[name].shape[1:]:
                return False
            scale = float(np.abs(values).max(initial=0.0)) if values.dtype.kind == "f" else 0.0
            if not np.allclose(values[0], together[name][index], rtol=0, atol=SAME * scale, equal_nan=True):
                return False
    return True


def _check_finite(batch: Mapping[str, NDArray[Any]], samples: Samples, start: int) -> None:
    for name, values in batch.items():
        if values.dtype.kind == "f":
            bad = ~np.isfinite(values.reshape(len(values), -1)).all(1)
            if bad.any():
                where = samples.names[start + int(bad.argmax())]
                raise DataError(f"sample {where!r} has NaN or infinite values in {name!r}: mend it or leave it out")


def _per_sample(values: NDArray[Any], count: int, name: str, contract: Contract) -> NDArray[Any]:
    if values.ndim == 0 or len(values) != count:
        shape = contract.output(name).shape
        raise DataError(f"output {name!r} {list(shape)} has no row per sample, so it cannot be compared by samples")
    return np.asarray(values)
