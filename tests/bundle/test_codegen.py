"""The code for other languages: C++ and Kotlin that prepare photos as we do, to the bit, and answer as our session."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from edgekit.bundle.build import make_bundle
from edgekit.bundle.codegen import snippets
from edgekit.cli.main import main
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.media.image import MEDIUM
from edgekit.data.photos.resizing import PLAIN
from edgekit.data.photos.settings import settings_of
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.bundle_archive import unpacked
from tests.environments import ROOT, existing

CPP_HARNESS = """
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
CPP_ANSWERS = """
#include <cstdio>
#include "classify.cc"
int main(int argc, char** argv) try {
  edgekit::Photo photo{std::stoi(argv[2]), std::stoi(argv[3]), {}};
  photo.rgb.resize(static_cast<size_t>(photo.width) * photo.height * 3);
  if (std::fread(photo.rgb.data(), 1, photo.rgb.size(), stdin) != photo.rgb.size()) return 2;
  edgekit::Classifier model(argv[1]);
  for (const float score : model.Scores(photo)) std::printf("%.9g\\n", score);
  std::printf("%s\\n", model.Classify(photo).first.c_str());
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\\n", error.what());
  return 1;
}
"""
KOTLIN_HARNESS = """
package edgekit

import android.content.Context
import android.content.res.AssetManager
import android.graphics.Bitmap
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.tensorflow.lite.Interpreter

val ALL = listOf(FEEDINGS)

fun main(arguments: Array<String>) {
    val (width, height) = arguments.take(2).map { it.toInt() }
    val rgb = System.`in`.readBytes().map { it.toInt() and 255 }
    val argb = IntArray(width * height) {
        (255 shl 24) or (rgb[3 * it] shl 16) or (rgb[3 * it + 1] shl 8) or rgb[3 * it + 2]
    }
    val bitmap = Bitmap(width, height, argb)
    for (how in ALL) for (acrossFirst in listOf(true, false)) {
        val made = Preprocess.prepare(Preprocess.photo(bitmap), how, acrossFirst)
        val bytes = ByteBuffer.allocate(4 * made.size).order(ByteOrder.LITTLE_ENDIAN)
        made.forEach { bytes.putFloat(it) }
        System.out.write(bytes.array())
    }
    Interpreter.answer = arguments[3].chunked(2).map { it.toInt(16).toByte() }.toByteArray()
    val context = object : Context() { override fun getAssets() = AssetManager(arguments[2]) }
    val found = Classifier(context).use { it.classify(bitmap) }
    System.out.write(Interpreter.fed)
    System.err.println(Interpreter.mappedBytes)
    for ((label, score) in found) System.err.println("$label\\t$score")
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
    output = OutputSpec(name="y", meaning="probabilities", dtype="float32", shape=(None, 4), key="y", labels=labels)
    made = Contract.from_json({"signature": "s", "inputs": {"x": told}, "outputs": {}})
    return Contract(inputs=made.inputs, outputs=(output,))


PACKAGES = ROOT / ".toolchain" / "node_modules"
PIXELS = np.random.default_rng(0).integers(0, 256, [91, 67, 3], np.uint8)


def prepared(spec: InputSpec) -> npt.NDArray[Any]:
    return MEDIUM.finish(MEDIUM.fit(PIXELS, spec), spec)


def agree(theirs: npt.NDArray[Any], spec: InputSpec) -> None:
    """Check both orders of the axes, of which Pillow chooses one; with one pass the order does not show."""
    ours = prepared(spec)
    assert any(np.array_equal(ours, made) for made in theirs), [np.abs(ours - made).max() for made in theirs]
    assert np.array_equal(*theirs) == (settings_of(spec).antialias is False or settings_of(spec).resize in PLAIN[1:])


def compiled(folder: Path, *more: str) -> Path:
    if shutil.which("g++") is None:
        pytest.skip("no g++ is installed")
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
    subprocess.run([*words, *more], cwd=folder, check=True, timeout=120)
    return folder / "x"


@pytest.mark.parametrize("how", FEEDINGS)
def test_cpp_prepares_as_we_do(how: dict[str, Any], tmp_path: Path) -> None:
    made = contract(**how)
    for name, data in snippets("pi4", made).items():
        (tmp_path / Path(name).name).write_bytes(data)
    (tmp_path / "harness.cc").write_text(CPP_HARNESS)
    done = subprocess.run([compiled(tmp_path), "67", "91"], input=PIXELS.tobytes(), capture_output=True, check=True)
    spec = made.inputs[0]
    theirs = np.frombuffer(done.stdout, np.float32).reshape(2, *prepared(spec).shape)
    agree(theirs, spec)
    assert done.stderr.decode().splitlines() == list(made.outputs[0].labels or ())
    photo = Image.fromarray(PIXELS).resize((40, 24), Image.Resampling.HAMMING)  # a filter that it has not
    assert not np.array_equal(np.asarray(photo, np.float32).ravel() / 255, theirs[0].ravel())


def classifier(artifact: Artifact, folder: Path, **facts: Any) -> Path:
    """Return a program of a bundle's C++, linked with TensorFlow Lite 2.2."""
    library = existing(PACKAGES / "node-tflite" / "tflite", "no TensorFlow Lite: make toolchain")
    assert artifact.contract is not None
    for name, data in snippets("pi4", artifact.contract, **facts).items():
        (folder / Path(name).name).write_bytes(data)
    (folder / "harness.cc").write_text(CPP_ANSWERS)
    place = library / "linux_x86_64"
    return compiled(folder, f"-I{library / 'include'}", f"-L{place}", "-ltensorflowlite_c", f"-Wl,-rpath,{place}")


def classified(program: Path, file: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([program, file, "67", "91"], input=PIXELS.tobytes(), capture_output=True, timeout=60)


@pytest.mark.parametrize(("variant", "error"), [("tflite-fp32", 1e-5), ("tflite-dynamic", 1e-2)])
def test_cpp_answers_as_our_session(variant: str, error: float, demo_run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / variant)
    program = classifier(artifact, tmp_path)
    *scores, label = classified(program, artifact.file).stdout.decode().splitlines()
    assert artifact.contract is not None
    spec, labels = artifact.contract.inputs[0], artifact.contract.outputs[0].labels
    assert labels is not None
    with open_session(artifact) as session:
        (ours,) = session.run(**{spec.name: prepared(spec)[None]}).values()
    assert label == labels[int(ours.argmax())]
    assert np.array(scores, float) == pytest.approx(ours[0], abs=error)
    assert float(ours.max() - ours.min()) > 10 * error

    refused = classified(program, tmp_path / "none.tflite")
    assert refused.returncode == 1
    assert refused.stderr.decode().endswith(f"no model can be read from {tmp_path / 'none.tflite'}\n")


def test_cpp_refuses_a_library_that_would_answer_wrongly(demo_run: Path, tmp_path: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-int8full")
    unchecked = classified(classifier(artifact, tmp_path), artifact.file).stdout.decode().splitlines()
    assert len(set(unchecked[:-1])) == 1  # the same score for each label, and no word of it
    refused = classified(classifier(artifact, tmp_path, integers=True), artifact.file)
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert refused.stderr == b"TensorFlow Lite 2.2.0 answers this model wrongly: take 2.10 or newer\n"


@pytest.fixture(scope="module")
def android(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of compiled classes: a bundle's, stand-ins for Android's, and a program."""
    compiler = existing(PACKAGES / "kotlin-compiler" / "bin" / "kotlinc", "no Kotlin: make toolchain")
    if shutil.which("javac") is None:
        pytest.skip("no Java is installed")
    folder = tmp_path_factory.mktemp("android")
    feedings = []
    for how in FEEDINGS:
        files = snippets("pixel_8", contract(**how))
        feedings += re.findall(r"^val FEEDING = (.*)$", files["android/Contract.kt"].decode(), re.MULTILINE)
    for name, data in snippets("pixel_8", contract()).items():
        (folder / Path(name).name).write_bytes(data)
    (folder / "Main.kt").write_text(KOTLIN_HARNESS.replace("FEEDINGS", ",\n".join(feedings)))
    classes = folder / "classes"
    stubs = [str(each) for each in (Path(__file__).parent / "android").rglob("*.java")]
    subprocess.run(["javac", "-d", str(classes), *stubs], check=True, timeout=120)
    sources = [str(each) for each in folder.glob("*.kt")]
    words = ["bash", str(compiler), "-Werror", "-cp", str(classes), "-d", str(classes), *sources]
    subprocess.run(words, check=True, timeout=300)
    return folder


def on_a_jvm(folder: Path, answer: bytes, **told: Any) -> tuple[bytes, list[str]]:
    runtime = PACKAGES / "kotlin-compiler" / "lib" / "kotlin-stdlib.jar"
    words = ["java", *(f"-D{name.replace('_', '.')}={value}" for name, value in told.items())]
    words += ["-cp", f"{folder / 'classes'}:{runtime}", "edgekit.MainKt", "67", "91", str(folder), answer.hex()]
    done = subprocess.run(words, input=PIXELS.tobytes(), capture_output=True, check=True, timeout=120)
    return done.stdout, done.stderr.decode().splitlines()


def test_kotlin_prepares_as_we_do(android: Path) -> None:
    (android / "model.tflite").write_bytes(b"x" * 321)
    told = {"input_type": "FLOAT32", "input_bytes": 4 * 24 * 40 * 3, "output_type": "FLOAT32", "output_bytes": 16}
    answer = np.array([0.125, 0.5, 0.25, 0.0625], np.float32)
    values, lines = on_a_jvm(android, answer.tobytes(), **told)
    theirs, place = np.frombuffer(values, np.float32), 0
    for how in FEEDINGS:
        spec = contract(**how).inputs[0]
        shape = prepared(spec).shape
        agree(theirs[place : (place := place + 2 * int(np.prod(shape)))].reshape(2, *shape), spec)
    fed = theirs[place:].reshape(24, 40, 3)  # by the classifier, through a Bitmap
    assert np.array_equal(fed, theirs[: fed.size].reshape(fed.shape))
    assert lines == ["321", 'a "quoted" one\t0.5', "10 $\t0.25", "rose\t0.125", "späte Tulpe\t0.0625"]


def test_kotlin_quantizes_as_our_session(android: Path) -> None:
    (android / "model.tflite").write_bytes(b"x")
    told = {"input_type": "INT8", "input_bytes": 24 * 40 * 3, "input_scale": 0.0039, "input_zero": -128}
    told |= {"output_type": "INT8", "output_bytes": 4, "output_scale": 0.5, "output_zero": -100}
    values, lines = on_a_jvm(android, np.array([-100, -90, 27, -128], np.int8).tobytes(), **told)
    fed = np.frombuffer(values[-24 * 40 * 3 :], np.int8).reshape(24, 40, 3)
    floats = np.frombuffer(values, np.float32, count=fed.size).reshape(fed.shape)
    assert np.array_equal(fed, np.clip(np.rint(floats / np.float32(0.0039)) - 128, -128, 127))
    assert lines[1:] == ["10 $\t63.5", 'a "quoted" one\t5.0', "rose\t0.0", "späte Tulpe\t-14.0"]


def test_kotlin_has_the_same_numbers() -> None:
    files = snippets("pixel_8", contract(crop=0.875, mean=[0.5, 0.25, 0.125], std=[1.0, 2.0, 3.0], channels="BGR"))
    assert set(files) == {f"android/{name}.kt" for name in ("Classifier", "Preprocess", "Contract")}
    told = files["android/Contract.kt"].decode()
    wanted = 'Feeding(40, 24, 3, 0.875, "bilinear", true, true, 0.0, 1.0, doubleArrayOf(0.5, 0.25, 0.125), '
    assert wanted + "doubleArrayOf(1.0, 2.0, 3.0))" in told
    assert '"10 \\$"' in told  # which would be a template else
    assert "no model ran there" in files["android/Classifier.kt"].decode()


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
