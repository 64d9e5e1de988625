"""The same four samples as each kind of samples has them: arrays, a table of files, and behind a front end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.arrays import array_samples
from edgekit.data.frontend_samples import FrontedSamples
from edgekit.data.loading import load_samples
from edgekit.data.samples import Samples
from edgekit.frontend import Node, Port, Program

ROWS = np.arange(8, dtype=np.float32).reshape(4, 2)
RAW = Contract(inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),), outputs=())
INNER = Contract(inputs=(InputSpec.of("tensor", name="z", dtype="float32", shape=(None, 2), key="z"),), outputs=())
PHOTO = InputSpec.of("image", name="x", dtype="float32", shape=(None, 4, 4, 3), key="x", range=(0.0, 1.0))
PHOTOS = Contract(inputs=(PHOTO,), outputs=())
NEGATION = Program(
    inputs=(Port(name="x", tensor="x", dtype="float32", shape=(None, 2)),),
    outputs=(Port(name="z", tensor="z", dtype="float32", shape=(None, 2)),),
    nodes=(Node(op="Neg", inputs=("x",), outputs=("z",), attrs={}),),
    constants={},
    tables={},
)


def fronted_samples() -> FrontedSamples:
    """Return arrays with labels behind a front end that takes the negative."""
    samples = array_samples({"x": ROWS}, labels=[0, 1, 1, 0], classes=("a", "b"))
    return FrontedSamples(samples=samples, program=NEGATION, contract=RAW)


def all_kinds(folder: Path) -> dict[str, tuple[Samples, Contract]]:
    """Return samples of each kind, and a contract that reads them; files lie in a folder."""
    for number, name in enumerate(("a", "b", "b", "a")):
        (folder / "photos" / name).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number, 0, 0)).save(folder / "photos" / name / f"{number}.png")
    return {
        "arrays": (array_samples({"x": ROWS}, labels=[0, 1, 1, 0], classes=("a", "b")), RAW),
        "files": (load_samples(folder / "photos"), PHOTOS),
        "fronted": (fronted_samples(), INNER),
    }
