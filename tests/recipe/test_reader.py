from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.reader import load_recipe, parse_recipe
from edgekit.recipe.recipe import FineTune, Recipe

WHOLE = """
name = "flowers"
[inputs.image]
module = "path-or-handle"
kind = "image"
range = [0.0, 1.0]
size = [224, 224]
[head]
layers = [{ dense = 128, activation = "relu" }, { dropout = 0.2 }]
task = "classification"
[data]
train = "flowers/"
validation = 0.2
test = "other/"
seed = 3
skip_bad = true
[train]
epochs = 10
learning_rate = 1e-3
augment = true
fine_tune = { epochs = 5, learning_rate = 1e-5, unfreeze = 0.3 }
[variants]
build = ["tflite-fp32", "onnx-int8", "onnx-int8"]
calibration = 50
[parity]
metric = "accuracy"
max_drop = 0.03
confidence = 0.9
"""
LEAST = 'name = "x"\n[inputs.image]\nmodule = "m"\n[data]\ntrain = "d"\n'


def parsed(text: str) -> Recipe:
    value: dict[str, Any] = tomllib.loads(text)
    return parse_recipe(value, base=Path())


def test_a_whole_recipe() -> None:
    recipe = parsed(WHOLE)
    assert recipe.inputs[0].settings["size"] == (224, 224)
    assert recipe.train.fine_tune == FineTune(epochs=5, learning_rate=1e-5, unfreeze=0.3)
    assert recipe.train.augment == ("flip", "rotate", "zoom", "contrast")
    assert [str(variant) for variant in recipe.variants] == ["tflite-fp32", "onnx-int8"]
    assert (recipe.conversion.calibration, recipe.parity.max_drop, recipe.parity.confidence) == (50, 0.03, 0.9)
    assert (recipe.data.seed, recipe.data.test, recipe.data.skip_bad) == (3, "other/", True)


def test_the_least_recipe_has_the_documented_defaults() -> None:
    recipe = parsed(LEAST)
    assert (recipe.data.validation, recipe.conversion.calibration, recipe.parity.max_drop) == (0.2, 100, 0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHOLE.replace("validation", "validtion"), r"'validtion' in \[data\]; did you mean 'validation'"),
        (WHOLE.replace("module", "modul"), r"module is missing"),
        (WHOLE.replace("[parity]", "[party]"), r"'party' at the top; did you mean 'parity'"),
        (WHOLE.replace("dropout = 0.2", "dropot = 0.2"), r"'dropot'.*did you mean 'dropout'"),
        (WHOLE.replace("unfreeze = 0.3", "unfreze = 0.3"), r"'unfreze'.*did you mean 'unfreeze'"),
        (WHOLE.replace("onnx-int8", "onnx-int9"), r"no variant 'onnx-int9'; did you mean 'onnx-int8'"),
        (WHOLE.replace("epochs = 10", 'epochs = "ten"'), r"epochs = \"ten\": has to be a whole number"),
        (WHOLE.replace("epochs = 10", "epochs = true"), r"has to be a whole number"),
        (WHOLE.replace("validation = 0.2", "validation = 1.5"), r"has to be a number between 0 and 1"),
        (WHOLE.replace("[0.0, 1.0]", "[1.0, 0.0]"), r"the lower first"),
        (
            WHOLE.replace("classification", "clasification"),
            r"has to be one of classification, multilabel, regression, embedding, none; did you mean",
        ),
        (WHOLE.replace('"relu"', '"rleu"'), r"did you mean 'relu'"),
        (WHOLE.replace("epochs = 10", "epochs = 0"), r"\[train\] epochs = 0: has to be a whole number of at least 1$"),
        (WHOLE.replace("seed = 3", "seed = -1"), r"\[data\] seed = -1: has to be a whole number of at least 0$"),
        (WHOLE.replace("epochs = 5", "epochs = 0"), r"\[train\.fine_tune\] epochs = 0"),
        (
            WHOLE.replace("dense = 128", 'dense = "many"'),
            r"\[head\.layers, 1\] dense = \"many\": has to be a whole number",
        ),
        (WHOLE.replace("size = [224, 224]", "size = [224, 9000]"), r"has to be height and width in pixels"),
        (WHOLE.replace("size = [224, 224]", "mean = [0.1, 0.2]\nstd = [1.0, 1.0]"), r"three numbers, such as"),
        (WHOLE.replace("size = [224, 224]", "mean = [0.1, 0.2, 0.3]"), r"mean and std go together"),
        (WHOLE.replace("size = [224, 224]", "crop = 1.5"), r"crop = 1.5: has to be a number between 0 and 1"),
        (WHOLE.replace("size = [224, 224]", "sample_rate = 8000"), r"'sample_rate' in \[inputs\.image\]"),
        (WHOLE.replace('kind = "image"\n', "sample_rate = 8000\n"), r"of different media: say which by kind"),
        (WHOLE.replace('kind = "image"', 'kind = "imag"'), r"one of audio, .*; did you mean 'image'"),
        (WHOLE.replace("augment = true", 'augment = ["spin"]'), r"no 'spin'"),
        (LEAST.replace('train = "d"', ""), r"train is missing"),
        (LEAST.replace('name = "x"', ""), r"name is missing"),
        ('name = "x"\n[data]\ntrain = "d"\n', r"neither what to tune"),
        ('name = "x"\nmodel = "m"\n[data]\n', r"needs train, or test"),
        ('name = "x"\nmodel = "m"\n[data]\ntest = "d"\n[train]\nepochs = 1\n', r"\[train\] does not go with model"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parsed(text)


def test_a_finished_model_names_the_files_that_define_its_classes() -> None:
    text = 'name = "x"\nmodel = "m.keras"\nimport = ["own.py"]\nroot = "modules"\n[data]\ntest = "d"\n'
    recipe = parsed(text)
    assert recipe.imports == (recipe.base / "own.py",)
    assert recipe.root == recipe.base / "modules"
    with pytest.raises(RecipeError, match="'import'"):
        parsed('import = ["own.py"]\n' + LEAST)


def test_unfreeze_may_be_a_pattern() -> None:
    fine_tune = parsed(WHOLE.replace("unfreeze = 0.3", 'unfreeze = "block_1[0-6]"')).train.fine_tune
    assert fine_tune is not None
    assert fine_tune.unfreeze == "block_1[0-6]"


def test_a_file_that_is_not_toml_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot read the recipe .*none\.toml"):
        load_recipe(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 1")
    with pytest.raises(RecipeError, match=r"bad\.toml is not TOML"):
        load_recipe(tmp_path / "bad.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"binary\.toml"):
        load_recipe(tmp_path / "binary.toml")


def test_compression_and_exceptions() -> None:
    recipe = parsed(
        LEAST
        + """
        [variants]
        build = ["tflite-int8-s50-qat"]
        calibration_method = "mse"
        except = ["logits", { pattern = "block_1", precision = "int8" }]

        [compression]
        epochs = 3
        learning_rate = 1e-3
        batch_size = 8
        schedule = "one-shot"
        also = ["depthwise"]
        dense = ["Conv_1"]
        """
    )
    settings = recipe.conversion
    assert [(entry.pattern, entry.precision) for entry in settings.overrides] == [
        ("logits", "float"),
        ("block_1", "int8"),
    ]
    assert (settings.method, settings.compression.schedule, settings.compression.also) == (
        "mse",
        "one-shot",
        ("depthwise",),
    )
    assert (settings.compression.epochs, settings.compression.learning_rate, settings.compression.batch_size) == (
        3,
        1e-3,
        8,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[variants]\nexcept = ["a["]', "'a\\[' is no regular expression"),
        ("[variants]\nexcept = [3]", "3 is neither a pattern nor a table"),
        ('[variants]\nexcept = [{ pattern = "a", precision = "int7" }]', "one of float, int8; did you mean 'int8'"),
        ('[variants]\ncalibration_method = "minmax"', "did you mean 'min-max'"),
        ('[variants]\nbuild = ["tflite-int8-s100"]', r"sparsity 100% is outside \[0, 100\)"),
        ("[compression]\nepoch = 3", "did you mean 'epochs'"),
        ('[compression]\nschedule = "cubic"', "one of gradual, one-shot"),
    ],
)
def test_wrong_compression_is_told(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parsed(f"{LEAST}\n{text}")
