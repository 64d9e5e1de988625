"""Streams feed a state that comes out in again; what cannot be told is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.adapters.stream import Stream
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.errors import SessionError

SHAPES = {"x": (None, 1), "sum": (None, 2), "largest": (None, 2)}


class Running:
    """A model of running sums and maxima: ``x, sum, largest -> next_sum, next_largest``."""

    def __init__(self, states: tuple[str, ...] = ("sum", "largest")) -> None:
        names = ("x", *states)
        inputs = [InputSpec.of("tensor", name=n, dtype="float32", shape=SHAPES[n], key=n) for n in names]
        outputs = [
            OutputSpec(name=f"next_{n}", meaning="tensor", dtype="float32", shape=SHAPES[n], key=n) for n in states
        ]
        self.contract = Contract(inputs=tuple(inputs), outputs=tuple(outputs))

    def run(self, **inputs: NDArray[Any]) -> Batch:
        answer = {"next_sum": inputs["sum"] + inputs["x"]}
        if "largest" in inputs:
            answer["next_largest"] = np.maximum(inputs["largest"], inputs["x"])
        return answer


def step(number: float) -> NDArray[Any]:
    return np.full((3, 1), number, np.float32)


def test_a_state_goes_in_again_until_the_stream_is_reset() -> None:
    stream = Stream(Running(("sum",)))
    sums = [stream.run(x=step(number))["next_sum"][0, 0] for number in (1, 2, 3)]
    assert sums == [1, 3, 6]
    stream.reset()
    assert stream.run(x=step(5))["next_sum"].tolist() == [[5, 5]] * 3
    stream.reset(sum=np.full((3, 2), 10, np.float32))
    assert stream.run(x=step(1))["next_sum"][0, 0] == 11


def test_several_states_are_named() -> None:
    with pytest.raises(SessionError, match="which output is the next value of which input cannot be told"):
        Stream(Running())
    stream = Stream(Running(), {"sum": "next_sum", "largest": "next_largest"})
    stream.run(x=step(4))
    answer = stream.run(x=step(3))
    assert (answer["next_sum"][0, 0], answer["next_largest"][0, 0]) == (7, 4)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({"sun": "next_sum"}, "no input 'sun'; did you mean 'sum'"),
        ({"sum": "nxt_sum"}, "no output 'nxt_sum'; did you mean 'next_sum'"),
    ],
)
def test_states_that_the_model_lacks_are_refused(states: dict[str, str], message: str) -> None:
    with pytest.raises(SessionError, match=message):
        Stream(Running(), states)


def test_a_stream_keeps_its_state_and_its_batch() -> None:
    stream = Stream(Running(("sum",)))
    stream.run(x=step(1))
    with pytest.raises(SessionError, match="'sum' is a state, which the stream keeps"):
        stream.run(x=step(1), sum=np.zeros((3, 2), np.float32))
    with pytest.raises(SessionError, match="is of 3 streams, and this step of 1"):
        stream.run(x=step(1)[:1])
    with pytest.raises(SessionError, match="no state 'sums'"):
        stream.reset(sums=step(1))
