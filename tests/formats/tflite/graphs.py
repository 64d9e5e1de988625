"""Small TFLite graphs, as TensorFlow's converter writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.formats.tflite.graph import read_graph, write_graph
from edgekit.system.optional import require, tensorflow


def converted(function: Callable[..., Any], *specs: Any) -> Any:
    """Return the ``ModelT`` of a function of tensors, with a signature."""
    tf = tensorflow()
    module = tf.Module()
    module.serve = tf.function(function, input_signature=specs)
    concrete = module.serve.get_concrete_function()
    return read_graph(tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert())


def shared_weights(generator: np.random.Generator) -> Any:
    """Return two products that read the same weights."""
    tf = tensorflow()
    kernel = tf.constant(generator.normal(size=(6, 6)).astype(np.float32))
    return converted(lambda x: tf.nn.relu(x @ kernel) @ kernel, tf.TensorSpec([1, 6]))


def dense(weights: NDArray[np.float32], bias: NDArray[np.float32]) -> Any:
    """Return one layer, its weights as ``[inputs, outputs]``."""
    tf = tensorflow()
    kernel, offsets = tf.constant(weights), tf.constant(bias)
    return converted(lambda x: tf.nn.bias_add(x @ kernel, offsets), tf.TensorSpec([1, len(weights)]))


def answer(loaded: Any, values: NDArray[Any]) -> NDArray[Any]:
    """Return the first output of a graph for its one input."""
    litert = require("ai_edge_litert.interpreter", asked="tests", extra="litert")
    interpreter = litert.Interpreter(model_content=write_graph(loaded))
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, values.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, values)
    interpreter.invoke()
    output: NDArray[Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return output
