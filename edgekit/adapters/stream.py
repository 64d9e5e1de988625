"""Streams: a model asked step by step, with the state that it gives back fed to it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec
from edgekit.errors import SessionError, nearest


class Stepped(Protocol):
    """What a stream needs of a session, which the port of sessions has beside it."""

    contract: Contract

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch."""
        ...


class Stream:
    """A session that keeps the state between calls: what comes out as a state goes in as one at the next call.

    Args:
        session: The session.
        states: Which output is the next value of an input, by the input's name; None: those whose shapes and dtypes
            fit in one way only.

    Raises:
        SessionError: The model has no such state, or it cannot be told which output goes where.
    """

    def __init__(self, session: Stepped, states: Mapping[str, str] | None = None) -> None:
        self.session = session
        self.outputs = _guessed(session.contract) if states is None else _checked(session.contract, states)
        self.state: Batch = {}

    def reset(self, **state: NDArray[Any]) -> None:
        """Begin anew: from a state by the names of its inputs, where it is not zero."""
        unknown = [name for name in state if name not in self.outputs]
        if unknown:
            raise SessionError(
                f"no state {unknown[0]!r}{nearest(unknown[0], self.outputs)} (states: {', '.join(self.outputs)})"
            )
        self.state = dict(state)

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on the next step of a batch of streams; the state is zero at the first.

        Args:
            inputs: All inputs but the states, the batch on the first axis.

        Returns:
            All outputs, the new state among them.

        Raises:
            SessionError: A state was given or has another batch, or as `Session.run` raises it.
        """
        stated = [name for name in inputs if name in self.outputs]
        if stated:
            raise SessionError(
                f"{stated[0]!r} is a state, which the stream keeps: give another by reset({stated[0]}=...)"
            )
        batch = len(next(iter(inputs.values()))) if inputs else 1
        contract = self.session.contract
        state = {name: self.state.get(name, _zeros(contract.input(name), batch)) for name in self.outputs}
        sizes = {name: len(values) for name, values in state.items() if len(values) != batch}
        if sizes:
            name, size = next(iter(sizes.items()))
            raise SessionError(f"the state {name!r} is of {size} streams, and this step of {batch}: reset the stream")
        answer = self.session.run(**inputs, **state)
        self.state = {name: answer[output] for name, output in self.outputs.items()}
        return answer


def _checked(contract: Contract, states: Mapping[str, str]) -> dict[str, str]:
    """Return states that a user names, if the model has them."""
    for name, output in states.items():
        inputs, outputs = [spec.name for spec in contract.inputs], [spec.name for spec in contract.outputs]
        if name not in inputs:
            raise SessionError(f"no input {name!r}{nearest(name, inputs)} (the model has: {', '.join(inputs)})")
        if output not in outputs:
            raise SessionError(f"no output {output!r}{nearest(output, outputs)} (the model has: {', '.join(outputs)})")
    return dict(states)


def _guessed(contract: Contract) -> dict[str, str]:
    """Return the states whose shapes and dtypes fit in one way only: an input and an output that no other fits."""
    fitting: dict[str, list[str]] = {}
    for spec in contract.inputs:
        outputs = [out.name for out in contract.outputs if (out.shape, out.dtype) == (spec.shape, spec.dtype)]
        if outputs:
            fitting[spec.name] = outputs
    used = [output for outputs in fitting.values() for output in outputs]
    if not fitting or len(set(used)) != len(used) or len(used) != len(fitting):
        ours, theirs = ([spec.name for spec in specs] for specs in (contract.inputs, contract.outputs))
        raise SessionError(
            f"which output is the next value of which input cannot be told by shape and dtype: say it, as in "
            f"stream(states={{'h': 'next_h'}}); inputs: {', '.join(ours)}; outputs: {', '.join(theirs)}"
        )
    return {name: outputs[0] for name, outputs in fitting.items()}


def _zeros(spec: InputSpec, batch: int) -> NDArray[Any]:
    """Return the state before the first step."""
    if None in spec.shape[1:]:
        raise SessionError(f"the state {spec.name!r} has a free size: give its first value by reset({spec.name}=...)")
    return np.zeros([batch, *(size or 0 for size in spec.shape[1:])], spec.dtype)
