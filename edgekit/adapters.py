"""Adapters are found by their file names: a new file in ``converters``, ``runtimes`` or ``runtimes/delegates`` is one.

Nobody imports them by name, so a new one needs no registration.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgekit.artifacts import Artifact
from edgekit.contract import Contract
from edgekit.errors import EdgekitError, nearest

if TYPE_CHECKING:
    from edgekit.delegates import Delegate
    from edgekit.remote.adb import Phone
    from edgekit.remote.connection import Connection

Batch = dict[str, NDArray[Any]]
"""Arrays by input or output name, the batch on the first axis."""


@dataclass(frozen=True, kw_only=True)
class Delegation:
    """What a delegate has of a model, and how that is known.

    Attributes:
        nodes: Number of operators that it runs.
        total: Number of operators of the model.
        partitions: Number of pieces that it runs; None where the runtime does not tell.
        proof: What the runtime said.
    """

    nodes: int
    total: int
    partitions: int | None
    proof: str


class Session(Protocol):
    """A running model. Arrays go in and come out by name, the batch on the first axis.

    Attributes:
        contract: Names, dtypes and shapes; of a bare file, as its own signature has them.
        told: Whether the model says its contract; else it is what its signature lets guess.
        runtime: Name of the runtime.
        delegation: What the delegate runs; None: the CPU runs it all, by the runtime's own kernels.
        fallback: Why the delegate that was asked for runs nothing; None: it runs, or none was asked for.
    """

    contract: Contract
    told: bool
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


class BaseSession:
    """What sessions of this process have in common."""

    told: bool = True
    delegation: Delegation | None = None
    fallback: str | None = None

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch."""
        raise NotImplementedError

    def run_each(self, **inputs: NDArray[Any]) -> Batch:
        """Run the samples of a batch one at a time, by as many calls."""
        count = len(next(iter(inputs.values())))
        runs = [self.run(**{name: value[i : i + 1] for name, value in inputs.items()}) for i in range(count)]
        return {name: np.concatenate([run[name] for run in runs]) for name in runs[0]}


@dataclass(frozen=True, kw_only=True)
class Asked:
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
    device: Connection | Phone | None = None
    cpus: tuple[int, ...] | None = None


class Runtime(Protocol):
    """What each file in ``runtimes`` offers."""

    FORMATS: Sequence[str]
    """What it runs: ``tflite``, ``onnx``, ``saved_model``; where several runtimes run a format, RANK decides."""
    RANK: int
    """The lowest of the installed ones is taken where the user names none."""
    EXTRA: str
    """The extra of edgekit that installs it."""

    PACKAGE: str
    """The package whose version is the runtime's."""

    def open_model(self, artifact: Artifact, asked: Asked) -> AbstractContextManager[Session]:
        """Load a model.

        Raises:
            SessionError: The runtime cannot load it.
            ReachError: The device is gone.
        """
        ...


def names(kind: str) -> list[str]:
    """Return the names of all adapters of a kind, such as ``runtimes``."""
    package = importlib.import_module(f"edgekit.{kind}")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def load(kind: str, name: str) -> Any:
    """Import an adapter.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    known = names(kind)
    if name not in known:
        what = kind.rpartition(".")[2].rstrip("s")
        raise EdgekitError(f"no {what} {name!r}{nearest(name, known)} (there are: {', '.join(known) or 'none'})")
    return importlib.import_module(f"edgekit.{kind}.{name}")
