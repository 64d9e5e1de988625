"""Sessions: running models. One small protocol for the original and for every artifact, whatever runs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.adapters.delegate import parse_delegate
from edgekit.adapters.device import HOST, Address
from edgekit.adapters.runtime import load_runtime
from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.batch import Batch
from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.contract.fixed_batch import fixed_batch, in_fixed_batches
from edgekit.errors import DelegateError, EdgekitError, MissingExtraError, ReachError, SessionError
from edgekit.inference.arrays import check_inputs
from edgekit.inference.runtimes import default_runtime, device_runtime, require_environment, require_for
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.remote.address import parse_address
from edgekit.system.optional import is_installed

if TYPE_CHECKING:
    from edgekit.frontend import Program


def open_session(
    model: object,
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
        model: An artifact, a tuned model, or the path of either, or of a bare TFLite or ONNX file; or a model that is
            in memory, as `edgekit.load_model` takes it.
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
    if delegate_options and delegate is None:
        raise EdgekitError("delegate options are for a delegate: name it, too")
    options = SessionOptions(
        threads=threads,
        raw=raw,
        cpus=None if cpus is None else tuple(cpus),
        delegate=None if delegate is None else parse_delegate(delegate, delegate_options),
    )
    opening = _Opening(
        artifact=as_artifact(model),
        runtime=runtime,
        options=options,
        address=parse_address(device),
        tool=benchmark_model,
    )
    return _open(opening, fallback=fallback)


class _Opening(Struct, frozen=True, kw_only=True):
    """What is opened, where, and how."""

    artifact: Artifact
    runtime: str | None
    options: SessionOptions
    address: Address
    tool: str | None

    def start(self, *, in_process: bool) -> contextlib.AbstractContextManager[Session]:
        """Load the model in this process, where that may be and will do, or behind a connection."""
        plain = self.options.delegate is None and self.options.cpus is None
        if self.address.transport.IN_PROCESS and plain and in_process:
            return _open_with(self.artifact, self.runtime or default_runtime(self.artifact.format), self.options)
        return self._connected()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Session]:
        delegate, transport = self.options.delegate, self.address.transport
        artifact = self.artifact
        if delegate is not None:
            transport.check_delegate(delegate)
            artifact = replace(artifact, file=delegate.adapter.file_of(artifact))
        with transport.connect(self.address, tool=self.tool, purpose=self._purpose()) as device:
            name = self.runtime or device_runtime(artifact.format, device, delegate)
            require_for(name, delegate)
            with _open_with(artifact, name, replace(self.options, device=device)) as session:
                yield session

    def _purpose(self) -> str | None:
        """Return what needs a connection; None: the device does."""
        if not self.address.transport.IN_PROCESS:
            return None
        # A driver may end the process that loads it: on this machine it gets one of its own.
        return "a choice of processors" if self.options.delegate is None else f"the delegate {self.options.delegate}"


@contextlib.contextmanager
def _open(opening: _Opening, *, fallback: bool) -> Iterator[Session]:
    with contextlib.ExitStack() as stack:
        try:
            session = stack.enter_context(opening.start(in_process=True))
        except DelegateError as error:
            if not fallback:
                raise
            plain = replace(opening, options=replace(opening.options, delegate=None))
            session = stack.enter_context(plain.start(in_process=False))
            session.fallback = str(error)
        yield session


@contextlib.contextmanager
def _open_with(artifact: Artifact, name: str, options: SessionOptions) -> Iterator[Session]:
    runtime, device = load_runtime(name), options.device
    if artifact.format not in runtime.FORMATS:
        raise SessionError(f"{name} does not run {artifact.format} (it runs: {', '.join(runtime.FORMATS)})")
    require_environment(name, device)
    if device is None and not is_installed(runtime.PACKAGE):
        raise MissingExtraError(f"the runtime {name}", missing=name, extra=runtime.EXTRA)
    if device is not None and device.packages.get(runtime.PACKAGE) is None:
        raise ReachError(f"{device.address} has no {runtime.PACKAGE}: pip install {runtime.PACKAGE} there")
    if artifact.front is None:
        with runtime.open_model(artifact, options) as session:
            yield session
        return
    from edgekit.frontend import load_program  # heavy

    program = load_program(artifact.front)
    core = replace(artifact, contract=artifact.core, front=None, core=None)
    with runtime.open_model(core, options) as session:
        assert artifact.contract is not None, "an artifact with a front end has a contract"
        yield FrontedSession(program, session, artifact.contract)


class FrontedSession(BaseSession):
    """A session whose model file is only the core: the portable front end runs first, in this process."""

    def __init__(self, program: Program, core: Session, contract: Contract) -> None:
        self.program, self.core, self.contract = program, core, contract
        self.runtime, self.delegation, self.has_contract = core.runtime, core.delegation, True
        # A core without a free size takes what the front end makes of one sample, and of no more.
        sizes = [size for spec in core.contract.inputs for size in spec.shape]
        self.batch = fixed_batch(contract) or (1 if sizes and None not in sizes else None)

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run front end and core on a batch; a model with a fixed batch runs it piece by piece."""
        arrays = {name: np.asarray(values) for name, values in inputs.items()}  # a list of sentences will do
        check_inputs(self.contract, arrays)
        return in_fixed_batches(self.batch, arrays, lambda piece: self.core.run(**self.program.run(piece)))


def as_artifact(model: object) -> Artifact:
    """Return what a session runs: an artifact as it is, and an original as one whose file is its SavedModel.

    Raises:
        ArtifactError: A path leads to neither.
        ModuleError: It is a model in memory that cannot be used.
    """
    if isinstance(model, Artifact):
        return model
    if isinstance(model, str | Path):
        path = Path(model)
        if not (path / CONTRACT_FILE).is_file():
            return load_artifact(path)
        model = TunedModel(path=path, contract=Contract.load(path))
    elif not isinstance(model, TunedModel):
        from edgekit.original.finished import load_model  # heavy

        model = load_model(model)
    return Artifact(
        path=model.path,
        file=model.path,
        format="saved_model",
        contract=model.contract,
        front=model.front,
        core=None if model.front is None else model.served(),
    )
