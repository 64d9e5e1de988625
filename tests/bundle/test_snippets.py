"""The code for other languages: C++ that prepares photos as we do, to the bit; Kotlin with the same numbers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgekit.bundle.archive import unpacked
from edgekit.bundle.making import make_bundle
from edgekit.bundle.snippets import snippets
from edgekit.cli import main
from edgekit.contract import PLAIN, Contract, OutputSpec
from edgekit.images import fit_image, scale_pixels

HARNESS = """
#include <cstdio>
#include <iterator>
#include "contract.h"
int main(int argc, char** argv) {
  edgekit::Photo photo{std::stoi(argv[1]), std::stoi(argv[2]), {}};
  photo.rgb.resize(static_cast<size_t>(photo.width) * photo.height * 3);
  if (std::fread(photo.rgb.data(), 1, photo.rgb.size(), stdin) != photo.rgb.size()) return 1;
  for (const bool across_first : {true, false}) {
    const auto made = edgekit::Prepare(photo, edgekit::kFeeding, across_first);
    std::fwrite(made.data(), sizeof(float), made.size(), stdout);
  }
  for (const char* label : edgekit::kLabels) std::fprintf(stderr, "%s\\n", label);
}
"""
FEEDINGS: list[dict[str, Any]] = [
    {},
    {"crop": 0.875, "resize": "bicubic"},
    {"resize": "lanczos"},
    {"resize": "box", "range": [-1.0, 1.0]},
    {"resize": "nearest"},
    {"resize": "bilinear", "antialias": False},
    {"resize": "mediapipe", "channels": "BGR"},
    {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    {"shape": [None, 24, 40, 1]},
    {"shape": [None, 150, 200, 3]},
]


def contract(**changes: Any) -> Contract:
    told = {"kind": "image", "dtype": "float32", "shape": [None, 24, 40, 3], "key": "x", "range": [0.0, 1.0], **changes}
    labels = ("rose", 'a "quoted" one', "10 $", "späte Tulpe")
    output = OutputSpec(
        name="y", meaning="probabilities", dtype="float32", shape=(None, 4), key="y", labels=labels
    )  # fmt: skip
    made = Contract.from_json({"signature": "s", "inputs": {"x": told}, "outputs": {}})
    return Contract(inputs=made.inputs, outputs=(output,))


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ is installed")
@pytest.mark.parametrize("how", FEEDINGS)
def test_cpp_prepares_as_we_do(how: dict[str, Any], tmp_path: Path) -> None:
    made = contract(**how)
    for name, data in snippets("pi4", made).items():
        (tmp_path / Path(name).name).write_bytes(data)
    (tmp_path / "harness.cc").write_text(HARNESS)
    words = [
        "g++",
        "-std=c++17",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-parameter",
        "harness.cc",
        "-o",
        "x",
    ]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    pixels = np.random.default_rng(0).integers(0, 256, [91, 67, 3], np.uint8)
    done = subprocess.run([tmp_path / "x", "67", "91"], input=pixels.tobytes(), capture_output=True, check=True)
    spec = made.inputs[0]
    ours = scale_pixels(fit_image(pixels, spec), spec)
    theirs = np.frombuffer(done.stdout, np.float32).reshape(2, *ours.shape)
    assert any(np.array_equal(ours, made) for made in theirs), [np.abs(ours - made).max() for made in theirs]
    plain = spec.antialias is False or spec.resize in PLAIN[1:]
    assert np.array_equal(*theirs) == plain  # else the order of the axes shows
    assert done.stderr.decode().splitlines() == list(made.outputs[0].labels or ())
    photo = Image.fromarray(pixels).resize((40, 24), Image.Resampling.HAMMING)  # a filter that it has not
    assert not np.array_equal(np.asarray(photo, np.float32).ravel() / 255, theirs[0].ravel())


def test_kotlin_has_the_same_numbers() -> None:
    files = snippets("pixel_8", contract(crop=0.875, mean=[0.5, 0.25, 0.125], std=[1.0, 2.0, 3.0], channels="BGR"))
    assert set(files) == {f"android/{name}.kt" for name in ("Classifier", "Preprocess", "Contract")}
    told = files["android/Contract.kt"].decode()
    wanted = 'Feeding(40, 24, 3, 0.875, "bilinear", true, true, 0.0, 1.0, doubleArrayOf(0.5, 0.25, 0.125), '
    assert wanted + "doubleArrayOf(1.0, 2.0, 3.0))" in told
    assert '"10 \\$"' in told  # which would be a template else
    assert "did not compile or run this file" in files["android/Classifier.kt"].decode()


def test_a_bundle_has_the_code_of_its_device(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = demo_run / "artifacts" / "tflite-int8"
    for device, folder in (("pixel_8", "android/"), ("pi4", "cpp/")):
        found = unpacked(make_bundle(artifact, out=tmp_path / device, device=device))
        assert {name.split("/")[0] + "/" for name in found if name.startswith(("android/", "cpp/"))} == {folder}
    plain = unpacked(make_bundle(artifact, out=tmp_path / "plain"))
    assert not [name for name in plain if name.startswith(("android/", "cpp/"))]
    assert main(["bundle", str(artifact), "--out", str(tmp_path / "x"), "--device", "pixel_9"]) == 2
    assert "pixel_8" in capsys.readouterr().err
