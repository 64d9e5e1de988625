"""Probing: how a model of unknown range wants its photos, found by trying what is common on labelled samples.

What is common its medium says: `edgekit.contract.medium.Medium.feedings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.alignment import with_floats
from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import lacks_range, medium_of
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.documents.inspection import FeedingProbe
from edgekit.errors import DataError, ModuleError
from edgekit.evaluation.intervals import paired_drop_interval, wilson_interval
from edgekit.inference.contenders import NOTHING, load_contender
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.original.statements import Statements
from edgekit.system.processes import ChildExecutor
from edgekit.system.progress import Advance, silent

MOST = 100
"""Samples that are tried."""
CHUNK = 16
CONFIDENCE = 0.95
Feeding = Mapping[str, Any]
"""How photos become an input, as a recipe says it."""


def probe(
    handle: str | Path, data: DataLike, *, statements: Statements = NOTHING, progress: Advance = silent
) -> list[FeedingProbe]:
    """Try how a model of one image wants to be fed.

    Args:
        handle: A SavedModel, a Keras file, or a TFLite or ONNX file, with classes.
        data: Labelled photos of its classes; at most `MOST` of them are tried.
        statements: What its user says of the model, but for what is to be found.
        progress: Called as candidates are tried.

    Returns:
        The candidates, the best first.

    Raises:
        ModuleError: It takes no image in floats, or has no classes.
        DataError: The data has no labels, or others than the model.
    """
    loaded = load_samples(data)  # what is wrong with it is told first
    if loaded.labels is None:
        raise DataError("the data has no labels: which range fits is seen by right answers")
    model = load_contender(handle, statements)
    with ChildExecutor(1) as child:  # a file from anywhere may end its process
        contract = child.submit(_contract, model).result()
        spec = _image(contract, handle)
        feedings = medium_of(spec).feedings(spec)
        samples = _labelled(loaded, contract, next(iter(feedings.values())))
        contracts = {name: _fed(contract, spec, feeding) for name, feeding in feedings.items()}
        right = child.submit(_right, model, samples, contracts).result()
        progress(len(right), len(right), "ways to feed it")
    return _ranked(right, feedings)


def _contract(model: Any) -> Contract:
    with open_session(model) as session:
        return with_floats(session.contract)


def _image(contract: Contract, handle: str | Path) -> InputSpec:
    spec = contract.inputs[0]
    if len(contract.inputs) != 1 or not medium_of(spec).feedings(spec) or not spec.dtype.startswith("float"):
        inputs = ", ".join(f"{port.name} {port.dtype} {list(port.shape)}" for port in contract.inputs)
        raise ModuleError(f"{handle} takes {inputs}: ranges are tried on one image in floats")
    if sum(len(output.shape) == 2 for output in contract.outputs) != 1:
        raise ModuleError(f"{handle} has no single output [n, classes], so no answer is right or wrong")
    return spec


def _labelled(data: Samples, contract: Contract, feeding: Feeding) -> Samples:
    scores = next(spec for spec in contract.outputs if len(spec.shape) == 2)
    classes = Contract(inputs=contract.inputs, outputs=(replace(scores, meaning="logits"),))
    fed = replace(
        classes,
        inputs=tuple(spec.with_settings(**feeding) if lacks_range(spec) else spec for spec in classes.inputs),
    )
    samples = fit_to_model(data, fed)
    indices = np.linspace(0, len(samples) - 1, min(MOST, len(samples)))
    return samples.take([int(index) for index in indices])


def _fed(contract: Contract, spec: InputSpec, feeding: Feeding) -> Contract:
    return replace(contract, inputs=(spec.with_settings(**feeding),))


def _right(model: Artifact | Any, samples: Samples, contracts: Mapping[str, Contract]) -> dict[str, NDArray[np.bool_]]:
    """Return for each way of feeding and each sample whether the answer is right."""
    labels, right = np.asarray(samples.labels), {}
    with open_session(model) as session:
        for name, contract in contracts.items():
            output = next(spec.name for spec in contract.outputs if len(spec.shape) == 2)
            starts = range(0, len(samples), CHUNK)
            batches = (samples.read(start, min(start + CHUNK, len(samples)), contract) for start in starts)
            answers = [session.run(**batch)[output].argmax(1) for batch in batches]
            right[name] = np.asarray(np.concatenate(answers) == labels)
    return right


def _ranked(right: dict[str, NDArray[np.bool_]], feedings: Mapping[str, Feeding]) -> list[FeedingProbe]:
    order: Sequence[str] = sorted(right, key=lambda name: -int(right[name].sum()))
    best = right[order[0]]
    probes = []
    for name in order:
        correct, behind = right[name], None
        if name != order[0]:
            lost, won = int((best & ~correct).sum()), int((~best & correct).sum())
            behind = paired_drop_interval(lost, won, len(best), CONFIDENCE)
        probes.append(
            FeedingProbe(
                feeding=name,
                recipe=dict(feedings[name]),
                accuracy=float(correct.mean()),
                interval=wilson_interval(int(correct.sum()), len(correct), CONFIDENCE),
                behind=behind,
                fits=behind is None or behind[0] <= 0,
            )
        )
    return probes
