"""What the tests share: the material, and one run of the demo that all workers reuse."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from edgekit.data.splits import split_data
from edgekit.data.tables import TableSamples
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.pipeline.demo import write_demo
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.system.cache import filled
from edgekit.system.optional import tensorflow
from tests.environments import ROOT, existing, kept_environment

# What edgekit sets as it imports TensorFlow, which reads it again when ``tf.keras`` is first looked at, tests later.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

# Timed by nothing: a busy machine is no fault. The same examples each time, so that a failure can be seen again.
settings.register_profile("edgekit", deadline=None, derandomize=True)
settings.load_profile("edgekit")


@pytest.hookimpl(tryfirst=True)  # before the runner of two workers reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send tests that share a fixture of their module to one worker, so that it is made once and nobody waits."""
    for item in items:
        grouped = item.get_closest_marker("xdist_group") is not None
        if isinstance(item, pytest.Function) and not grouped and shares_module_fixture(item):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}.{item.path.stem}"))


def shares_module_fixture(item: pytest.Function) -> bool:
    """Whether a test needs a fixture that is made once for its module."""
    definitions = item._fixtureinfo.name2fixturedefs.values()
    return any(definition.scope == "module" for overrides in definitions for definition in overrides)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Each test leaves the environment as it was."""
    with kept_environment():
        yield


@pytest.fixture(scope="session")
def material() -> Path:
    """Real modules, models and data; skipped where there are none, unless they are required."""
    folder = Path(os.environ.get("EDGEKIT_MATERIAL", ROOT.parent / "shared" / "material"))
    return existing(folder, f"no material at {folder}: set EDGEKIT_MATERIAL to a folder with modules, models and data")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all workers of this test session share."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "shared"


@pytest.fixture(scope="session")
def demo_run(shared_folder: Path) -> Path:
    """The folder of a whole run on digits: model, artifacts, reports. Tests read it and do not change it."""

    def fill(folder: Path) -> None:
        run(load_recipe(write_demo(folder)), folder)

    return filled(shared_folder, "demo-run", fill)


@pytest.fixture(scope="session")
def digits(demo_run: Path) -> Path:
    """The class folders of the demo's pictures."""
    return demo_run / "source" / "digits"


@pytest.fixture(scope="session")
def held_out(demo_run: Path) -> TableSamples:
    """The pictures that the demo's model has not seen."""
    recipe = load_recipe(demo_run / "source" / "digits.toml")
    samples = split_data(recipe.data, recipe.base, lambda done, total: None).held_out
    assert isinstance(samples, TableSamples)
    return samples


@pytest.fixture(scope="session")
def tuned(demo_run: Path) -> TunedModel:
    """The demo's tuned model."""
    return load_model(demo_run / "model")


@pytest.fixture(scope="session")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TFLite file with two ADD and two MUL, and a SIN before the last of them."""
    tf = tensorflow()

    def call(x: Any) -> dict[str, Any]:
        first = (x + x * x) * x
        return {"y": tf.sin(first) + first}

    owner = tf.Module()  # with one, the file has a signature, and so names
    owner.call = tf.function(call, input_signature=[tf.TensorSpec([1, 4], tf.float32, "x")])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([owner.call.get_concrete_function()], owner)
    path = tmp_path_factory.mktemp("sums") / "sums.tflite"
    path.write_bytes(converter.convert())
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three classes of ten photos, no two alike."""
    generator = np.random.default_rng(0)
    for name in ("b", "a", "c"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(10):
            pixels = generator.integers(0, 256, (12, 9, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{index}.png")
    return tmp_path / "photos"
