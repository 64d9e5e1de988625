"""Initial sizes: a file of free sizes begins with those that are known, so that it loads, and stays free."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.formats.tflite.graph import read_graph, write_graph
from edgekit.formats.tflite.passes.initial_sizes import set_initial_sizes
from edgekit.system.optional import require, tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def unpadded() -> bytes:
    """A convolution without padding over a photo of any size, as TensorFlow's converter writes it."""
    tf = tensorflow()
    spec = tf.TensorSpec([None, None, None, 3], tf.float32, name="x")
    kernel = tf.ones([3, 3, 3, 2])
    function = tf.function(lambda x: {"y": tf.nn.conv2d(x, kernel, 1, "VALID")}, input_signature=[spec])
    module = tf.Module()
    module.serve = function
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], module)
    model: bytes = converter.convert()
    return model


def interpreter(model: bytes) -> Any:
    litert = require("ai_edge_litert.interpreter", asked="a test", extra="convert")
    return litert.Interpreter(model_content=model, num_threads=1)


def test_a_file_begins_with_known_sizes_and_takes_others(unpadded: bytes) -> None:
    loaded = read_graph(unpadded)
    assert set_initial_sizes(loaded, {"x": (None, 8, None, 3)})
    assert list(loaded.subgraphs[0].tensors[0].shape) == [1, 8, 1, 3]
    assert set_initial_sizes(loaded, {"x": (None, 8, 6, 3)})
    running = interpreter(write_graph(loaded))
    running.allocate_tensors()
    (port,) = running.get_input_details()
    assert list(port["shape"]) == [1, 8, 6, 3]
    running.resize_tensor_input(port["index"], [2, 5, 5, 3])
    running.allocate_tensors()
    running.set_tensor(port["index"], np.ones([2, 5, 5, 3], np.float32))
    running.invoke()
    answers = running.get_tensor(running.get_output_details()[0]["index"])
    np.testing.assert_array_equal(answers, np.full([2, 3, 3, 2], 27, np.float32))


def test_without_them_the_file_does_not_load(unpadded: bytes) -> None:
    loaded = read_graph(unpadded)
    assert not set_initial_sizes(loaded, {"x": (None, None, None, 3)})
    with pytest.raises(RuntimeError, match=r"reshape|prepare"):
        interpreter(write_graph(loaded)).allocate_tensors()
