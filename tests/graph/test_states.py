"""Models that change a variable as they answer are refused with the way out; others are not."""

from __future__ import annotations

from typing import Any

import pytest

from edgekit.errors import ConversionError, ModuleError
from edgekit.graph.states import assigning_nodes, check_layers, check_states
from edgekit.system.optional import require, tensorflow


def counting(*, changes: bool) -> Any:
    """Return a function that adds its input to a variable, and changes that or not."""
    tf = tensorflow()
    total = tf.Variable(tf.zeros([2]))

    def add(x: Any) -> Any:
        return total.assign_add(x) if changes else total + x

    return tf.function(add).get_concrete_function(tf.TensorSpec([2], tf.float32))


def test_a_signature_that_changes_a_variable_is_refused() -> None:
    assert assigning_nodes(counting(changes=True)) == ["AssignAddVariableOp"]
    with pytest.raises(ConversionError, match=r"changes a variable as the model runs.*session\.stream"):
        check_states(counting(changes=True))
    check_states(counting(changes=False))


def test_a_stateful_layer_is_named() -> None:
    keras = require("tf_keras", asked="a test", extra="convert")

    def network(*, stateful: bool) -> Any:
        layer = keras.layers.LSTM(2, stateful=stateful, name="memory")
        return keras.Sequential([keras.Input((3, 2), batch_size=1), layer])

    with pytest.raises(ModuleError, match=r"m\.keras: layer 'memory' is stateful.*stateful=False"):
        check_layers(network(stateful=True), "m.keras")
    check_layers(network(stateful=False), "m.keras")
