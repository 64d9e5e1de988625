"""Work in child processes: what can crash takes only itself down, and says why.

`ChildExecutor` is a ``concurrent.futures.Executor``: each task runs in a process of its own, forked from a server that
has the heavy imports done already, or started fresh where what is measured must not share memory with them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from edgekit.errors import EdgekitError

P = ParamSpec("P")
T = TypeVar("T")

_LOG_TAIL = 2000  # bytes of a dead child's stderr that go into the message
_GRACE = 5.0  # seconds that a child which has answered may take to end
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""What OpenBLAS reads as it is loaded; a user's own choice stands."""
_main_lock = threading.Lock()


class ChildDiedError(EdgekitError):
    """A child process ended without an answer: it crashed, was killed, or ran out of time or memory."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


class ChildExecutor(Executor):
    """Runs each task in a child process of its own.

    A task is a function of an importable module with picklable arguments. Its exceptions come back as they are; a child
    that dies raises `ChildDiedError` with the signal's name and the end of what it wrote to stderr.
    What a child writes is held back.

    Args:
        max_workers: Children at a time; by default one per core.
        fresh: Start each child from nothing rather than fork it from the server. Slower by the imports; its memory
            is then its own.
        timeout: Seconds after which a child is killed; None: no limit.
        shows: Let the children write to stderr.
        trains: Let the children use a GPU. Others do not see one unless the user's own ``CUDA_VISIBLE_DEVICES`` says
            so: what is converted and measured is the CPU's arithmetic, wherever it runs.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        *,
        fresh: bool = False,
        timeout: float | None = None,
        shows: bool = False,
        trains: bool = False,
    ) -> None:
        self._context = multiprocessing.get_context("spawn" if fresh else "forkserver")
        self._timeout, self._shows, self._trains = timeout, shows, trains
        self._threads = ThreadPoolExecutor(max_workers or cores(), thread_name_prefix="edgekit-child")
        self._children: set[BaseProcess] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn(*args, **kwargs)`` in a child."""
        return self._threads.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the children, or end them."""
        if cancel_futures:
            with self._lock:
                self._stopped = True
                for child in self._children:
                    child.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Leave no child behind: on an error, an interrupt included, those that still run are killed."""
        self.shutdown(cancel_futures=kind is not None)

    def _run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        receiver, sender = self._context.Pipe(duplex=False)
        with tempfile.TemporaryDirectory(prefix="edgekit-child-") as folder, receiver:
            log = None if self._shows else Path(folder) / "log"
            work = (sender, log, self._trains, fn, args, kwargs)
            child = self._context.Process(target=_child, args=work, daemon=True)  # type: ignore[attr-defined]  # typeshed gives the base context no Process
            self._start(child)
            sender.close()
            try:
                answer: T = _answer(receiver, child, log, self._timeout)
                child.join(_GRACE)  # it gives back its semaphores as it ends
                return answer
            finally:
                with self._lock:
                    self._children.discard(child)
                child.kill()
                child.join()
                child.close()

    def _start(self, child: BaseProcess) -> None:
        with _main_lock, _without_main(), _one_thread_each(), self._lock:
            if self._stopped:
                raise ChildDiedError("stopped before it started")
            child.start()
            self._children.add(child)


def preload(module: str) -> None:
    """Have the fork server import ``module``, so that each child finds it done; call it before the first child."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([module])


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep children from importing the user's script, which would run it again where it has no main guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Have the fork server, if it starts now, and fresh children load NumPy with one thread of linear algebra.

    There is a child for each core: OpenBLAS's own threads would only wait for one another, and burn processor time as
    they do. Rounding the weights of a ResNet50 took 50 CPU seconds with two threads on two busy cores, and 16 with one.
    """
    if BLAS_THREADS in os.environ:
        yield
        return
    os.environ[BLAS_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[BLAS_THREADS]


def _child(
    sender: Connection,
    log: Path | None,
    trains: bool,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    if not trains:
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # read when the driver starts, which is not yet
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    if log is not None:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT, 0o600), 2)
    os.dup2(2, 1)  # stdout is for results, and these come through the pipe
    try:
        answer: tuple[bool, Any] = (True, fn(*args, **kwargs))
    except BaseException as error:
        error.add_note(traceback.format_exc())
        answer = (False, error)
    try:
        sender.send(answer)
    except Exception as error:
        kind, value = type(answer[1]).__name__, str(answer[1])
        sender.send((False, EdgekitError(f"{kind}: {value} (it cannot cross processes: {error})")))


def _answer(receiver: Connection, child: BaseProcess, log: Path | None, timeout: float | None) -> Any:
    try:
        if not receiver.poll(timeout):
            raise ChildDiedError(f"no answer within {timeout:g} s; stopped")
        good, value = receiver.recv()
    except EOFError:
        child.join()
        raise ChildDiedError(_cause(child.exitcode, log)) from None
    if good:
        return value
    raise value


def _cause(code: int | None, log: Path | None) -> str:
    """Say how a child ended: by which signal or code, and the end of what it wrote."""
    if code is not None and code < 0:
        how = f"died of {signal.Signals(-code).name}"
        if -code == signal.SIGKILL:
            how += " (perhaps out of memory)"
    else:
        how = f"ended with code {code} and no answer"
    if log is None or not log.exists():
        return how
    text = log.read_bytes()[-_LOG_TAIL:].decode(errors="replace").strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{how}: {' / '.join(lines[-3:])}" if lines else how
