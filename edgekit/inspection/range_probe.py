"""Probing: how a model of unknown range wants its photos, found by trying what is common on labelled samples.

The candidates are the ranges of TensorFlow Hub's modules, [0, 1] and [-1, 1], plain 0 to 255, ImageNet's mean and
deviation as of torchvision, and Caffe's means in the order BGR; the first three in both orders of colours. Figures:
https://pytorch.org/vision/stable/models.html and keras.applications.imagenet_utils (modes "torch" and "caffe").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.alignment import with_floats
from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.documents.inspection import FeedingProbe
from edgekit.errors import DataError, ModuleError
from edgekit.evaluation.intervals import paired_drop_interval, wilson_interval
from edgekit.hub.handles import resolve
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.original.finished import load_model
from edgekit.system.processes import ChildExecutor
from edgekit.system.progress import Advance, silent

MOST = 100
"""Samples that are tried."""
CHUNK = 16
CONFIDENCE = 0.95
Feeding = dict[str, Any]
"""How photos become an input, as a recipe says it."""
CANDIDATES: dict[str, Feeding] = {
    "[0, 1], RGB": {"range": (0.0, 1.0), "channels": "RGB"},
    "[-1, 1], RGB": {"range": (-1.0, 1.0), "channels": "RGB"},
    "[0, 255], RGB": {"range": (0.0, 255.0), "channels": "RGB"},
    "[0, 1], BGR": {"range": (0.0, 1.0), "channels": "BGR"},
    "[-1, 1], BGR": {"range": (-1.0, 1.0), "channels": "BGR"},
    "[0, 255], BGR": {"range": (0.0, 255.0), "channels": "BGR"},
    "ImageNet mean and std, RGB": {
        "range": (0.0, 1.0),
        "channels": "RGB",
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
    },
    "ImageNet means of Caffe, BGR": {
        "range": (0.0, 255.0),
        "channels": "BGR",
        "mean": (103.939, 116.779, 123.68),
        "std": (1.0, 1.0, 1.0),
    },
}
"""What is tried, by what it is called; as a recipe says it."""


def probe(handle: str | Path, data: DataLike, *, progress: Advance = silent) -> list[FeedingProbe]:
    """Try how a model of one image wants to be fed.

    Args:
        handle: A SavedModel, a Keras file, or a TFLite or ONNX file, with classes.
        data: Labelled photos of its classes; at most `MOST` of them are tried.
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
    model = _opened(handle)
    with ChildExecutor(1) as child:  # a file from anywhere may end its process
        contract = child.submit(_contract, model).result()
        spec = _image(contract, handle)
        samples = _labelled(loaded, contract)
        contracts = {name: _fed(contract, spec, feeding) for name, feeding in _candidates(spec).items()}
        right = child.submit(_right, model, samples, contracts).result()
        progress(len(right), len(right), "ways to feed it")
    return _ranked(right)


def _opened(handle: str | Path) -> Any:
    path = resolve(str(handle))
    return load_artifact(path) if path.is_file() and path.suffix in (".tflite", ".onnx") else load_model(handle)


def _contract(model: Any) -> Contract:
    with open_session(model) as session:
        return with_floats(session.contract)


def _image(contract: Contract, handle: str | Path) -> InputSpec:
    spec = contract.inputs[0]
    if len(contract.inputs) != 1 or spec.kind != "image" or not spec.dtype.startswith("float"):
        inputs = ", ".join(f"{port.name} {port.dtype} {list(port.shape)}" for port in contract.inputs)
        raise ModuleError(f"{handle} takes {inputs}: ranges are tried on one image in floats")
    if sum(len(output.shape) == 2 for output in contract.outputs) != 1:
        raise ModuleError(f"{handle} has no single output [n, classes], so no answer is right or wrong")
    return spec


def _candidates(spec: InputSpec) -> dict[str, Feeding]:
    if spec.shape[-1] == 3:
        return CANDIDATES
    ranges = {name: feeding["range"] for name, feeding in CANDIDATES.items() if name.endswith("], RGB")}
    return {name.removesuffix(", RGB"): {"range": bounds} for name, bounds in ranges.items()}


def _labelled(data: Samples, contract: Contract) -> Samples:
    scores = next(spec for spec in contract.outputs if len(spec.shape) == 2)
    classes = Contract(inputs=contract.inputs, outputs=(replace(scores, meaning="logits"),))
    fed = replace(classes, inputs=tuple(replace(spec, range=spec.range or (0.0, 1.0)) for spec in classes.inputs))
    samples = fit_to_model(data, fed)
    indices = np.linspace(0, len(samples) - 1, min(MOST, len(samples)))
    return samples.take([int(index) for index in indices])


def _fed(contract: Contract, spec: InputSpec, feeding: Feeding) -> Contract:
    return replace(contract, inputs=(replace(spec, **feeding),))


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


def _ranked(right: dict[str, NDArray[np.bool_]]) -> list[FeedingProbe]:
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
                recipe=_recipe(name),
                accuracy=float(correct.mean()),
                interval=wilson_interval(int(correct.sum()), len(correct), CONFIDENCE),
                behind=behind,
                fits=behind is None or behind[0] <= 0,
            )
        )
    return probes


def _recipe(name: str) -> Feeding:
    return CANDIDATES.get(name) or {"range": CANDIDATES[f"{name}, RGB"]["range"]}
