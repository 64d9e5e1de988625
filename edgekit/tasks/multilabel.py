"""Several labels: each applies or does not, by itself, from a score of `APPLIES` on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.task import Meaning, Objective, Words, likeliest
from edgekit.contract.contract import OutputSpec
from edgekit.data.target_outputs import target_output, targets_of
from edgekit.data.targets import APPLIES, LABELS
from edgekit.errors import DataError
from edgekit.system.files import JsonObject
from edgekit.system.optional import tensorflow

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.data.samples import Samples
    from edgekit.data.splits import DataSplit

RANK = 1
TRAINED = True
JOINS_FEATURES = True
MEANING = "multilabel"
MEANINGS = {MEANING: Meaning(probabilities=True)}
COUNTED = True
TRUTH_HEADING = "True label"


def head_output(split: DataSplit) -> OutputSpec:
    """Return one probability per label of the training data."""
    assert split.train is not None, "a recipe that trains has training data"
    targets = targets_of(split.train, LABELS)
    if targets is None:
        raise DataError(
            "task = 'multilabel' needs [data] train to be a CSV file with a column labels (those that apply, apart by "
            ";), or an .npz file"
        )
    return OutputSpec(
        name="scores",
        meaning=MEANING,
        dtype="float32",
        shape=(None, len(targets.names)),
        key="scores",
        labels=targets.names,
    )


def objective(samples: Samples) -> Objective:
    """Return cross-entropy of each label by itself; a share of labels that are rightly said is its accuracy."""
    tf = tensorflow()
    return Objective(
        outputs=len(_rows(samples)[0]),
        truth=lambda part: _rows(part).astype(np.float32),
        answer=tf.nn.sigmoid,
        loss=lambda: tf.keras.losses.BinaryCrossentropy(from_logits=True),
        # The head gives logits, and a logit of 0 is a probability of one half.
        metrics=lambda: [tf.keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)],
        right="labels",
    )


def _rows(samples: Samples) -> NDArray[np.float64]:
    assert samples.targets is not None, "the contract was made of them"
    return samples.targets.array()


def output(contract: Contract, samples: Samples) -> str | None:
    """Return the output that the contract says holds labels, or the only one of the size of the data's labels."""
    spec = target_output(contract, samples, meaning=MEANING, kind=LABELS)
    return None if spec is None else spec.name


def metric(samples: Samples) -> str | None:
    """Return the share of samples with all labels right where they are known, else agreement with the original."""
    return "agreement" if samples.targets is None else "exact_match"


def decisions(scores: NDArray[Any]) -> NDArray[Any]:
    """Return which labels apply ``[n, labels]``."""
    applied: NDArray[Any] = scores >= APPLIES
    return applied


def truth(samples: Samples, start: int, stop: int) -> NDArray[Any] | None:
    """Return which labels are right ``[stop - start, labels]``."""
    return None if samples.targets is None else samples.targets.array(start, stop) > 0


def distances(reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Return the largest difference of a label's scores."""
    distance: NDArray[np.float64] = np.abs(reference.astype(np.float64) - candidate).max(1)
    return distance


def words(scores: Sequence[float], contract: Contract, samples: Samples) -> Words:
    """Say the labels that apply."""
    names = _label_names(len(scores), contract, samples)
    applied = [name for name, score in zip(names, scores, strict=True) if score >= APPLIES]
    return Words(label=", ".join(applied) or "none", score=None)


def truth_words(samples: Samples, index: int, contract: Contract) -> str | None:
    """Say the labels that are right."""
    targets = targets_of(samples, LABELS)
    return None if targets is None else words(targets.rows[index], contract, samples).label


def _label_names(count: int, contract: Contract, samples: Samples) -> tuple[str, ...]:
    if samples.targets is not None:
        return samples.targets.names
    names = None if contract.multilabel is None else contract.multilabel.labels
    return names or tuple(f"label {index}" for index in range(count))


def prediction(scores: NDArray[Any], output: OutputSpec, top: int) -> JsonObject:
    """Return the labels with the highest scores, and whether each applies."""
    labels = likeliest(scores, output, top)
    return {"top": [{**label, "applies": label["score"] >= APPLIES} for label in labels]}
