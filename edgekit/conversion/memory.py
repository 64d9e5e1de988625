"""Memory: what the steps of a conversion need, so that those of large models go one at a time, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from edgekit.conversion.derivation import convert_float
from edgekit.errors import ConversionError
from edgekit.graph.freezing import freeze
from edgekit.system.progress import note

P = ParamSpec("P")
T = TypeVar("T")

BASE = 500_000_000
"""Bytes that TensorFlow takes in a child beyond what it shares with the fork server."""
TIMES = {freeze: 13, convert_float: 20}
"""How many times the bytes of the weights a step takes at its peak, as measured on ResNet50 (102 MB): TensorFlow's
optimizer and converter copy the graph as protos, as attributes of MLIR and as the file."""
OTHER_TIMES = 8
"""The same of steps that work on a converted file: it is read, changed and packed, beside moments of its inputs."""
LARGE = 1_500_000_000
"""Bytes from which on a step runs beside no other large one: two of them would fill a laptop's memory."""


class PlannedExecutor(Executor):
    """Hands steps of a conversion to children as long as there is memory for them.

    Args:
        children: What runs them.
        weights: Bytes of the model's weights.
        available: Bytes that may be used; None: the system does not tell, and there is no limit.
        shows: Say beforehand what a large model takes.
    """

    def __init__(self, children: Executor, *, weights: int, available: int | None, shows: bool = False) -> None:
        self._children, self._weights, self._available, self._shows = children, weights, available, shows
        self._used, self._large = 0, 0
        self._change = threading.Condition()

    def need(self, step: Callable[..., Any]) -> int:
        """Return how many bytes a step takes at its peak, as far as can be said."""
        return BASE + self._weights * TIMES.get(step, OTHER_TIMES)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a step as soon as there is memory for it; until then this waits.

        Raises:
            ConversionError: There never will be.
        """
        need = self.need(fn)
        self._check(need)
        with self._change:
            self._change.wait_for(lambda: self._fits(need))
            self._used += need
            self._large += need >= LARGE
        try:
            future = self._children.submit(fn, *args, **kwargs)
        except BaseException:
            self._give_back(need)
            raise
        future.add_done_callback(lambda _: self._give_back(need))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the children, or end them."""
        self._children.shutdown(wait, cancel_futures=cancel_futures)

    def _check(self, need: int) -> None:
        free = "" if self._available is None else f"; {_gigabytes(self._available)} are free"
        sizes = f"the model is {self._weights / 1e6:.0f} MB, and converting it takes about {_gigabytes(need)} of memory"
        if self._available is not None and need > self._available and need >= LARGE:
            raise ConversionError(f"{sizes}{free}: end other programs, or convert it on a machine with more memory")
        with self._change:
            shows, self._shows = self._shows and need >= LARGE, self._shows and need < LARGE
        if shows:
            largest = max(need, self.need(convert_float))
            note(
                f"the model is {self._weights / 1e6:.0f} MB: converting it takes up to about {_gigabytes(largest)} of "
                f"memory{free}; its large steps go one at a time"
            )

    def _fits(self, need: int) -> bool:
        if need >= LARGE and self._large:
            return False
        return self._available is None or not self._used or self._used + need <= self._available

    def _give_back(self, need: int) -> None:
        with self._change:
            self._used -= need
            self._large -= need >= LARGE
            self._change.notify_all()


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
