"""Models trained with tensorflow-model-optimization are stripped, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.errors import ModuleError
from edgekit.hub.keras_files import foreign_classes, load_keras
from edgekit.hub.model_optimization import CLASSES, is_optimization, is_wrapped, load_wrapped, saved_classes, stripped
from edgekit.original.finished import load_model
from edgekit.original.in_memory import save_in_memory
from edgekit.system.optional import require, tensorflow

INPUTS = np.random.default_rng(0).normal(size=(16, 8)).astype(np.float32)
WRAPPED = ["pruned", "clustered"]
NAMES = [*WRAPPED, "quantized"]


def save_metadata(folder: Path, *nodes: str) -> None:
    """Write what Keras 2 says of the layers of a SavedModel, each as JSON."""
    tensorflow()
    metadata = require("tf_keras.protobuf.saved_metadata_pb2", asked="tests", extra="convert")
    saved = metadata.SavedMetadata()
    for node in nodes:
        saved.nodes.add().metadata = node
    (folder / "keras_metadata.pb").write_bytes(saved.SerializeToString())


def package() -> Any:
    tensorflow()
    return require("tensorflow_model_optimization", asked="tests", extra="convert")


def network() -> Any:
    keras = tensorflow().keras
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input([8], name="x"), *layers])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that were trained by one step, in each form that Keras 2 saves."""
    tools, folder = package(), tmp_path_factory.mktemp("files")
    pruning, clustering, quantization = tools.sparsity.keras, tools.clustering.keras, tools.quantization.keras
    models = {
        "pruned": pruning.prune_low_magnitude(
            network(), pruning_schedule=pruning.ConstantSparsity(0.5, begin_step=0, frequency=1)
        ),
        "clustered": clustering.cluster_weights(
            network(), number_of_clusters=4, cluster_centroids_init=clustering.CentroidInitialization.LINEAR
        ),
        "quantized": quantization.quantize_model(network()),
    }
    for name, model in models.items():
        model.compile("sgd", "mse")
        callbacks = [pruning.UpdatePruningStep()] if name == "pruned" else []
        model.fit(INPUTS, np.eye(3)[np.arange(16) % 3], batch_size=16, verbose=0, callbacks=callbacks)
        np.save(folder / name, model(INPUTS, training=False).numpy())
        for suffix in (".h5", ".keras", ""):
            model.save(folder / (name + suffix))
    quantization.quantize_annotate_model(network()).save(folder / "annotated.h5")
    quantization.quantize_annotate_model(network()).save(folder / "annotated")
    return folder


def kernels(model: Any) -> list[Any]:
    return [weights.numpy() for weights in model.weights if len(weights.shape) == 2]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_files_load_as_they_are_and_answer_alike(files: Path, name: str, suffix: str) -> None:
    path = files / (name + suffix)
    assert foreign_classes(path) == []
    model = load_keras(path)
    np.testing.assert_allclose(model(INPUTS).numpy(), np.load(files / f"{name}.npy"), atol=1e-6)
    names = {type(layer).__name__ for layer in model.layers}
    assert ("Dense" in names) == (name in WRAPPED)


def test_zeros_and_shared_values_are_left(files: Path) -> None:
    assert [(kernel == 0).mean() for kernel in kernels(load_keras(files / "pruned.keras"))] == [0.5, 0.5]
    assert all(len(np.unique(kernel)) <= 4 for kernel in kernels(load_keras(files / "clustered.h5")))
    assert all((kernel != 0).all() for kernel in kernels(load_keras(files / "quantized.h5"))[:1])


@pytest.mark.parametrize("name", WRAPPED)
def test_a_saved_model_is_stripped_too(files: Path, name: str) -> None:
    assert is_wrapped(files / name)
    model = load_wrapped(files / name)
    assert {type(layer).__name__ for layer in model.layers} == {"Dense"}
    np.testing.assert_allclose(model(INPUTS).numpy(), np.load(files / f"{name}.npy"), atol=1e-6)


def test_what_is_no_wrapper_stays_a_saved_model(files: Path, tmp_path: Path) -> None:
    assert not is_wrapped(files / "quantized")
    assert not is_wrapped(tmp_path)


@pytest.mark.parametrize(
    ("other", "loads"),
    [
        ('{"class_name": "Dense", "config": {}}', True),
        ('{"class_name": "Adam", "config": {}}', True),
        ('{"class_name": "Lambda", "config": {}}', False),
        ('{"config":{},"class_name":"TFOpLambda"}', False),
        ('{"class_name": "\\u0054FOpLambda", "config": {}}', False),
        ('{"config": [{"class_name": "SlicingOpLambda", "config": {}}]}', False),
        ('{"class_name": "Custom>SGD", "config": {}}', True),
        ('{"class_name": "Custom>Lambda", "config": {}}', False),
        ('{"class_name": "get", "config": {}}', False),
    ],
)
def test_only_what_is_known_is_loaded_by_keras(other: str, loads: bool, tmp_path: Path) -> None:
    save_metadata(tmp_path, '{"class_name": "PruneLowMagnitude", "config": {}}', other)
    assert is_wrapped(tmp_path) == loads


def test_damaged_metadata_is_told(tmp_path: Path) -> None:
    save_metadata(tmp_path, "{")
    with pytest.raises(ModuleError, match=r"keras_metadata\.pb is damaged"):
        saved_classes(tmp_path)


def test_annotations_that_were_not_applied_are_refused(files: Path) -> None:
    with pytest.raises(ModuleError, match=r"annotated\.h5 is annotated .* call tfmot\..*quantize_apply\(model\)"):
        load_keras(files / "annotated.h5")
    with pytest.raises(ModuleError, match=r"is annotated .* convert it to a variant with -qat"):
        load_model(files / "annotated")
    assert "QuantizeAnnotate" in saved_classes(files / "annotated")
    model = package().quantization.keras.quantize_annotate_model(network())
    with pytest.raises(ModuleError, match=r"the model 'sequential.*' is annotated"):
        stripped(model)


def test_weights_behind_a_mask_are_zero() -> None:
    """Whoever saves without the callback that the package asks for has weights that the last step moved."""
    pruning = package().sparsity.keras
    model = pruning.prune_low_magnitude(network(), pruning_schedule=pruning.ConstantSparsity(0.5, 0))
    layer = model.layers[0]
    ((weights, mask, _),) = layer.pruning_vars
    mask.assign(np.tile([[1.0], [0.0]], (4, 16)))
    assert (kernels(stripped(model))[0][1::2] == 0).all()
    assert (weights.numpy()[::2] != 0).all()


def test_a_model_in_memory_is_stripped_before_it_is_saved() -> None:
    """The graph of a wrapper assigns its weights; that of the layer inside reads them."""
    pruning = package().sparsity.keras
    model = pruning.prune_low_magnitude(network(), pruning_schedule=pruning.ConstantSparsity(0.5, 0))
    assert model.layers[0].name.startswith("prune_low_magnitude")
    graph = tensorflow().saved_model.load(str(save_in_memory(model, None).path)).signatures["serving_default"].graph
    ops = {node.op for function in graph.as_graph_def().library.function for node in function.node_def}
    assert "MatMul" in ops
    assert "AssignVariableOp" not in ops


def test_a_model_without_wrappers_is_itself() -> None:
    model = network()
    assert stripped(model) is model


def test_only_classes_of_the_package_are_let_in() -> None:
    module = "tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper"
    assert is_optimization({"module": module, "class_name": "PruneLowMagnitude"})
    assert not is_optimization({"module": module, "class_name": "keras"})
    assert not is_optimization({"module": "elsewhere", "class_name": "PruneLowMagnitude"})
    assert not is_optimization({"module": f"{module}_of_mine".replace("_optimization.", "_evil."), "class_name": "x"})


def test_the_list_of_classes_is_the_packages() -> None:
    scopes = package().quantization.keras.quantize_scope().custom_objects
    names = {name for classes in scopes for name in classes} | {"FixedQuantizer", "NoQuantizer"}
    assert names - CLASSES == set()
