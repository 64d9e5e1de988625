"""Small hub modules that tests make in code: reusable SavedModels as TensorFlow Hub serves them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.shape import Shape
from edgekit.original.export import save_reusable
from edgekit.system.optional import tensorflow

WORDS = ("good", "bad", "film", "plot", "a", "the", "is", "not", "##s", "##ly")
VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS)

Specs = dict[str, tuple[str, Shape]]
"""Dtype and shape by name."""


def weights(*shape: int, seed: int = 0) -> Any:
    return tensorflow().Variable(np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32))


def save_module(
    path: Path,
    inputs: Specs,
    outputs: Specs,
    call: Callable[[dict[str, Any]], dict[str, Any]],
    variables: list[Any],
    *,
    lists: bool = True,
) -> Path:
    """Save ``call``, which maps inputs by name to outputs by name, as a hub module.

    Without ``lists`` it keeps its variables but lists none, as modules do whose makers left the lists out.
    """
    contract = Contract(
        inputs=tuple(InputSpec.of("tensor", name=n, dtype=d, shape=s, key=n) for n, (d, s) in inputs.items()),
        outputs=tuple(OutputSpec(name=n, meaning="tensor", dtype=d, shape=s, key=n) for n, (d, s) in outputs.items()),
    )
    listed = variables if lists else []
    save_reusable(
        path,
        contract,
        lambda values, training: call(values),
        variables=listed,
        trainable_variables=listed,
        tracked=variables,
    )
    return path


def save_encoder(path: Path, *, length: int | None = None, dtype: str = "int32") -> Path:
    """Save an encoder of the BERT family's interface: embeddings, one layer of attention, a mean over the words."""
    tf = tensorflow()
    words, types, query, deep = weights(len(VOCABULARY), 8), weights(2, 8, seed=1), weights(8, 8, seed=2), weights(8, 8)

    def call(x: dict[str, Any]) -> dict[str, Any]:
        mask = tf.cast(x["input_mask"], tf.float32)
        hidden = tf.gather(words, x["input_word_ids"]) + tf.gather(types, x["input_type_ids"])
        scores = tf.einsum("nld,nmd->nlm", tf.einsum("nld,de->nle", hidden, query), hidden)
        hidden += tf.einsum("nlm,nmd->nld", tf.nn.softmax(scores - 1e4 * (1 - mask)[:, None, :]), hidden)
        hidden += tf.nn.gelu(tf.einsum("nld,de->nle", hidden, deep))
        pooled = tf.reduce_sum(hidden * mask[:, :, None], 1) / tf.reduce_sum(mask, 1, keepdims=True)
        return {"default": pooled, "sequence_output": hidden}

    ids: Specs = dict.fromkeys(("input_word_ids", "input_mask", "input_type_ids"), (dtype, (None, length)))
    outputs: Specs = {"default": ("float32", (None, 8)), "sequence_output": ("float32", (None, length, 8))}
    return save_module(path, ids, outputs, call, [words, types, query, deep])


def save_vocabulary(path: Path, words: tuple[str, ...] = VOCABULARY) -> Path:
    path.write_text("\n".join(words) + "\n", encoding="utf-8")
    return path


def save_generator(path: Path) -> Path:
    """Save a generator: four latent numbers to a picture of 16 x 16 pixels in three colours, from 0 to 1."""
    tf = tensorflow()
    first, kernel = weights(4, 4 * 4 * 8), weights(5, 5, 3, 8, seed=1)

    def call(x: dict[str, Any]) -> dict[str, Any]:
        small = tf.nn.relu(tf.reshape(x["latent"] @ first, [-1, 4, 4, 8]))
        size = [tf.shape(small)[0], 16, 16, 3]
        return {"picture": tf.sigmoid(tf.nn.conv2d_transpose(small, kernel, size, 4, "SAME"))}

    outputs: Specs = {"picture": ("float32", (None, 16, 16, 3))}
    return save_module(path, {"latent": ("float32", (None, 4))}, outputs, call, [first, kernel])


def save_tracker(path: Path) -> Path:
    """Save a model of sequences with two outputs: a state for each step, and boxes of the whole."""
    tf = tensorflow()
    step, box = weights(4, 6), weights(6, 4, seed=1)

    def call(x: dict[str, Any]) -> dict[str, Any]:
        states = tf.tanh(tf.einsum("nld,de->nle", x["signal"], step))
        return {"states": states, "boxes": tf.reduce_mean(states, 1) @ box}

    outputs: Specs = {"states": ("float32", (None, 12, 6)), "boxes": ("float32", (None, 4))}
    return save_module(path, {"signal": ("float32", (None, 12, 4))}, outputs, call, [step, box])
