"""A bundle proves itself: what verify finds, what its own runner answers, with no edgekit and no TensorFlow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edgekit.bundle import build as making
from edgekit.bundle.build import make_bundle
from edgekit.bundle.signing import sign_bundle, signer
from edgekit.bundle.verify import verify_bundle
from edgekit.cli.main import main
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of
from edgekit.errors import BundleError
from edgekit.models.artifact import load_artifact
from edgekit.models.bundle_archive import packed, unpacked

CODE = Path(making.__file__).parent / "code"


@pytest.fixture(scope="module")
def bundle(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path_factory.mktemp("bundle") / "digits.edgekit")


@pytest.fixture(scope="module")
def bare_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with numpy, Pillow and an interpreter, and nothing else."""
    folder = tmp_path_factory.mktemp("packages")
    site = Path(np.__file__).parent.parent
    for pattern in ("numpy*", "PIL", "pillow*", "ai_edge_litert*"):
        for each in site.glob(pattern):
            (folder / each.name).symlink_to(each)
    return folder


def run_bare(bundle: Path, packages: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", str(bundle), *words], check=False, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(packages)}, cwd=bundle.parent,
    )  # fmt: skip


def changed(bundle: Path, out: Path, files: Mapping[str, bytes]) -> Path:
    """A bundle with other files in it, as one who means harm would make it: whole by its own digest."""
    out.write_bytes(packed({**unpacked(bundle), **files}))
    return out


def test_it_verifies_where_it_was_made(bundle: Path) -> None:
    found = verify_bundle(bundle)
    assert found.ok, found.problems
    assert found.golden is not None
    golden = found.golden["probabilities"]
    assert 0 < golden.error <= golden.limit < 0.1


def test_it_says_all_that_it_should(bundle: Path, demo_run: Path) -> None:
    files = unpacked(bundle)
    manifest = json.loads(files["manifest.json"])
    assert set(manifest["files"]) == set(files) - {"manifest.json"}
    assert manifest["made_with"]["tensorflow"]
    certificate = json.loads(files["parity.json"])
    assert certificate["verdict"] == "pass"
    card = files["CARD.md"].decode()
    assert "licence of the data: not given" in card
    assert "pixels (bilinear, antialiased, stretched), then 0 to 255 mapped to 0 to 1, then float32" in card
    assert "**pass**" in card
    assert json.loads(files["recipe.lock"])["modules"]
    assert b"digits" in files["recipe.toml"]


def test_a_fault_in_the_model_is_seen_by_its_golden_vectors(bundle: Path, demo_run: Path, tmp_path: Path) -> None:
    other = unpacked(make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path / "x"))
    golden = np.load(tmp_path_npy(other, tmp_path), allow_pickle=False)
    turned = tmp_path / "turned.npy"
    np.save(turned, golden[:, ::-1])
    files = {"golden/original-0.npy": turned.read_bytes()}
    found = verify_bundle(changed(bundle, tmp_path / "bad.edgekit", files))
    assert not found.ok
    assert found.problems[0] == "golden/original-0.npy is not the file that the manifest names"
    assert "from the original's answers on 8 golden samples" in found.problems[1]


def tmp_path_npy(files: Mapping[str, bytes], folder: Path) -> Path:
    path = folder / "golden.npy"
    path.write_bytes(files["golden/original-0.npy"])
    return path


def test_files_that_nobody_names_are_seen(bundle: Path, tmp_path: Path) -> None:
    found = verify_bundle(changed(bundle, tmp_path / "more.edgekit", {"edgekit/__init__.py": b"evil()"}))
    assert found.problems == ("edgekit/__init__.py is in no manifest",)


def test_a_signature(bundle: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def write_key(name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        private, public = tmp_path / name, tmp_path / f"{name}.pub"
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private.write_bytes(key.private_bytes(*form))
        pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        public.write_bytes(key.public_key().public_bytes(*pem))
        return private, public

    copy = Path(shutil.copy(bundle, tmp_path / "digits.edgekit"))
    (private, public), (_, other) = write_key("mine"), write_key("other")
    unsigned = verify_bundle(copy, key=public)
    assert (unsigned.signature, unsigned.golden) == ("missing", None)
    assert unsigned.problems == (f"there is no signature at {copy}.sig",)
    sign_bundle(copy, signer(private))
    assert verify_bundle(copy).signature == "not checked"
    assert verify_bundle(copy, key=public).signature == "good"
    assert "is no signature of these bytes by other.pub" in verify_bundle(copy, key=other).problems[0]
    changed(bundle, copy, {"labels.txt": b"others"})  # whole by its own digest
    found = verify_bundle(copy, key=public)
    assert found.signature == "bad"
    assert found.golden is None  # what is not to be trusted is not run
    with pytest.raises(BundleError, match=r"cannot sign: .*EDGEKIT_KEY_PASSWORD"):
        signer(public)
    for wrong in (private, tmp_path / "none"):
        with pytest.raises(BundleError, match="cannot check"):
            verify_bundle(copy, key=wrong)


def test_an_encrypted_key(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    locked = serialization.BestAvailableEncryption(b"word")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    path = tmp_path / "key"
    path.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(*form))
    with pytest.raises(BundleError, match="EDGEKIT_KEY_PASSWORD"):
        signer(path)
    monkeypatch.setenv("EDGEKIT_KEY_PASSWORD", "word")
    copy = Path(shutil.copy(bundle, tmp_path / "digits.edgekit"))
    assert sign_bundle(copy, signer(path)).is_file()


def test_a_key_that_cannot_sign_writes_nothing(demo_run: Path, tmp_path: Path) -> None:
    words = ["bundle", str(demo_run / "artifacts" / "tflite-int8"), "--out", str(tmp_path / "x"), "--sign", "/no/key"]
    assert main(words) == 2
    assert not (tmp_path / "x").exists()


def test_a_new_bundle_has_no_old_signature(demo_run: Path, tmp_path: Path) -> None:
    (tmp_path / "x.sig").write_text("of another")
    make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path / "x")
    assert not (tmp_path / "x.sig").exists()


def test_a_changed_copy_in_the_cache_is_made_anew(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEKIT_CACHE", str(tmp_path / "cache"))
    artifact = load_artifact(bundle)
    artifact.file.write_bytes(b"changed")
    (artifact.path.parent / "golden" / "golden.json").write_text("{}")
    assert load_artifact(bundle).digest() == artifact_digest(bundle)
    assert verify_bundle(bundle).ok


def artifact_digest(bundle: Path) -> str:
    told = json.loads(unpacked(bundle)["artifact/artifact.json"])
    return f"sha256:{told['sha256']}"


def test_its_runner_takes_pixels_as_it_takes_files(demo_run: Path, tmp_path: Path, runner: Any) -> None:
    """A camera's frame is prepared like a photo; a tensor is taken as it is; anything else is refused."""
    pixels = np.random.default_rng(0).integers(0, 256, [40, 30, 3], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    told = {"kind": "image", "dtype": "float32", "shape": [None, 32, 48, 3], "key": "x", "range": [-1.0, 1.0]}
    wanted = runner.prepared(tmp_path / "x.png", "x", told)
    for given in (pixels, pixels[None], Image.fromarray(pixels)):
        assert np.array_equal(runner.prepared(given, "x", told), wanted)
    assert runner.prepared(wanted, "x", told) is wanted
    for wrong in (pixels[..., 0], wanted[0]):
        with pytest.raises(ValueError, match=r"pixels are uint8|the model takes"):
            runner.prepared(wrong, "x", told)


def test_its_runner_says_what_is_wrong_in_a_line(bundle: Path, bare_packages: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    for words in (["nothing.jpg"], [str(tmp_path / "text.jpg")], ["--verify", "--delegate", "libnone.so"]):
        found = run_bare(bundle, bare_packages, *words)
        assert found.returncode == 1
        assert found.stderr.splitlines()[-1].startswith("digits.edgekit: ")
        assert "Traceback" not in found.stderr or "Delegate.__del__" in found.stderr  # which is LiteRT's own
    for words in ([], ["x.jpg", "--top", "0"], ["x.jpg", "--verify"]):
        assert run_bare(bundle, bare_packages, *words).returncode == 2


def test_its_runner_prints_json(bundle: Path, bare_packages: Path, digits: Path) -> None:
    found = run_bare(bundle, bare_packages, str(digits / "seven"), "--json", "--top", "1")
    predictions = json.loads(found.stdout)["predictions"]
    assert len(predictions) == len(list((digits / "seven").iterdir()))
    assert sum(each["top"][0]["label"] == "seven" for each in predictions) > 0.9 * len(predictions)


def test_its_runner_needs_no_edgekit(bundle: Path, bare_packages: Path, demo_run: Path, digits: Path) -> None:
    found = run_bare(bundle, bare_packages, "--verify")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "all is as it was made"
    photo = next((digits / "seven").iterdir())
    answer = run_bare(bundle, bare_packages, str(photo), "--top", "1")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[1].split()[0] == "seven"


def test_its_runner_refuses_a_changed_byte(bundle: Path, bare_packages: Path, tmp_path: Path) -> None:
    content = bytearray(bundle.read_bytes())
    content[content.index(b"TFL3") + 100] ^= 1
    bad = tmp_path / "bad.edgekit"
    bad.write_bytes(content)
    found = run_bare(bad, bare_packages, "--verify")
    assert found.returncode == 1
    assert "has changed since it was made" in found.stderr


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"crop": 0.875},
        {"resize": "nearest"},
        {"resize": "lanczos", "crop": 1.0},
        {"resize": "bilinear", "antialias": False},
        {"resize": "mediapipe"},
        {"channels": "BGR", "range": [-1.0, 1.0]},
        {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        {"shape": [None, 32, 48, 1]},
        {"dtype": "uint8", "range": [0.0, 255.0]},
    ],
)
def test_its_preprocessing_is_ours_to_the_bit(how: dict[str, Any], tmp_path: Path, runner: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, [61, 97, 3], np.uint8)).save(tmp_path / "x.png", exif=exif)
    Image.fromarray(rng.integers(0, 65536, [61, 97], np.uint16)).save(tmp_path / "y.png")
    told = {"kind": "image", "dtype": "float32", "shape": [None, 32, 48, 3], "key": "x", "range": [0.0, 1.0], **how}
    spec = Contract.from_json({"signature": "", "inputs": {"x": told}, "outputs": {}}).input("x")
    for photo in (tmp_path / "x.png", tmp_path / "y.png"):
        ours: NDArray[Any] = medium_of(spec).finish(medium_of(spec).load(photo, spec), spec)
        theirs = runner.prepared(photo, "x", told)[0]
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)
    other = spec.with_settings(range=(0.0, 0.5))
    assert spec.dtype == "uint8" or not np.array_equal(
        theirs, medium_of(other).finish(medium_of(other).load(photo, other), other)
    )


@pytest.fixture(scope="module")
def runner() -> Any:
    import importlib.util

    spec = importlib.util.spec_from_file_location("edgekit_model", CODE / "edgekit_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_cannot_be_bundled(demo_run: Path, tmp_path: Path) -> None:
    artifact = demo_run / "artifacts" / "tflite-int8"
    with pytest.raises(BundleError, match="is a bare file: give the artifact's folder"):
        make_bundle(artifact / "model.tflite", out=tmp_path / "x")
    copy = Path(shutil.copytree(artifact, tmp_path / "copy"))
    with pytest.raises(BundleError, match=r"this artifact is of no run; or give its original and samples$"):
        make_bundle(copy, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_an_artifact_of_no_run(demo_run: Path, digits: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(demo_run / "artifacts" / "tflite-int8full", tmp_path / "copy"))
    made = make_bundle(copy, out=tmp_path / "x", model=demo_run / "model", data=digits)
    assert verify_bundle(made).ok
    assert "Not measured: parity was not asked." in unpacked(made)["CARD.md"].decode()


def test_the_commands(demo_run: Path, digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "digits.edgekit"
    assert main(["bundle", str(demo_run / "artifacts" / "onnx-int8"), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bundle"] == str(out)
    assert main(["verify", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) | {"ok": True, "problems": []}
    assert load_artifact(out).format == "onnx"
    out.write_bytes(out.read_bytes()[:-1])
    assert main(["verify", str(out)]) == 1
    assert "BAD" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none")]) == 2
    assert "no bundle at" in capsys.readouterr().err
