"""The port of sessions: a running model, whatever runs it, and how it is to be run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edgekit.adapters.stream import Stream
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.fixed_batch import fixed_batch
from edgekit.documents.delegation import Delegation

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.adapters.device import Device


class Session(Protocol):
    """A running model. Arrays go in and come out by name, the batch on the first axis.

    Attributes:
        contract: Names, dtypes and shapes; of a bare file, as its own signature has them.
        has_contract: Whether the model says its contract; else it is what its signature lets guess.
        runtime: Name of the runtime.
        delegation: What the delegate runs; None: the CPU runs it all, by the runtime's own kernels.
        fallback: Why the delegate that was asked for runs nothing; None: it runs, or none was asked for.
    """

    contract: Contract
    has_contract: bool
    runtime: str
    delegation: Delegation | None
    fallback: str | None

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch.

        Integer inputs and outputs are hidden: floats go in and come out, unless the session was opened ``raw``.

        Raises:
            SessionError: An input is missing, unknown, or of the wrong shape, or the runtime failed.
        """
        ...

    def run_each(self, **inputs: NDArray[Any]) -> Batch:
        """Run the samples of a batch one at a time, as a device gets them; on a device, by one message.

        Raises:
            SessionError: As above.
        """
        ...

    def stream(self, states: Mapping[str, str] | None = None) -> Stream:
        """Return a stream of this model, which keeps the state that goes in and comes out.

        Args:
            states: Which output is the next value of an input, by the input's name; None: as shapes and dtypes fit.

        Raises:
            SessionError: The model has no such state, or it cannot be told which output goes where.
        """
        ...


class BaseSession:
    """What sessions of this process have in common."""

    contract: Contract
    has_contract: bool = True
    delegation: Delegation | None = None
    fallback: str | None = None

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch."""
        raise NotImplementedError

    def run_each(self, **inputs: NDArray[Any]) -> Batch:
        """Run the samples of a batch one at a time, by as many calls; of a fixed batch, as many as it takes."""
        count, size = len(next(iter(inputs.values()))), fixed_batch(self.contract) or 1
        runs = []
        for start in range(0, count, size):
            sample = {name: values[start : start + size] for name, values in inputs.items()}
            runs.append(self.run(**sample))
        return {name: np.concatenate([run[name] for run in runs]) for name in runs[0]}

    def stream(self, states: Mapping[str, str] | None = None) -> Stream:
        """Return a stream of this model, which keeps the state that goes in and comes out."""
        return Stream(self, states)


class SessionOptions(Struct, frozen=True, kw_only=True):
    """How a model is to be run.

    Attributes:
        threads: Number of threads.
        delegate: Accelerator to hand the model to, by a device; None: the runtime's CPU kernels.
        raw: Take and give the model's own integers, where it has such inputs and outputs.
        device: The device that it runs on; None: this process.
        cpus: Processors of the device that it may run on; None: all.
    """

    threads: int = 1
    delegate: Delegate | None = None
    raw: bool = False
    device: Device | None = None
    cpus: tuple[int, ...] | None = None
