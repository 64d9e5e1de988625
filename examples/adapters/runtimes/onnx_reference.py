"""ONNX's own reference implementation in NumPy: slow, and what other runtimes are checked against."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from edgekit.adapters.device import PROCESS
from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.batch import Batch
from edgekit.contract.contract import CONTRACT_KEY, Contract
from edgekit.errors import SessionError
from edgekit.inference.arrays import check_inputs, single_dtype
from edgekit.models.artifact import Artifact
from edgekit.system.optional import require
from edgekit.system.printable import reason_of

FORMATS = ("onnx",)
RANK = 9
PACKAGE = "onnx"
EXTRA = "convert"
ENVIRONMENTS = (PROCESS,)
NOTE = "slow: for checks"


@contextlib.contextmanager
def open_model(artifact: Artifact, options: SessionOptions) -> Iterator[Session]:
    """Load an ONNX file that holds its contract."""
    del options  # it has one thread, and no device but this process
    reference = require("onnx.reference", asked="the runtime onnx_reference", extra=EXTRA)
    try:
        evaluator = reference.ReferenceEvaluator(str(artifact.file))
    except Exception as error:  # its exceptions share no base class
        raise SessionError(f"onnx cannot load {artifact.file}: {reason_of(error)}", path=artifact.file) from error
    yield ReferenceSession(evaluator, artifact)


class ReferenceSession(BaseSession):
    """A model that ONNX's reference runs."""

    runtime = "onnx_reference"

    def __init__(self, evaluator: Any, artifact: Artifact) -> None:
        properties = {entry.key: entry.value for entry in evaluator.proto_.metadata_props}
        if artifact.contract is None and CONTRACT_KEY not in properties:
            raise SessionError(f"{artifact.file} says no contract, which this runtime needs", path=artifact.file)
        self.evaluator = evaluator
        self.contract = artifact.contract or Contract.from_json(json.loads(properties[CONTRACT_KEY]))

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch."""
        check_inputs(self.contract, inputs)
        dtypes = {spec.name: spec.dtype for spec in self.contract.inputs}
        names = [spec.name for spec in self.contract.outputs]
        feeds = {name: single_dtype(array, dtypes[name]) for name, array in inputs.items()}
        try:
            outputs = self.evaluator.run(names, feeds)
        except Exception as error:  # as above
            raise SessionError(f"onnx failed while it ran the model: {reason_of(error)}") from error
        return dict(zip(names, outputs, strict=True))
