from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgekit.data.splits import split_data
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError, ModuleError
from edgekit.models.tuned_model import TunedModel
from edgekit.original.backbone import load_backbone
from edgekit.original.contract import tuned_contract
from edgekit.original.tuning import Tuning, find_modules, tune, tune_modules
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import FineTune, Recipe
from edgekit.system.digests import tree_digest


def few_photos(demo_run: Path, folder: Path) -> Recipe:
    """Return the demo's recipe on a few photos of three digits, which are copied into a folder."""
    source = demo_run / "source"
    for digit in sorted((source / "digits").iterdir())[:3]:
        (folder / "digits" / digit.name).mkdir(parents=True)
        for file in sorted(digit.iterdir())[:20]:
            shutil.copy(file, folder / "digits" / digit.name)
    full = load_recipe(source / "digits.toml")
    inputs = (dataclasses.replace(full.inputs[0], module=str(source / "module")),)
    train = dataclasses.replace(full.train, epochs=3)
    return dataclasses.replace(full, base=folder, inputs=inputs, train=train)


@pytest.fixture
def recipe(demo_run: Path, tmp_path: Path) -> Recipe:
    """A recipe on photos that a test may change."""
    return few_photos(demo_run, tmp_path)


@pytest.fixture(scope="module")
def plain_recipe(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """The same on photos that no test changes."""
    return few_photos(demo_run, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def plain(plain_recipe: Recipe) -> Tuning:
    """What this recipe trains, as it is."""
    return tuning(plain_recipe, plain_recipe.base / "model")


def tuning(recipe: Recipe, out: Path) -> Tuning:
    split = split_data(recipe.data, recipe.base, lambda done, total: None)
    return tune_modules(recipe, find_modules(recipe), split, out, shows=False)


def test_the_tuned_model_is_a_hub_module(tuned: TunedModel) -> None:
    import tensorflow_hub as hub

    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    layer = hub.KerasLayer(str(tuned.path), trainable=True)
    inputs = tf.random.uniform([2, 32, 32, 3], seed=0)
    answers = layer(inputs).numpy()
    assert answers.shape == (2, 10)
    np.testing.assert_allclose(answers.sum(1), 1, atol=1e-5)
    assert len(layer.trainable_variables) > 4
    served = layer.resolved_object.signatures["serving_default"](image=inputs)["probabilities"].numpy()
    np.testing.assert_allclose(served, answers, atol=1e-6)


def test_the_same_seed_gives_the_same_model(plain_recipe: Recipe, plain: Tuning, tmp_path: Path) -> None:
    again = tuning(plain_recipe, tmp_path / "again")
    assert again.history == plain.history
    assert tree_digest(again.model.path / "variables") == tree_digest(plain.model.path / "variables")
    seeded = dataclasses.replace(plain_recipe, data=dataclasses.replace(plain_recipe.data, seed=1))
    assert tuning(seeded, tmp_path / "seeded").history != plain.history


def test_the_best_epoch_is_kept(plain: Tuning) -> None:
    ranks = [(epoch.val_accuracy, -epoch.val_loss) for epoch in plain.history]
    assert ranks[plain.best] == max(ranks)


def changed_variables(recipe: Recipe, model: Path) -> tuple[int, int]:
    """Return how many of the module's variables a tuned model has changed, and how many there are."""
    from edgekit.system.optional import tensorflow

    before = load_backbone(recipe.inputs, find_modules(recipe)).trainable_variables
    after = tensorflow().saved_model.load(str(model)).trainable_variables
    pairs = list(zip(before, after, strict=False))
    return sum(not np.array_equal(a.numpy(), b.numpy()) for a, b in pairs), len(pairs)


@pytest.mark.parametrize(("unfreeze", "some"), [(1.0, False), (0.3, True), (r"batch_normalization_\d/gamma", True)])
def test_fine_tuning_changes_what_is_unfrozen(
    recipe: Recipe, tmp_path: Path, unfreeze: float | str, some: bool
) -> None:
    phase = FineTune(epochs=4, learning_rate=1e-3, unfreeze=unfreeze)
    # A head that learned nothing is not the best epoch, on any processor.
    train = dataclasses.replace(recipe.train, epochs=1, learning_rate=1e-7, fine_tune=phase)
    tuned = tuning(dataclasses.replace(recipe, train=train), tmp_path / "model")
    changed, total = changed_variables(recipe, tuned.model.path)
    assert changed > 0
    assert (changed < total) == some


def test_a_frozen_module_stays_as_it_is(plain_recipe: Recipe, plain: Tuning) -> None:
    assert changed_variables(plain_recipe, plain.model.path)[0] == 0


def test_a_pattern_that_matches_nothing(recipe: Recipe, tmp_path: Path) -> None:
    phase = FineTune(epochs=1, unfreeze="no_such_layer")
    train = dataclasses.replace(recipe.train, epochs=1, fine_tune=phase)
    with pytest.raises(ModuleError, match=r"'no_such_layer' matches none of the module's variables"):
        tuning(dataclasses.replace(recipe, train=train), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_augmentation_changes_training_and_not_the_model(plain_recipe: Recipe, plain: Tuning, tmp_path: Path) -> None:
    train = dataclasses.replace(plain_recipe.train, augment=("flip", "rotate", "zoom", "contrast", "brightness"))
    augmented = tuning(dataclasses.replace(plain_recipe, train=train), tmp_path / "augmented")
    assert augmented.history[0].loss != plain.history[0].loss
    assert augmented.model.contract == plain.model.contract


def test_photos_of_any_size_and_format(recipe: Recipe, tmp_path: Path) -> None:
    from PIL import Image

    for index, file in enumerate(sorted((tmp_path / "digits").rglob("*.png"))):
        image = Image.open(file).resize((17 + index, 90 - index))
        suffix = (".jpg", ".gif", ".webp", ".bmp")[index % 4]
        image.save(file.with_suffix(suffix))
        file.unlink()
    assert tuning(recipe, tmp_path / "model").model.contract.inputs[0].to_json()["size"] == [32, 32]


def test_a_single_class_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    for place in sorted((tmp_path / "digits").iterdir())[1:]:
        shutil.rmtree(place)
    with pytest.raises(DataError, match="at least 2 classes, the training data has 1"):
        tune(recipe, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_photo_is_named(recipe: Recipe, tmp_path: Path) -> None:
    bad = sorted((tmp_path / "digits").rglob("*.png"))[3]
    bad.write_bytes(bad.read_bytes()[:60])
    with pytest.raises(DataError, match=bad.name):
        tune(recipe, out=tmp_path / "out")
    skipping = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, skip_bad=True))
    split = split_data(skipping.data, skipping.base, lambda done, total: None)
    assert len(split.skipped) == 1
    assert bad.name in split.skipped[0]


def test_a_size_that_the_module_does_not_take(recipe: Recipe) -> None:
    wrong = dataclasses.replace(recipe, inputs=(dataclasses.replace(recipe.inputs[0], settings={"size": (64, 64)}),))
    split = split_data(wrong.data, wrong.base, lambda done, total: None)
    with pytest.raises(ModuleError, match=r"size = \[64, 64\].*\[\?, 32, 32, 3\]"):
        tuned_contract(wrong, find_modules(wrong), split)


def test_a_module_that_takes_text_is_refused_with_both_shapes(material: Path, recipe: Recipe) -> None:
    text = material / "modules" / "text_embedding_en_dim64"
    wrong = dataclasses.replace(recipe, inputs=(dataclasses.replace(recipe.inputs[0], module=str(text)),))
    with pytest.raises(DataError, match=r"takes image string \[\?\].*photos, float32 \[\?, height, width, 3\]"):
        tune(wrong, out=recipe.base / "out")


def test_the_split_is_by_content(recipe: Recipe, tmp_path: Path) -> None:
    place = sorted((tmp_path / "digits").iterdir())[0]
    original = sorted(place.iterdir())[0]
    for number in range(10):
        shutil.copy(original, place / f"copy{number}.png")
    split = split_data(recipe.data, recipe.base, lambda done, total: None)
    assert isinstance(split.train, TableSamples)
    assert isinstance(split.held_out, TableSamples)
    contents = [{Path(file).read_bytes() for file in part.columns[""].cells} for part in (split.train, split.held_out)]
    assert not contents[0] & contents[1]


def write_tf1_module(folder: Path) -> None:
    """Save a module in the TF1 hub format: no tags, a signature ``default``, and the marker file."""
    from edgekit.system.optional import tensorflow

    v1 = tensorflow().compat.v1
    with v1.Session(graph=v1.Graph()) as session:
        images = v1.placeholder("float32", [None, 32, 32, 3], name="placeholder_of_another_name")
        weights = v1.get_variable("weights", initializer=np.random.default_rng(0).normal(size=[48, 16]).astype("f"))
        coarse = v1.nn.avg_pool2d(images, 8, 8, "VALID")
        features = v1.nn.relu(v1.matmul(v1.reshape(coarse, [-1, 48]), weights))
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        info = v1.saved_model.build_tensor_info
        signature = v1.saved_model.build_signature_def({"images": info(images)}, {"default": info(features)})
        builder.add_meta_graph_and_variables(session, [], {"default": signature})
        builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")


def test_a_tf1_hub_module_is_used_frozen(recipe: Recipe, tmp_path: Path) -> None:
    from edgekit.conversion.conversion import convert
    from edgekit.evaluation.parity import parity

    write_tf1_module(tmp_path / "tf1")
    inputs = (dataclasses.replace(recipe.inputs[0], module=str(tmp_path / "tf1")),)
    frozen = dataclasses.replace(recipe, inputs=inputs)
    assert find_modules(frozen)["image"].format == "tf1-hub"
    made = tuning(frozen, tmp_path / "model")
    artifact = convert(made.model, "tflite-fp32", out=tmp_path / "artifacts")
    report = parity(made.model, artifact, data=tmp_path / "digits")
    assert report.to_json()["task"]["agreement"] == 1.0
    train = dataclasses.replace(recipe.train, fine_tune=FineTune(epochs=1))
    with pytest.raises(ModuleError, match="no trainable variables: leave fine_tune out"):
        tuning(dataclasses.replace(frozen, train=train), tmp_path / "unfrozen")
