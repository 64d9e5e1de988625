"""Measures: what makes an artifact's answer to one sample as good as the original's.

Classes and labels are counted right and wrong; of values the absolute error is taken. Where a model has none of them,
each sample has a similarity to the original's answer, and counts as agreeing from a threshold on; so the verdict is
about a share of samples, whose interval holds for few samples too, and a rare collapse shows in it as it would not in a
mean.

- ``cosine``: of two vectors;
- ``neighbours``: 1.0 if the nearest other sample is the same, looked up by cosine among at most `GALLERY` of the
  original's vectors, as in an index that was built on a server; else 0.0;
- ``sqnr``: ``10 log10(sum(reference^2) / sum(error^2))`` in dB;
- ``psnr``: ``10 log10(range^2 / mean(error^2))`` in dB; the range is that of all the original's pictures;
- ``ssim``: structural similarity (Wang et al., IEEE Trans. Image Processing 13, 2004) with the paper's Gaussian window,
  by scikit-image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.samples import Samples
from edgekit.data.targets import LABELS, VALUE_COLUMN, VALUES, Targets, spreads
from edgekit.errors import DataError
from edgekit.evaluation.output_error import cosines
from edgekit.evaluation.reference import Answers
from edgekit.recipe.recipe import CLASS_METRICS, THRESHOLDS, ParityRecipe
from edgekit.system.optional import require

GALLERY = 2000
READ = 256
SSIM_WINDOW = 11
"""Side in pixels of the window that Wang et al. use."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is judged, and how.

    Attributes:
        metric: One of `edgekit.recipe.recipe.METRICS`.
        outputs: The outputs that it is about.
        threshold: Similarity from which on a sample agrees; None where classes are counted.
        ranges: For pictures, by output, the difference of the original's greatest and smallest value.
        gallery: For ``neighbours``, the samples that are looked up among.
        spreads: For ``nmae``, the standard deviation of each target.
        tolerance: For ``nmae``, by how many of them an answer may move and still agree.
        multilabel: Whether an answer that is counted is a set of labels, not a class.
    """

    metric: str
    outputs: tuple[str, ...]
    threshold: float | None = None
    ranges: Mapping[str, float] = field(default_factory=dict)
    gallery: tuple[int, ...] = ()
    spreads: tuple[float, ...] = ()
    tolerance: float = 0.0
    multilabel: bool = False

    @property
    def counts(self) -> bool:
        """Whether answers are counted right and wrong, or the same and not."""
        return self.metric in CLASS_METRICS


def choose_measure(rule: ParityRecipe, contract: Contract, samples: Samples, answers: Answers) -> Measure | None:
    """Return what a rule measures; where it names no metric, what the model's outputs are for; None: not known.

    Raises:
        DataError: The metric needs classes, labels, vectors or pictures that are not there.
    """
    classes, labels = class_output(contract, samples), _target_output(contract, samples, LABELS)
    values = _target_output(contract, samples, VALUES)
    metric = rule.metric or _default(contract, samples, classes=classes, labels=labels, values=values)
    if metric is None:
        return None
    if metric == "exact_match" or (metric == "agreement" and classes is None and labels is not None):
        if labels is None or (metric == "exact_match" and _targets(samples, LABELS) is None):
            raise DataError(f"metric {metric!r} needs a model with one output of labels, and data with a column labels")
        return Measure(metric=metric, outputs=(labels,), multilabel=True)
    if metric == "nmae":
        targets = _targets(samples, VALUES)
        if values is None or targets is None:
            raise DataError(
                f"metric 'nmae' needs a model with one output of values, and data with a column {VALUE_COLUMN}"
            )
        return Measure(metric=metric, outputs=(values,), spreads=spreads(targets), tolerance=rule.max_drop)
    if metric in CLASS_METRICS:
        if classes is None:
            raise DataError(f"metric {metric!r} needs a model with one output that has classes; others: {_others()}")
        if metric == "accuracy" and samples.labels is None:
            raise DataError("metric 'accuracy' needs labels, and the data has none; 'agreement' needs none")
        return Measure(metric=metric, outputs=(classes,))
    outputs = tuple(spec.name for spec in _judged(metric, contract))
    threshold = THRESHOLDS[metric] if rule.threshold is None else rule.threshold
    ranges = {name: _range(answers, name, len(samples)) for name in outputs} if metric in ("psnr", "ssim") else {}
    gallery = _gallery(len(samples)) if metric == "neighbours" else ()
    return Measure(metric=metric, outputs=outputs, threshold=threshold, ranges=ranges, gallery=gallery)


def class_output(contract: Contract, samples: Samples) -> str | None:
    """Return the output that holds one score per class.

    It is the output that the contract says so of; or, with labelled samples, the only output that may be one by its
    shape ``[n, classes]``.
    """
    if contract.classifier is not None:
        return contract.classifier.name
    if samples.labels is None:
        return None
    classes = None if samples.classes is None else len(samples.classes)
    flat = [spec for spec in contract.outputs if len(spec.shape) == 2 and (spec.shape[1] or 0) > 1]
    fits = [spec for spec in flat if spec.meaning == "tensor" and classes in (None, spec.shape[1])]
    return fits[0].name if len(flat) == 1 == len(fits) else None


def _targets(samples: Samples, kind: str) -> Targets | None:
    return samples.targets if samples.targets is not None and samples.targets.kind == kind else None


def _target_output(contract: Contract, samples: Samples, kind: str) -> str | None:
    """Return the output of labels, or of values: as the contract says, or the only one of the targets' size."""
    told = contract.multilabel if kind == LABELS else contract.regression
    targets = _targets(samples, kind)
    if told is None and targets is not None:
        flat = [spec for spec in contract.outputs if len(spec.shape) == 2 and spec.shape[1] == len(targets.names)]
        told = flat[0] if len(flat) == 1 and flat[0].meaning == "tensor" else None
    if told is not None and targets is not None and told.shape[-1] != len(targets.names):
        raise DataError(
            f"the data has {len(targets.names)} {targets.kind} ({', '.join(targets.names[:8])}), the model's output "
            f"{told.name!r} has {told.shape[-1]}"
        )
    return None if told is None else told.name


def _default(
    contract: Contract, samples: Samples, *, classes: str | None, labels: str | None, values: str | None
) -> str | None:
    if classes is not None:
        return "agreement" if samples.labels is None else "accuracy"
    if labels is not None:
        return "agreement" if samples.targets is None else "exact_match"
    if values is not None:
        return "sqnr" if samples.targets is None else "nmae"
    return "cosine" if any(spec.meaning == "embedding" for spec in contract.outputs) else None


def _others() -> str:
    return ", ".join(THRESHOLDS)


def _judged(metric: str, contract: Contract) -> list[OutputSpec]:
    """Return the outputs that a metric is about: embeddings, pictures, or all."""
    if metric == "sqnr":
        return list(contract.outputs)
    if metric in ("psnr", "ssim"):
        found = [spec for spec in contract.outputs if len(spec.shape) == 4 and spec.shape[3] in (1, 3, 4)]
        what = "a picture [n, height, width, channels]"
    else:
        vectors = [spec for spec in contract.outputs if len(spec.shape) == 2]
        found = [spec for spec in vectors if spec.meaning == "embedding"] or vectors
        what = "a vector [n, size]"
    if not found:
        shapes = ", ".join(f"{spec.name} {list(spec.shape)}" for spec in contract.outputs)
        raise DataError(f"metric {metric!r} needs an output that is {what}; the model has {shapes}")
    return found


def _range(answers: Answers, name: str, count: int) -> float:
    parts = [answers.outputs[name].read(start, min(start + READ, count)) for start in range(0, count, READ)]
    return float(max(part.max() for part in parts)) - float(min(part.min() for part in parts))


def _gallery(count: int) -> tuple[int, ...]:
    if count < 3:
        raise DataError(f"metric 'neighbours' needs at least 3 samples, there are {count}")
    chosen = np.random.default_rng(0).permutation(count)[:GALLERY]
    return tuple(int(index) for index in np.sort(chosen))


class Similarities:
    """Compares answers by a measure, batch by batch."""

    def __init__(self, measure: Measure, answers: Answers) -> None:
        self.measure = measure
        rows = {name: answers.outputs[name] for name in measure.outputs}
        self.gallery = {
            name: _unit(np.concatenate([rows[name].read(i, i + 1) for i in measure.gallery]).astype(np.float64))
            for name in (measure.outputs if measure.gallery else ())
        }

    def of(self, name: str, start: int, reference: NDArray[Any], candidate: NDArray[Any]) -> Vectors:
        """Return the similarity of each sample of a batch; minus infinity where the artifact's answer is not finite.

        Args:
            name: The output.
            start: Index of the batch's first sample.
            reference: The original's answers ``[n, ...]``.
            candidate: The artifact's, of the same shape.
        """
        first, second = reference.astype(np.float64), candidate.astype(np.float64)
        finite = np.isfinite(second.reshape(len(second), -1)).all(1)
        second = np.where(finite.reshape(-1, *(1 for _ in second.shape[1:])), second, 0.0)
        if self.measure.metric == "neighbours":
            found = self._same_neighbour(name, start, first, second)
        else:
            found = FORMULAS[self.measure.metric](first, second, self.measure.ranges.get(name, 1.0))
        return np.where(finite, found, -np.inf)

    def _same_neighbour(self, name: str, start: int, reference: Vectors, candidate: Vectors) -> Vectors:
        gallery, members = self.gallery[name], np.asarray(self.measure.gallery)

        def nearest(vectors: Vectors) -> NDArray[np.intp]:
            near = _unit(vectors) @ gallery.T
            near[members[None] == np.arange(start, start + len(vectors))[:, None]] = -np.inf  # not oneself
            found: NDArray[np.intp] = near.argmax(1)
            return found

        same: Vectors = (nearest(reference) == nearest(candidate)).astype(np.float64)
        return same


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.where(norms > 0, norms, 1.0)
    return unit


def _cosine(reference: Vectors, candidate: Vectors, _: float) -> Vectors:
    return cosines(reference, candidate)


def _sqnr(reference: Vectors, candidate: Vectors, _: float) -> Vectors:
    return _decibel(_sums(reference**2), _sums((reference - candidate) ** 2))


def _psnr(reference: Vectors, candidate: Vectors, value_range: float) -> Vectors:
    size = reference[0].size
    return _decibel(np.full(len(reference), value_range**2), _sums((reference - candidate) ** 2) / size)


def _ssim(reference: Vectors, candidate: Vectors, value_range: float) -> Vectors:
    metrics = require("skimage.metrics", asked="the metric ssim", extra="pictures")
    if min(reference.shape[1:3]) < SSIM_WINDOW:
        height, width = reference.shape[1:3]
        raise DataError(
            f"metric 'ssim' needs pictures of at least {SSIM_WINDOW} x {SSIM_WINDOW} pixels, these have "
            f"{height} x {width}: take 'psnr'"
        )

    def one(first: Vectors, second: Vectors) -> float:
        return float(
            metrics.structural_similarity(
                first, second, data_range=value_range or 1.0, channel_axis=-1, gaussian_weights=True, sigma=1.5,
                use_sample_covariance=False,
            )
        )  # fmt: skip

    return np.array([one(first, second) for first, second in zip(reference, candidate, strict=True)])


FORMULAS: Mapping[str, Callable[[Vectors, Vectors, float], Vectors]] = {
    "cosine": _cosine,
    "sqnr": _sqnr,
    "psnr": _psnr,
    "ssim": _ssim,
}


def _sums(values: Vectors) -> Vectors:
    found: Vectors = values.reshape(len(values), -1).sum(1)
    return found


def _decibel(signal: Vectors, noise: Vectors) -> Vectors:
    """Return a ratio in dB: infinite without noise, minus infinite with noise and no signal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Vectors = np.where(noise > 0, 10 * np.log10(signal / noise), np.inf)
    return found


def distances(metric: str, similarities: Vectors) -> Vectors:
    """Return how far apart answers are, from 0.0: one less the similarity, or the share of noise for a ratio in dB."""
    if metric in ("psnr", "sqnr"):
        far: Vectors = 10 ** (-similarities / 20)
        return far
    return 1 - similarities
