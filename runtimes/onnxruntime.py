"""ONNX Runtime on the CPU."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.device import PROCESS, PYTHON
from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.batch import Batch
from edgekit.contract.contract import CONTRACT_KEY, Contract
from edgekit.contract.fixed_batch import fixed_batch, in_fixed_batches
from edgekit.contract.shape import Shape
from edgekit.errors import ArtifactError, EdgekitError, SessionError
from edgekit.inference.arrays import bare_input, bare_output, check_inputs, single_dtype
from edgekit.models.artifact import Artifact
from edgekit.system.optional import require
from edgekit.system.printable import reason_of

FORMATS = ("onnx",)
RANK = 0
PACKAGE = "onnxruntime"
EXTRA = "onnx"
ENVIRONMENTS = (PROCESS, PYTHON)
NOTE = ""

_DTYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16"}


@contextlib.contextmanager
def open_model(artifact: Artifact, options: SessionOptions) -> Iterator[Session]:
    """Load an ONNX file."""
    try:
        session = _session(artifact, options)
    except EdgekitError:
        raise
    except Exception as error:  # its exceptions share no base class of their own
        raise SessionError(f"onnxruntime cannot load {artifact.file}: {reason_of(error)}") from error
    yield OnnxSession(session, artifact)


def _session(artifact: Artifact, options: SessionOptions) -> Any:
    if options.device is not None:
        from edgekit.remote.connection import connection_of  # heavy
        from edgekit.remote.interpreters import RemoteOnnxSession  # heavy

        return RemoteOnnxSession(connection_of(options.device), artifact.file, options)
    module = require("onnxruntime", asked="the runtime onnxruntime", extra=EXTRA)
    native = module.SessionOptions()
    native.intra_op_num_threads = options.threads
    native.inter_op_num_threads = 1
    native.log_severity_level = 4
    return module.InferenceSession(str(artifact.file), native, providers=["CPUExecutionProvider"])


class OnnxSession(BaseSession):
    """A running ONNX model."""

    runtime = "onnxruntime"

    def __init__(self, session: Any, artifact: Artifact) -> None:
        self.session = session
        inside = _embedded_contract(session)
        if artifact.contract is not None and inside not in (None, artifact.contract):
            raise ArtifactError(f"{artifact.path} has another contract than {artifact.file.name} in it")
        self.has_contract = artifact.contract is not None or inside is not None
        self.contract = artifact.contract or inside or _bare_contract(session)
        self.fixed = fixed_batch(self.contract)
        self.specs = {spec.name: spec for spec in self.contract.inputs}
        self.outputs = [spec.name for spec in self.contract.outputs]
        names = {port.name for port in (*session.get_inputs(), *session.get_outputs())}
        missing = [name for name in (*self.specs, *self.outputs) if name not in names]
        if missing:
            raise ArtifactError(f"{artifact.file} has no {missing[0]!r}, which its contract names")

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch; one with a fixed batch runs it piece by piece."""
        check_inputs(self.contract, inputs)
        return in_fixed_batches(self.fixed, inputs, self._answers)

    def run_each(self, **inputs: NDArray[Any]) -> Batch:
        """Run the samples of a batch one at a time."""
        if hasattr(self.session, "answers") and self.fixed in (None, 1):
            check_inputs(self.contract, inputs)
            return self._answers(inputs, one_by_one=True)
        return super().run_each(**inputs)

    def _answers(self, inputs: Mapping[str, NDArray[Any]], **settings: bool) -> Batch:
        feeds = {name: single_dtype(array, self.specs[name].dtype) for name, array in inputs.items()}
        try:
            outputs = self.session.run(self.outputs, feeds, **settings)
        except EdgekitError:
            raise
        except Exception as error:  # as above
            raise SessionError(f"onnxruntime failed while it ran the model: {reason_of(error)}") from error
        return dict(zip(self.outputs, outputs, strict=True))


def _embedded_contract(session: Any) -> Contract | None:
    text = session.get_modelmeta().custom_metadata_map.get(CONTRACT_KEY)
    return None if text is None else Contract.from_json(json.loads(text))


def _bare_contract(session: Any) -> Contract:
    return Contract(
        inputs=tuple(bare_input(port.name, _dtype(port), _shape(port)) for port in session.get_inputs()),
        outputs=tuple(bare_output(port.name, _dtype(port), _shape(port)) for port in session.get_outputs()),
    )


def _dtype(port: Any) -> str:
    name = _DTYPES.get(port.type, port.type.removeprefix("tensor(").removesuffix(")"))
    return np.dtype("str" if name == "string" else name).name


def _shape(port: Any) -> Shape:
    return tuple(size if isinstance(size, int) else None for size in port.shape)
