from __future__ import annotations

import numpy as np

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.arrays import array_samples
from edgekit.tasks import none as task


def test_nothing_is_judged_unless_a_rule_says_by_what() -> None:
    spec = OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None, 2), key="y")
    samples = array_samples({"x": np.zeros([2, 1])})
    assert task.output(Contract(inputs=(), outputs=(spec,)), samples) is None
    assert task.metric(samples) is None
    assert task.prediction(np.array([0.0, 1.0]), spec, 1) == {"outputs": {"y": [0.0, 1.0]}}


def test_pictures_are_as_far_apart_as_their_farthest_pixels() -> None:
    black, grey = np.zeros([1, 4, 4, 3]), np.full([1, 4, 4, 3], 0.5)
    assert task.distances(black, grey).tolist() == [0.5]
