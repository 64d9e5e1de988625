"""Google's own client reads the metadata: the same labels and scores as our session, from the same photos."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgekit.data.splits import split_data
from edgekit.data.tables import TableSamples
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import Recipe
from edgekit.system.cache import filled
from tests.environments import example, interpreter

CLASSIFY = """
import json, sys
import mediapipe as mp
import numpy as np
from PIL import Image
from mediapipe.tasks.python import BaseOptions, vision

options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=sys.argv[1]))
with vision.ImageClassifier.create_from_options(options) as classifier:
    for path in sys.stdin.read().split("\\n"):
        pixels = np.array(Image.open(path).convert("RGB"))  # its own decoder of JPEG differs in the last bits
        found = classifier.classify(mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels))
        scores = {each.category_name: each.score for each in found.classifications[0].categories}
        print(json.dumps(scores))
"""


@pytest.fixture(scope="module")
def recipe(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    return load_recipe(example("flowers_android", material, tmp_path_factory.mktemp("flowers_android")))


@pytest.fixture(scope="module")
def android_run(recipe: Recipe, shared_folder: Path) -> Path:
    def fill(folder: Path) -> None:
        run(recipe, folder)

    return filled(shared_folder, "android-run", fill)


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8"])
def test_an_image_classifier_answers_as_our_session(recipe: Recipe, android_run: Path, variant: str) -> None:
    held_out = split_data(recipe.data, recipe.base, lambda done, total: None).held_out
    assert isinstance(held_out, TableSamples)
    artifact = load_artifact(android_run / "artifacts" / variant)
    assert artifact.contract is not None
    assert not artifact.unsaid
    words = [str(interpreter("mediapipe")), "-c", CLASSIFY, str(artifact.file)]
    photos = "\n".join(held_out.columns[""].cells)
    done = subprocess.run(words, input=photos, capture_output=True, text=True, check=True, timeout=300)
    theirs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(theirs) == len(held_out) == 80
    labels = artifact.contract.outputs[0].labels
    assert labels is not None
    with open_session(artifact) as session:
        for index, found in enumerate(theirs):
            scores = session.run(**held_out.read(index, index + 1, artifact.contract))["probabilities"][0]
            assert max(found, key=found.__getitem__) == labels[int(scores.argmax())]
            assert np.array([found[label] for label in labels]) == pytest.approx(scores, abs=1e-4)
