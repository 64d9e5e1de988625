from __future__ import annotations

import numpy as np

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.tasks import embedding as task

PLAIN = array_samples({"x": np.zeros([2, 1])})


def output(name: str, meaning: str) -> OutputSpec:
    return OutputSpec(name=name, meaning=meaning, dtype="float32", shape=(None, 2), key=name)


def test_the_contract_alone_says_which_output_it_is() -> None:
    assert task.output(Contract(inputs=(), outputs=(output("y", "tensor"),)), PLAIN) is None
    both = (output("y", "tensor"), output("vector", "embedding"))
    assert task.output(Contract(inputs=(), outputs=both), PLAIN) == "vector"
    assert task.metric(PLAIN) == "cosine"


def test_a_vector_has_no_words() -> None:
    spec = output("vector", "embedding")
    assert task.words([0.0, 1.0], Contract(inputs=(), outputs=(spec,)), PLAIN) == (None, None)
    assert task.prediction(np.array([0.0, 1.0]), spec, 1) == {"outputs": {"vector": [0.0, 1.0]}}
