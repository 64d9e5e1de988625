"""Sessions: running models. One small protocol for the original and for every artifact, whatever runs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgekit import adapters
from edgekit.adapters import Asked, BaseSession, Batch, Session
from edgekit.artifacts import Artifact, load_artifact
from edgekit.contract import CONTRACT_FILE, Contract, InputSpec, OutputSpec, Shape
from edgekit.delegates import Delegate, parse_delegate
from edgekit.errors import DelegateError, EdgekitError, MissingExtraError, ReachError, SessionError, nearest
from edgekit.frameworks import is_installed
from edgekit.preprocessing import media_defaults
from edgekit.remote.address import HOST, THIS_PYTHON, Address, parse_address
from edgekit.tuned_model import TunedModel

if TYPE_CHECKING:
    from edgekit.frontend import Program
    from edgekit.remote.adb import Phone
    from edgekit.remote.connection import Connection

PHONE_RUNTIME = "benchmark_model"


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where and how an artifact runs; the attributes are the arguments of `open_session`."""

    runtime: str | None = None
    delegate: str | None = None
    delegate_options: tuple[str, ...] = ()
    fallback: bool = False
    threads: int = 1
    cpus: tuple[int, ...] | None = None
    device: str = HOST
    benchmark_model: str | None = None


def open_session(
    model: Artifact | TunedModel | str | Path,
    *,
    runtime: str | None = None,
    delegate: str | None = None,
    delegate_options: Sequence[str] = (),
    fallback: bool = False,
    threads: int = 1,
    cpus: Sequence[int] | None = None,
    raw: bool = False,
    device: str = HOST,
    benchmark_model: str | None = None,
) -> contextlib.AbstractContextManager[Session]:
    """Open a model for running; a context manager: nothing is loaded before ``with``.

    Args:
        model: An artifact, a tuned model, or the path of either, or of a bare TFLite or ONNX file.
        runtime: Which runtime; by default the first of those that run this format and are installed.
        delegate: Accelerator to hand the model to, as `edgekit.delegates.parse_delegate` reads it; the model then runs
            in a process of its own, also on this machine. None: the runtime's CPU kernels.
        delegate_options: Each ``KEY=VALUE``, for the delegate.
        fallback: Run on the CPU where the delegate cannot; the session's ``fallback`` says why.
        threads: Number of threads.
        cpus: Processors that it may run on; None: all.
        raw: Take and give the model's own integers, where it has such inputs and outputs.
        device: Address of the device that it runs on, as `edgekit.remote.address.parse_address` reads it.
        benchmark_model: For a phone that lacks it, the file of Google's ``benchmark_model``.

    Raises:
        ArtifactError: It is no model, or is damaged.
        MissingExtraError: No runtime for its format is installed.
        SessionError: The runtime refuses it.
        DelegateError: The delegate cannot be loaded, or takes nothing of the model.
        ReachError: The device cannot be reached, or has no runtime for it.
    """
    asked = Asked(
        threads=threads, raw=raw, cpus=None if cpus is None else tuple(cpus),
        delegate=None if delegate is None else parse_delegate(delegate, delegate_options),
    )  # fmt: skip
    if delegate_options and delegate is None:
        raise EdgekitError("--delegate-option is for a delegate: name it by --delegate")
    return _open(_as_artifact(model), runtime, asked, _Place(parse_address(device), benchmark_model), fallback=fallback)


class _Place(NamedTuple):
    """A device, and what it may lack."""

    address: Address
    benchmark_model: str | None

    @contextlib.contextmanager
    def reached(self, asked: Asked) -> Iterator[Connection | Phone]:
        from edgekit.remote.connection import connect

        if self.address.kind == "adb":
            from edgekit.remote.adb import find_phone
            from edgekit.remote.phones import prepare_tool

            phone = find_phone(self.address)
            prepare_tool(phone, self.benchmark_model)
            yield phone
        else:
            # A driver may end the process that loads it: on this machine it gets one of its own.
            apart = "--cpus" if asked.delegate is None else f"--delegate {asked.delegate}"
            here = self.address.kind == HOST
            with connect(THIS_PYTHON if here else self.address, asked=apart if here else None) as device:
                yield device


@contextlib.contextmanager
def _open(artifact: Artifact, runtime: str | None, asked: Asked, place: _Place, *, fallback: bool) -> Iterator[Session]:
    with contextlib.ExitStack() as stack:
        try:
            session = stack.enter_context(_open_at(artifact, runtime, asked, place))
        except DelegateError as error:
            if not fallback:
                raise
            plain = replace(asked, delegate=None)
            session = stack.enter_context(_open_at(artifact, runtime, plain, place, apart=True))
            session.fallback = str(error)
        yield session


@contextlib.contextmanager
def _open_at(
    artifact: Artifact, runtime: str | None, asked: Asked, place: _Place, *, apart: bool = False
) -> Iterator[Session]:
    if place.address.kind == HOST and asked.delegate is None and asked.cpus is None and not apart:
        with _open_with(artifact, runtime or default_runtime(artifact.format), asked) as session:
            yield session
        return
    if asked.delegate is not None and place.address.kind != "adb":
        asked.delegate.adapter.settings(asked.delegate)  # one that is on phones only says so
    artifact = artifact.for_delegate(asked.delegate.name if asked.delegate else None)
    with place.reached(asked) as device:
        name = runtime or device_runtime(artifact.format, device, asked.delegate)
        _require_for(name, asked.delegate)
        with _open_with(artifact, name, replace(asked, device=device)) as session:
            yield session


def _require_for(runtime: str, delegate: Delegate | None) -> None:
    if delegate is None or runtime in delegate.adapter.RUNTIMES:
        return
    raise DelegateError(f"--delegate {delegate} is for {' or '.join(delegate.adapter.RUNTIMES)}, not for {runtime}")


@contextlib.contextmanager
def _open_with(artifact: Artifact, runtime: str, asked: Asked) -> Iterator[Session]:
    module = adapters.load("runtimes", runtime)
    if artifact.format not in module.FORMATS:
        raise SessionError(f"{runtime} does not run {artifact.format} (it runs: {', '.join(module.FORMATS)})")
    if asked.device is None and not is_installed(module.PACKAGE):
        raise MissingExtraError(f"the runtime {runtime}", missing=runtime, extra=module.EXTRA)
    if asked.device is not None and asked.device.packages.get(module.PACKAGE) is None:
        raise ReachError(f"{asked.device.address} has no {module.PACKAGE}: pip install {module.PACKAGE} there")
    if artifact.front is None:
        with module.open_model(artifact, asked) as session:
            yield session
        return
    from edgekit.frontend import load_program

    program = load_program(artifact.front)
    core = replace(artifact, contract=artifact.core, front=None, core=None)
    with module.open_model(core, asked) as session:
        assert artifact.contract is not None, "an artifact with a front end has a contract"
        yield FrontedSession(program, session, artifact.contract)


class FrontedSession(BaseSession):
    """A session whose model file is only the core: the portable front end runs first, in this process."""

    def __init__(self, program: Program, core: Session, contract: Contract) -> None:
        self.program, self.core, self.contract = program, core, contract
        self.runtime, self.delegation, self.told = core.runtime, core.delegation, True

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run front end and core on a batch."""
        arrays = {name: np.asarray(values) for name, values in inputs.items()}  # a list of sentences will do
        check_inputs(self.contract, arrays)
        return self.core.run(**self.program.run(arrays))


def _as_artifact(model: Artifact | TunedModel | str | Path) -> Artifact:
    if isinstance(model, Artifact):
        return model
    if isinstance(model, str | Path):
        path = Path(model)
        if not (path / CONTRACT_FILE).is_file():
            return load_artifact(path)
        model = TunedModel(path=path, contract=Contract.load(path))
    return Artifact(
        path=model.path, file=model.path, format="saved_model", contract=model.contract, front=model.front,
        core=None if model.front is None else model.served(),
    )  # fmt: skip


def runtimes_for(format_: str) -> list[str]:
    """Return the runtimes that run a format, the preferred one first."""
    found = [(adapters.load("runtimes", name).RANK, name) for name in adapters.names("runtimes")]
    return [name for _, name in sorted(found) if format_ in adapters.load("runtimes", name).FORMATS]


def default_runtime(format_: str) -> str:
    """Return the preferred runtime of a format among those that are installed.

    Raises:
        MissingExtraError: None is.
    """
    candidates = [name for name in runtimes_for(format_) if name != PHONE_RUNTIME]
    for name in candidates:
        if is_installed(adapters.load("runtimes", name).PACKAGE):
            return name
    if not candidates:
        raise EdgekitError(f"no runtime runs {format_}")
    first = adapters.load("runtimes", candidates[0])
    raise MissingExtraError(f"running a {format_} model", missing=" or ".join(candidates), extra=first.EXTRA)


def device_runtime(format_: str, device: Connection | Phone, delegate: Delegate | None = None) -> str:
    """Return the preferred runtime of a format, and of a delegate, among those that a device has.

    Raises:
        ReachError: It has none.
    """
    known = runtimes_for(format_)
    if delegate is not None and known:
        _require_for(next((name for name in known if name in delegate.adapter.RUNTIMES), known[0]), delegate)
        known = [name for name in delegate.adapter.RUNTIMES if name in known]
    candidates = {name: adapters.load("runtimes", name).PACKAGE for name in known}
    for name, package in candidates.items():
        if device.packages.get(package) is not None:
            return name
    wanted = " or ".join(package for name, package in candidates.items() if name != PHONE_RUNTIME)
    others = [name for name in runtimes_for(format_) if device.packages.get(adapters.load("runtimes", name).PACKAGE)]
    if delegate is not None and others:
        raise DelegateError(
            f"--delegate {delegate} needs {wanted or PHONE_RUNTIME}, and {device.address} has {' and '.join(others)}: "
            f"pip install {wanted} there"
        )
    if device.address.kind == "adb":
        raise ReachError(f"{device.address} is a phone, which runs TFLite files only, not {format_}")
    raise ReachError(f"{device.address} has no interpreter for {format_}: pip install {wanted} there")


def check_inputs(contract: Contract, inputs: Mapping[str, NDArray[Any]]) -> int:
    """Check the arrays of a batch against a contract and return the batch's size, as far as it has one.

    Raises:
        SessionError: An input is missing, unknown, or of the wrong shape.
    """
    specs = {spec.name: spec for spec in contract.inputs}
    if not specs:
        raise SessionError("the model has no inputs, so there is nothing to run")
    batches = set[int]()
    for name, array in inputs.items():
        spec = specs.get(name)
        if spec is None:
            raise SessionError(f"no input {name!r}{nearest(name, specs)} (the model has: {', '.join(specs)})")
        if not isinstance(array, np.ndarray):
            raise SessionError(
                f"input {name!r} is a {type(array).__name__}, the model takes an array {_shown(spec.shape)}"
            )
        scaled = spec.kind == "image" and spec.dtype.startswith("float") and not spec.quantization
        if scaled and spec.range and array.dtype.kind in "iu":
            raise SessionError(
                f"input {name!r} is {array.dtype}, the model takes {spec.dtype} in the range {list(spec.range)}: "
                f"scale the pixels first"
            )
        if len(array.shape) != len(spec.shape) or any(
            want is not None and want != size for size, want in zip(array.shape[1:], spec.shape[1:], strict=True)
        ):
            raise SessionError(f"input {name!r} is {list(array.shape)}, the model takes {_shown(spec.shape)}")
        if not array.shape or array.shape[0] != spec.shape[0]:  # a fixed size need not be a batch
            batches.add(int(array.shape[0]) if array.shape else 1)
    missing = [name for name in specs if name not in inputs]
    if missing:
        raise SessionError(f"input {missing[0]!r} is missing")
    if contract.batched and (len(batches) > 1 or batches == {0}):
        raise SessionError(f"the inputs differ in their number of samples, or there are none: {sorted(batches)}")
    return batches.pop() if batches else next(iter(specs.values())).shape[0] or 1


def _shown(shape: Shape) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"


def bare_input(name: str, dtype: str, shape: Shape) -> InputSpec:
    """Return the spec of an input that only a bare file describes."""
    kind = "image" if len(shape) == 4 and shape[-1] == 3 else "tensor"
    return media_defaults(InputSpec(name=name, kind=kind, dtype=dtype, shape=shape, key=name))


def bare_output(name: str, dtype: str, shape: Shape) -> OutputSpec:
    """Return the spec of an output that only a bare file describes."""
    return OutputSpec(name=name, meaning="tensor", dtype=dtype, shape=shape, key=name)


def single_dtype(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return values in a dtype, without a copy where they have it; strings stay as they are."""
    if dtype == "string":
        return values
    return values if values.dtype == np.dtype(dtype) else values.astype(dtype)
