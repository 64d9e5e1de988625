"""Samples behind a front end: what it makes of raw ones, which stay what reports show and digests name."""

from __future__ import annotations

import numpy as np

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.frontend_samples import FrontedSamples
from edgekit.frontend import Node, Port, Program
from tests.data.kinds import INNER, RAW, ROWS, fronted_samples


def test_what_is_read_is_what_the_front_end_makes() -> None:
    np.testing.assert_array_equal(fronted_samples().read(1, 3, INNER)["z"], -ROWS[1:3])
    raw = fronted_samples().samples.read(1, 3, RAW)["x"]
    assert not np.array_equal(raw, -ROWS[1:3])


def test_some_of_them_are_some_of_the_raw_ones() -> None:
    some = fronted_samples().take([3, 1])
    np.testing.assert_array_equal(some.read(0, 2, INNER)["z"], -ROWS[[3, 1]])
    assert (some.labels, some.names) == ((0, 1), ("row 3", "row 1"))
    assert len(some.take([])) == 0


def test_all_but_the_tensors_is_that_of_the_raw_samples() -> None:
    fronted = fronted_samples()
    assert fronted.digest() == fronted.samples.digest()
    assert fronted.content(2) == fronted.samples.content(2) != fronted.content(1)
    assert (fronted.classes, fronted.targets, len(fronted)) == (("a", "b"), None, 4)


def test_a_report_shows_the_raw_sample() -> None:
    """The sentence that was typed, not the number that stands for it."""
    spec = InputSpec.of("text", name="text", dtype="string", shape=(None,), key="text")
    program = Program(
        inputs=(Port(name="text", tensor="t", dtype="string", shape=(None,)),),
        outputs=(Port(name="z", tensor="t", dtype="string", shape=(None,)),),
        nodes=(Node(op="Identity", inputs=("t",), outputs=("u",), attrs={}),),
        constants={},
        tables={},
    )
    samples = array_samples({"text": ["one", "two"]})
    fronted = FrontedSamples(samples=samples, program=program, contract=Contract(inputs=(spec,), outputs=()))
    assert fronted.preview(1, INNER).text == "two"
    assert fronted.take([0]).preview(0, INNER).text == "one"
