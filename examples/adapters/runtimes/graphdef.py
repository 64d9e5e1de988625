"""TensorFlow itself, for frozen graphs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.device import PROCESS
from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.batch import Batch
from edgekit.errors import SessionError
from edgekit.inference.arrays import check_inputs, single_dtype
from edgekit.models.artifact import Artifact
from edgekit.system.optional import tensorflow
from edgekit.system.printable import reason_of

FORMATS = ("graphdef",)
RANK = 0
PACKAGE = "tensorflow"
EXTRA = "convert"
ENVIRONMENTS = (PROCESS,)
NOTE = ""


@contextlib.contextmanager
def open_model(artifact: Artifact, options: SessionOptions) -> Iterator[Session]:
    """Load a frozen graph and prune it to what the contract names."""
    del options  # TensorFlow's threads belong to the process
    tf = tensorflow("running a frozen graph")
    contract = artifact.contract
    if contract is None:
        raise SessionError(f"{artifact.file} has no contract beside it, and says nothing itself", path=artifact.file)
    inputs = [f"{spec.name}:0" for spec in contract.inputs]
    outputs = [f"{spec.name}:0" for spec in contract.outputs]
    try:
        graph = tf.compat.v1.GraphDef.FromString(artifact.file.read_bytes())
        wrapped = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), [])
        function = wrapped.prune(inputs, outputs)
    except Exception as error:  # its exceptions share no base class
        raise SessionError(f"TensorFlow cannot load {artifact.file}: {reason_of(error)}") from error
    yield GraphSession(function, artifact)


class GraphSession(BaseSession):
    """A frozen graph that runs."""

    runtime = "graphdef"

    def __init__(self, function: Any, artifact: Artifact) -> None:
        assert artifact.contract is not None, "it was loaded by its contract"
        self.function, self.contract = function, artifact.contract

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch."""
        check_inputs(self.contract, inputs)
        tf = tensorflow()
        feeds = [tf.constant(single_dtype(inputs[spec.name], spec.dtype)) for spec in self.contract.inputs]
        outputs = self.function(*feeds)
        names = [spec.name for spec in self.contract.outputs]
        return {name: np.asarray(output) for name, output in zip(names, outputs, strict=True)}
