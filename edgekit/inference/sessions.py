"""Sessions: running models. One small protocol for the original and for every artifact, whatever runs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.delegate import parse_delegate
from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.data.batch import Batch
from edgekit.errors import DelegateError, EdgekitError, MissingExtraError, ReachError, SessionError
from edgekit.inference.arrays import check_inputs
from edgekit.inference.runtimes import _require_for, default_runtime, device_runtime
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.remote.address import HOST, THIS_PYTHON, Address, parse_address
from edgekit.system import registry
from edgekit.system.optional import is_installed

if TYPE_CHECKING:
    from edgekit.frontend import Program
    from edgekit.remote.adb import Phone
    from edgekit.remote.connection import Connection


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
        delegate: Accelerator to hand the model to, as `edgekit.adapters.delegate.parse_delegate` reads it; the model
            then runs in a process of its own, also on this machine. None: the runtime's CPU kernels.
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
    options = SessionOptions(
        threads=threads, raw=raw, cpus=None if cpus is None else tuple(cpus),
        delegate=None if delegate is None else parse_delegate(delegate, delegate_options),
    )  # fmt: skip
    if delegate_options and delegate is None:
        raise EdgekitError("--delegate-option is for a delegate: name it by --delegate")
    return _open(
        _as_artifact(model), runtime, options, _Place(parse_address(device), benchmark_model), fallback=fallback
    )


class _Place(NamedTuple):
    """A device, and what it may lack."""

    address: Address
    benchmark_model: str | None

    @contextlib.contextmanager
    def reached(self, options: SessionOptions) -> Iterator[Connection | Phone]:
        from edgekit.remote.connection import connect

        if self.address.kind == "adb":
            from edgekit.remote.adb import find_phone
            from edgekit.remote.phone_interpreter import prepare_tool

            phone = find_phone(self.address)
            prepare_tool(phone, self.benchmark_model)
            yield phone
        else:
            # A driver may end the process that loads it: on this machine it gets one of its own.
            apart = "--cpus" if options.delegate is None else f"--delegate {options.delegate}"
            here = self.address.kind == HOST
            with connect(THIS_PYTHON if here else self.address, asked=apart if here else None) as device:
                yield device


@contextlib.contextmanager
def _open(
    artifact: Artifact, runtime: str | None, options: SessionOptions, place: _Place, *, fallback: bool
) -> Iterator[Session]:
    with contextlib.ExitStack() as stack:
        try:
            session = stack.enter_context(_open_at(artifact, runtime, options, place))
        except DelegateError as error:
            if not fallback:
                raise
            plain = replace(options, delegate=None)
            session = stack.enter_context(_open_at(artifact, runtime, plain, place, apart=True))
            session.fallback = str(error)
        yield session


@contextlib.contextmanager
def _open_at(
    artifact: Artifact, runtime: str | None, options: SessionOptions, place: _Place, *, apart: bool = False
) -> Iterator[Session]:
    if place.address.kind == HOST and options.delegate is None and options.cpus is None and not apart:
        with _open_with(artifact, runtime or default_runtime(artifact.format), options) as session:
            yield session
        return
    if options.delegate is not None and place.address.kind != "adb":
        options.delegate.adapter.settings(options.delegate)  # one that is on phones only says so
    artifact = artifact.for_delegate(options.delegate.name if options.delegate else None)
    with place.reached(options) as device:
        name = runtime or device_runtime(artifact.format, device, options.delegate)
        _require_for(name, options.delegate)
        with _open_with(artifact, name, replace(options, device=device)) as session:
            yield session


@contextlib.contextmanager
def _open_with(artifact: Artifact, runtime: str, options: SessionOptions) -> Iterator[Session]:
    module = registry.load("runtimes", runtime)
    if artifact.format not in module.FORMATS:
        raise SessionError(f"{runtime} does not run {artifact.format} (it runs: {', '.join(module.FORMATS)})")
    if options.device is None and not is_installed(module.PACKAGE):
        raise MissingExtraError(f"the runtime {runtime}", missing=runtime, extra=module.EXTRA)
    if options.device is not None and options.device.packages.get(module.PACKAGE) is None:
        raise ReachError(f"{options.device.address} has no {module.PACKAGE}: pip install {module.PACKAGE} there")
    if artifact.front is None:
        with module.open_model(artifact, options) as session:
            yield session
        return
    from edgekit.frontend import load_program

    program = load_program(artifact.front)
    core = replace(artifact, contract=artifact.core, front=None, core=None)
    with module.open_model(core, options) as session:
        assert artifact.contract is not None, "an artifact with a front end has a contract"
        yield FrontedSession(program, session, artifact.contract)


class FrontedSession(BaseSession):
    """A session whose model file is only the core: the portable front end runs first, in this process."""

    def __init__(self, program: Program, core: Session, contract: Contract) -> None:
        self.program, self.core, self.contract = program, core, contract
        self.runtime, self.delegation, self.has_contract = core.runtime, core.delegation, True

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
