"""Training: what a head is built of, and what of the original it reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.arrays import array_samples
from edgekit.errors import ModuleError
from edgekit.original.backbone import Backbone
from edgekit.original.training import READ_BATCH, as_tensors, build_head, extract_features
from edgekit.recipe.recipe import HeadLayer
from edgekit.system.optional import tensorflow

CONTRACT = Contract(inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),), outputs=())


def backbone(call: Any) -> Backbone:
    return Backbone(lambda inputs, training: call(inputs["x"]), [], [])


def test_features_of_all_samples_are_read_batch_by_batch() -> None:
    rows = np.arange(2 * (READ_BATCH + 3), dtype=np.float32).reshape(-1, 2)
    features = extract_features(backbone(lambda x: x * 2.0), array_samples({"x": rows}), CONTRACT)
    np.testing.assert_array_equal(features, rows * 2)
    assert features.dtype == np.float32


def test_what_is_no_vector_per_sample_is_refused() -> None:
    samples = array_samples({"x": np.zeros([4, 2], np.float32)})
    with pytest.raises(ModuleError, match="use the module's feature-vector version"):
        extract_features(backbone(lambda x: x[:, :, None]), samples, CONTRACT)


def test_a_head_has_the_layers_of_the_recipe() -> None:
    head = build_head([HeadLayer(dense=8, activation="relu"), HeadLayer(dropout=0.5)], 4, outputs=3)
    assert [type(layer).__name__ for layer in head.layers] == ["Dense", "Dropout", "Dense"]
    assert head.count_params() == (4 * 8 + 8) + (8 * 3 + 3)
    assert build_head([], 4, outputs=3).count_params() == 4 * 3 + 3


def test_strings_become_tensors_too() -> None:
    tensors = as_tensors({"text": np.array(["a", "b"], object), "x": np.zeros([2, 3], np.float32)})
    assert tensors["text"].dtype == tensorflow().string
    assert tensors["x"].shape == (2, 3)
