"""Models that change a variable as they answer are refused with the way out; others are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import ConversionError, ModuleError
from edgekit.graph.states import assigning_nodes, check_layers, check_signature, check_states
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


def conditional() -> Any:
    """Return a function that changes a variable where its input says so."""
    tf = tensorflow()
    total = tf.Variable(tf.zeros([2]))

    def add(x: Any) -> Any:
        return tf.cond(x[0] > 0, lambda: total.assign_add(x) + 0.0, lambda: total + x)

    return tf.function(add).get_concrete_function(tf.TensorSpec([2], tf.float32))


def test_what_every_call_changes_is_refused_before_the_conversion() -> None:
    with pytest.raises(ModuleError, match=r"folder: node AssignAddVariableOp changes .*session\.stream"):
        check_signature(counting(changes=True), Path("folder"))
    check_signature(counting(changes=False), Path("folder"))
    check_signature(conditional(), Path("folder"))
    assert assigning_nodes(conditional(), branches=False) == []
    assert len(assigning_nodes(conditional())) == 1


def test_a_stateful_layer_is_named() -> None:
    keras = require("tf_keras", asked="a test", extra="convert")

    def network(*, stateful: bool) -> Any:
        layer = keras.layers.LSTM(2, stateful=stateful, name="memory")
        return keras.Sequential([keras.Input((3, 2), batch_size=1), layer])

    with pytest.raises(ModuleError, match=r"m\.keras: layer 'memory' is stateful.*stateful=False"):
        check_layers(network(stateful=True), "m.keras")
    check_layers(network(stateful=False), "m.keras")
