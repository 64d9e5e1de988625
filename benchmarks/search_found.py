"""What a search finds: its int8 against the stock converter's."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.figures import Figure
from benchmarks.variants import stock_tflite
from benchmarks.workload import Workload
from edgekit.conversion.intermediates import kept_in
from edgekit.conversion.job import calibration_subset
from edgekit.debugging.findings import share
from edgekit.evaluation.output_error import decibel
from edgekit.formats.tflite.graph import operator_types, read_graph
from edgekit.formats.tflite.subgraphs import Runner, name_of, prefix
from edgekit.original.finished import load_model
from edgekit.pareto import search
from edgekit.system.optional import tensorflow


def measure(workload: Workload) -> list[Figure]:
    """Compare the best int8 that a search finds, no larger than the stock converter's, with that one."""
    split, out = workload.split, workload.scratch / "best"
    assert split.train is not None
    document = search(workload.recipe, out).to_json()
    model = load_model(out / "model")
    samples = calibration_subset(split.train, 100, seed=0)
    batches = [samples.read(i, i + 1, model.contract) for i in range(len(samples))]
    name = model.contract.inputs[0].name
    stock = stock_tflite(tensorflow(), model.path, "int8", name, lambda: iter(batches))
    entries = [entry for entry in document["candidates"] if entry["path"] and "-int8" in entry["variant"]]
    small = [entry for entry in entries if entry["evidence"]["bytes"] <= len(stock)] or entries
    best = max(small, key=lambda entry: float(entry["evidence"]["sqnr_db"] or 1e3))
    ours = (out / best["path"] / "model.tflite").read_bytes()
    photos = split.held_out.read(0, len(split.held_out), model.contract)[name]
    reference = logits((kept_in(out / ".edgekit", model) / "float.tflite").read_bytes(), photos)
    answers = {side: logits(file, photos) for side, file in (("edgekit", ours), ("stock", stock))}
    labels = np.asarray(split.held_out.labels)
    right = {side: float((scores.argmax(1) == labels).mean()) for side, scores in answers.items()}
    ratios = {side: decibel(1.0, share(list(reference), list(scores))) or 999.0 for side, scores in answers.items()}
    parts = (
        f"{best['name']}: {ratios['edgekit']:.1f} dB, {len(ours):,} bytes, accuracy {right['edgekit']:.3f}; stock int8 "
        f"{ratios['stock']:.1f} dB, {len(stock):,} bytes, {right['stock']:.3f}"
    )
    return [
        Figure(
            name="int8 after a search: size against stock int8",
            goal=1.0,
            ratio=len(ours) / len(stock),
            parts=parts,
            floor="the weights and one scale per channel",
        ),
        Figure(
            name="int8 after a search: dB of the logits missing to 3 more than stock int8",
            goal=0.0,
            ratio=ratios["stock"] + 3 - ratios["edgekit"],
            parts=parts,
            floor=f"{len(photos)} photos",
        ),
        Figure(
            name="int8 after a search: accuracy that stock int8 has and it has not",
            goal=0.0,
            ratio=right["stock"] - right["edgekit"],
            parts=parts,
            floor=f"{len(photos)} photos",
        ),
    ]


def logits(model: bytes, photos: Any) -> Any:
    """Return what a TFLite file computes before its softmax, one photo at a time."""
    loaded = read_graph(model)
    index = operator_types(model).index("SOFTMAX")
    graph = loaded.subgraphs[0]
    runner = Runner(prefix(loaded, [int(graph.operators[index].inputs[0])]))
    feed = name_of(graph, int(graph.inputs[0]))
    return np.concatenate([next(iter(runner.run({feed: photo[None]}).values())) for photo in photos])
