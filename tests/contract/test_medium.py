"""Every medium against what a medium offers, and nothing that knows one by name but its own file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import (
    ARRAYS,
    FILES,
    TEXTS,
    Medium,
    all_media,
    guessed_input,
    lacks_range,
    load_medium,
    media_names,
    media_suffixes,
    medium_of_file,
    recipe_settings,
    takes_file,
)
from edgekit.contract.settings import MediumSettings
from edgekit.contract.shape import Shape
from edgekit.errors import DataError, EdgekitError
from edgekit.system import registry

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {"image": (None, 8, 8, 3), "audio": (None, 80), "text": (None,)}


def spec_of(kind: str) -> InputSpec:
    dtype = "string" if load_medium(kind).source == TEXTS else "float32"
    return InputSpec.of(kind, name="x", dtype=dtype, shape=SHAPES.get(kind, (None, 4, 8, 8, 3)), key="x")


@pytest.mark.parametrize("kind", media_names())
def test_a_medium_keeps_to_the_port(kind: str) -> None:
    medium, settings = load_medium(kind), registry.load("data.media", kind).Settings
    assert isinstance(medium, Medium)
    assert (medium.kind, settings.kind, recipe_settings(kind).kind) == (kind, kind, kind)
    assert issubclass(settings, MediumSettings)
    assert issubclass(recipe_settings(kind), MediumSettings)
    assert settings().to_json() == {}
    named = {*medium.unknown_if_none, *medium.absent_if_none, *medium.prepared_by}
    assert named <= set(settings.__struct_fields__)
    assert set(medium.usual_augmentations) <= set(medium.augmentations)
    assert medium.source in (FILES, TEXTS, ARRAYS)
    assert (medium.source == FILES) == bool(medium.suffixes)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in medium.suffixes)
    assert all((ROOT / "edgekit" / path).is_file() for path in medium.portable)
    assert not medium.ranged or "range" in settings.__struct_fields__


@pytest.mark.parametrize("kind", media_names())
def test_what_a_medium_says_of_an_input(kind: str) -> None:
    medium = load_medium(kind)
    spec = medium.with_defaults(spec_of(kind))
    assert medium.fits(spec.dtype, spec.shape)
    assert all(isinstance(step, str) for step in medium.steps(spec))
    assert all(isinstance(reason, str) for reason in medium.unsaid(spec))
    low, high = medium.values(spec)
    assert low < high
    description = medium.describe(spec)
    described = medium.described(spec, description)
    assert described is None or described.kind == kind
    for name, fault in medium.contract_faults.items():
        faulty = fault(spec)
        assert faulty is None or faulty != spec, name
    shape = [2, *(size or 1 for size in spec.shape[1:])]
    batch = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    for name, change in medium.input_faults.items():
        changed = change(spec, batch)
        assert changed is not None, name
        assert not np.array_equal(changed, batch), name


@pytest.mark.parametrize("kind", [kind for kind in media_names() if load_medium(kind).source == FILES])
def test_a_broken_file_is_named(kind: str, tmp_path: Path) -> None:
    medium = load_medium(kind)
    path = tmp_path / f"broken{medium.suffixes[0]}"
    path.write_bytes(b"nothing of the kind")
    assert takes_file(medium, path)
    with pytest.raises(DataError, match="broken"):
        medium.check(path)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="texts do not come in files"):
        load_medium("text").check(tmp_path / "x.txt")
    with pytest.raises(EdgekitError, match="did you mean 'image'"):
        load_medium("imago")
    assert medium_of_file(tmp_path / "x.unheard").kind == "image"  # Pillow goes by what is in it
    assert medium_of_file(tmp_path / "x.WAV").kind == "audio"


def test_media_load_without_what_decodes() -> None:
    code = (
        "import sys; from edgekit.contract.medium import all_media; all_media(); "
        "print(sorted({'PIL', 'soundfile', 'soxr', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("dtype", "shape", "kind"),
    [
        ("float32", (None, 8, 8, 3), "image"),
        ("string", (None,), "text"),
        ("float32", (None, 8, 8, 4), "tensor"),
        ("int32", (None, 128), "tensor"),
        ("float32", (), "tensor"),
    ],
)
def test_what_a_signature_alone_tells_is_guessed(dtype: str, shape: Shape, kind: str) -> None:
    spec = guessed_input("x", dtype, shape)
    assert (spec.kind, spec.name, spec.key) == (kind, "x", "x")
    assert spec == load_medium(kind).with_defaults(spec)
    assert lacks_range(spec) == (kind == "image")


def test_every_suffix_is_of_a_medium_that_takes_it(tmp_path: Path) -> None:
    assert {".png", ".wav"} <= media_suffixes()
    for suffix in media_suffixes():
        takers = [medium for medium in all_media() if takes_file(medium, tmp_path / f"x{suffix}")]
        assert medium_of_file(tmp_path / f"x{suffix}") in takers
    assert not takes_file(load_medium("audio"), tmp_path / "x.png")


def media_imports(source: str) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name.startswith("edgekit.data.media")]


def test_nothing_imports_a_medium_by_name() -> None:
    assert media_imports("from edgekit.data.media.image import MEDIUM") == ["edgekit.data.media.image"]
    for folder in ("edgekit", "converters", "runtimes"):
        for path in (ROOT / folder).rglob("*.py"):
            assert media_imports(path.read_text(encoding="utf-8")) == [], path
