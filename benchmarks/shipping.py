"""What shipping costs: preprocessing, verifying a bundle, its first label, and a report of many samples."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.figures import Figure, alternate
from benchmarks.workload import ROOT, Workload
from edgekit.bundle.build import make_bundle
from edgekit.bundle.golden import read_golden
from edgekit.bundle.verify import verify_bundle
from edgekit.contract.medium import medium_of
from edgekit.conversion.conversion import convert
from edgekit.models.artifact import Artifact
from edgekit.models.bundle_cache import bundle_folder
from edgekit.original.tuning import tune
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import HeadLayer, TrainRecipe
from edgekit.system.optional import require

SIZE = (1280, 720)
HAND = """
import sys
import numpy as np
from PIL import Image
try:
    from tflite_runtime.interpreter import Interpreter
except ImportError:
    from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(sys.argv[1])
runner = interpreter.get_signature_runner()
(name,), side = runner.get_input_details(), int(sys.argv[4])
photo = Image.open(sys.argv[2]).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
scores = runner(**{name: np.asarray(photo, np.float32)[None] / np.float32(255)})["probabilities"][0]
labels = open(sys.argv[3]).read().split()
print(labels[int(scores.argmax())], scores.max())
"""


def measure(workload: Workload) -> list[Figure]:
    """Measure each on the float artifact of the workload's model."""
    artifact = convert(workload.model, "tflite-fp32", out=workload.scratch / "shipping")
    data = str(workload.recipe.base / str(workload.recipe.data.train))
    bundle = make_bundle(artifact, out=workload.scratch / "model.edgekit", model=workload.model, data=data)
    photo = _photo(workload)
    return [
        _preprocessing(artifact, photo),
        _verify(*_large(workload)),
        *_first_label(workload, artifact, bundle, photo),
        _report(workload),
    ]


def _large(workload: Workload) -> tuple[Artifact, Path]:
    """An artifact with a wide head, and its bundle of about 5 MB; how well it answers is not asked."""
    head, train = (HeadLayer(dense=480),), TrainRecipe(epochs=1)
    model = tune(replace(workload.recipe, head=head, train=train), out=workload.scratch / "large")
    artifact = convert(model, "tflite-fp32", out=workload.scratch / "shipping-large")
    data = str(workload.recipe.base / str(workload.recipe.data.train))
    return artifact, make_bundle(artifact, out=workload.scratch / "large.edgekit", model=model, data=data)


def _photo(workload: Workload) -> Path:
    """A JPEG of 720p with edges and noise, as a camera's has them."""
    path = workload.scratch / "photo.jpg"
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (36, 64, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    noise = rng.normal(0, 6, (*SIZE[::-1], 3))
    Image.fromarray(np.clip(np.asarray(coarse) + noise, 0, 255).astype(np.uint8)).save(path, quality=90)
    return path


def _preprocessing(artifact: Artifact, photo: Path) -> Figure:
    assert artifact.contract is not None, "it was converted here"
    spec = artifact.contract.inputs[0]
    height, width = medium_of(spec).stored(spec)[0][:2]

    def ours() -> float:
        started = time.perf_counter()
        medium_of(spec).finish(medium_of(spec).load(photo, spec), spec)
        return time.perf_counter() - started

    def by_hand() -> float:
        started = time.perf_counter()
        with Image.open(photo) as image:
            small = image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
        np.asarray(small, np.float32) / np.float32(255)
        return time.perf_counter() - started

    ours_s, theirs_s, ratio = alternate(ours, by_hand, pairs=41)
    return Figure(
        name="preprocessing of a 720p JPEG, against Pillow by hand",
        goal=1.1,
        ratio=ratio,
        parts=f"by the contract {1e3 * ours_s:.2f} ms, by hand {1e3 * theirs_s:.2f} ms",
        floor="decoding the JPEG",
    )


def _verify(artifact: Artifact, bundle: Path) -> Figure:
    folder = bundle_folder(bundle)
    golden = read_golden(folder / "golden")
    photos = sorted((folder / "golden").glob("*.[jp][pn]g"))
    litert = require("ai_edge_litert.interpreter", asked="the benchmark", extra="litert")
    assert artifact.contract is not None, "it was converted here"
    spec = artifact.contract.inputs[0]
    height, width = medium_of(spec).stored(spec)[0][:2]

    def ours() -> float:
        started = time.perf_counter()
        assert verify_bundle(bundle).ok
        return time.perf_counter() - started

    def bare() -> float:
        started = time.perf_counter()
        hashlib.sha256(bundle.read_bytes()).hexdigest()
        runner = litert.Interpreter(model_path=str(artifact.file), num_threads=1).get_signature_runner()
        for path in photos:
            with Image.open(path) as image:
                small = image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
            runner(image=np.asarray(small, np.float32)[None] / np.float32(255))
        return time.perf_counter() - started

    ours_s, theirs_s, ratio = alternate(ours, bare, pairs=15)
    return Figure(
        name=f"verify of a bundle of {bundle.stat().st_size / 1e6:.1f} MB, against its hash and bare runs",
        goal=1.3,
        ratio=ratio,
        parts=f"verify {1e3 * ours_s:.0f} ms, bare {1e3 * theirs_s:.0f} ms",
        floor=f"one hash, {len(golden.samples)} photos decoded and run",
    )


def _first_label(workload: Workload, artifact: Artifact, bundle: Path, photo: Path) -> list[Figure]:
    """The bundle's own runner, which is what a device has, and edgekit's command, against a script of ten lines."""
    device = ROOT / ".venv-device" / "bin" / "python"
    python = str(device) if device.exists() else sys.executable
    runtime = "tflite-runtime" if device.exists() else "LiteRT"
    labels = workload.scratch / "labels.txt"
    output = (artifact.contract.outputs if artifact.contract else ())[0]
    labels.write_text("\n".join(output.labels or ()))
    assert artifact.contract is not None, "it was converted here"
    spec = artifact.contract.inputs[0]
    side = medium_of(spec).stored(spec)[0][:2]
    script = workload.scratch / "hand.py"
    script.write_text(HAND)

    def timed(*words: str) -> float:
        started = time.perf_counter()
        subprocess.run([python, *words], check=True, capture_output=True, cwd=workload.scratch)
        return time.perf_counter() - started

    def by_hand() -> float:
        return timed(str(script), str(artifact.file), str(photo), str(labels), str(side[0]))

    figures = []
    for name, words in (
        ("the bundle's runner", (str(bundle), str(photo))),
        ("edgekit predict", ("-m", "edgekit", "predict", str(bundle), str(photo))),
    ):
        ours_s, theirs_s, ratio = alternate(lambda words=words: timed(*words), by_hand, pairs=11)  # type: ignore[misc]
        figures.append(
            Figure(
                name=f"from the start of {name} to the first label, against a script",
                goal=1.2,
                ratio=ratio,
                parts=f"{name} {1e3 * ours_s:.0f} ms, script {1e3 * theirs_s:.0f} ms, by {runtime}",
                floor="importing numpy, Pillow and the interpreter, one invoke",
            )
        )
    return figures


def _report(workload: Workload) -> Figure:
    """Ten variants, 2,000 samples of the demo's kind."""
    from edgekit.pipeline.demo import write_demo

    recipe = write_demo(workload.scratch / "report")
    first = workload.scratch / "report" / "first"
    run(load_recipe(recipe), first)
    pixels = np.random.default_rng(0).integers(0, 256, (2000, 32, 32, 3), np.uint8)
    labels = np.arange(2000) % 10
    np.savez(workload.scratch / "report" / "many.npz", image=pixels, label=labels, allow_pickle=False)
    text = recipe.read_text()
    start = text.index("[data]")
    end = text.index("[", start + 1)
    data = '[data]\ntrain = "digits"\ntest = "../many.npz"\n\n'
    recipe.write_text(text[:start] + data + text[end:])
    document = run(load_recipe(recipe), workload.scratch / "report" / "second")
    assert {entry.parity.samples for entry in document.artifacts if entry.parity} == {2000}
    size = (workload.scratch / "report" / "second" / "report.html").stat().st_size
    return Figure(
        name="report.html of 10 variants and 2,000 samples",
        goal=1.0,
        ratio=size / 2e6,
        parts=f"{size / 1e6:.2f} MB, allowed 2.00 MB",
        floor=f"{len(json.dumps(document)) / 1e6:.2f} MB of JSON",
    )
