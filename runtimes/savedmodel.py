"""TensorFlow itself: serves the original, a SavedModel, by its signature."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.device import PROCESS
from edgekit.adapters.session import BaseSession, Session, SessionOptions
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.fixed_batch import fixed_batch, in_fixed_batches
from edgekit.errors import SessionError
from edgekit.inference.arrays import check_inputs, single_dtype
from edgekit.models.artifact import Artifact
from edgekit.system.optional import tensorflow
from edgekit.system.printable import reason_of

FORMATS = ("saved_model",)
RANK = 0
PACKAGE = "tensorflow"
EXTRA = "convert"
ENVIRONMENTS = (PROCESS,)
NOTE = ""


@contextlib.contextmanager
def open_model(artifact: Artifact, options: SessionOptions) -> Iterator[Session]:
    """Load a SavedModel."""
    tf = tensorflow("running the original")
    with contextlib.suppress(RuntimeError):  # TensorFlow has started already: its thread pool stays as it is
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    try:
        loaded = tf.saved_model.load(str(artifact.file))
    except Exception as error:
        raise SessionError(f"TensorFlow cannot load {artifact.file}: {reason_of(error)}") from error
    assert artifact.contract is not None, "an original has a contract"
    yield SavedModelSession(loaded, artifact.contract)


class SavedModelSession(BaseSession):
    """A running SavedModel."""

    runtime = "savedmodel"

    def __init__(self, loaded: Any, contract: Contract) -> None:
        self.loaded = loaded  # it owns the variables that the signature uses
        self.function = loaded.signatures[contract.signature]
        self.contract = contract
        self.specs = {spec.name: spec for spec in contract.inputs}

    def run(self, **inputs: NDArray[Any]) -> Batch:
        """Run the model on a batch; one with a fixed batch runs it piece by piece."""
        check_inputs(self.contract, inputs)
        return in_fixed_batches(fixed_batch(self.contract), inputs, self._answers)

    def _answers(self, inputs: Batch) -> Batch:
        tf = tensorflow()
        feeds = {
            self.specs[name].key: tf.constant(single_dtype(a, self.specs[name].dtype)) for name, a in inputs.items()
        }
        try:
            outputs = self.function(**feeds)
        except Exception as error:
            raise SessionError(f"TensorFlow failed while it ran the model: {reason_of(error)}") from error
        return {spec.name: np.asarray(outputs[spec.key]) for spec in self.contract.outputs}
