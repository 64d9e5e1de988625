"""Models that are the original of a comparison: a SavedModel with its contract, tuned here or finished elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from edgekit.contract.batch import Batch
from edgekit.contract.contract import CONTRACT_FILE, Contract, InputSpec, OutputSpec
from edgekit.contract.medium import guessed_input
from edgekit.contract.shape import Shape
from edgekit.contract.signature import Signature, TensorSpec
from edgekit.errors import ModuleError, nearest
from edgekit.graph.states import check_layers, check_signature
from edgekit.hub.handles import resolve
from edgekit.hub.keras_files import load_keras, model_signature
from edgekit.hub.model_optimization import check_applied, is_wrapped, load_wrapped, saved_classes
from edgekit.hub.modules import KERAS_SUFFIXES, Module, read_module
from edgekit.hub.trust import check_trust
from edgekit.models.frontend_folder import save_front
from edgekit.models.tuned_model import TunedModel
from edgekit.original.export import resources, save_reusable
from edgekit.original.in_memory import save_in_memory
from edgekit.original.keras_call import keras_call
from edgekit.original.probing import has_free_sizes, made_up_answers, takes_strings, with_meanings
from edgekit.original.statements import with_statements
from edgekit.original.word_pieces import finished_front
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.system.cache import cache_folder, filled
from edgekit.system.digests import value_digest
from edgekit.system.files import new_folder
from edgekit.system.optional import tensorflow
from edgekit.system.printable import reason_of
from edgekit.system.processes import ChildExecutor

MODEL_FORMAT = 3
"""Raised when what the cache keeps of a finished model changes its form."""


def load_model(
    handle: object,
    *,
    inputs: Sequence[InputRecipe] = (),
    labels: Sequence[str] | None = None,
    base: Path | None = None,
    out: str | Path | None = None,
    trust: str | Callable[[str], str | None] | None = None,
    signature: str | None = None,
    root: str | Path | None = None,
    imports: Sequence[str | Path] = (),
) -> TunedModel:
    """Load a finished model: what `tune` made, a SavedModel, a ``.keras`` or ``.h5`` file, or one that is in memory.

    Args:
        handle: Any handle of it as a string or path; or the model itself: of Keras 2 or 3, a ``hub.KerasLayer``, a
            ``tf.Module``, or a ``tf.function`` with its signature. That is saved first, and is gone when this process
            ends.
        inputs: What the signature does not say of the inputs, such as the range of an image.
        labels: Names of the classes, in the order of the outputs.
        base: The folder that a relative handle starts from.
        out: Where to put the SavedModel and its contract; by default in the cache.
        trust: Digest of a module that may do more than compute; or what returns it, given the digest that it has.
        signature: Key of the signature to use; by default ``serving_default``, or the only one.
        root: Where the modules lie that layers of a Keras file name; by default the file's own folder.
        imports: Files of Python code that define the classes of a Keras file. They are run: name none that you do not
            trust.

    Raises:
        HandleError: There is nothing at the handle.
        ModuleError: It is not a model that can be used.
    """
    out = None if out is None else Path(out)
    if not isinstance(handle, str | Path):
        saved = save_in_memory(handle, signature)
        module = read_module(type(handle).__name__, saved.path)
        # It is gone with this process, so that nothing of it stays in the cache.
        model = _imported(module, inputs, labels, out or saved.path.with_name("imported"), saved.signature)
        return _in_order(model, saved.inputs)
    path = resolve(str(handle), base=base)
    if (path / CONTRACT_FILE).is_file() and signature in (None, Contract.load(path).signature):
        contract = with_statements(Contract.load(path), inputs, labels)
        model = TunedModel(path=path, contract=contract)
        return _tokenized(model if out is None else _copied(model, out), inputs, str(handle), out)
    folder = None if root is None else Path(root).expanduser().absolute()
    files = [Path(file).expanduser().absolute() for file in imports]
    module = read_module(str(handle), path, root=folder, imports=files)
    check_trust(module, trust(module.digest) if callable(trust) else trust)
    return _imported(module, inputs, labels, out, signature)


def _in_order(model: TunedModel, names: Sequence[str]) -> TunedModel:
    """Return a model whose contract lists its inputs as the model in memory did, by which data without names goes."""
    listed = {spec.name: spec for spec in model.contract.inputs}
    if listed.keys() != set(names):
        return model  # the recipe has other names for them
    contract = replace(model.contract, inputs=tuple(listed[name] for name in names))
    contract.save(model.path)
    return replace(model, contract=contract)


def _imported(
    module: Module, inputs: Sequence[InputRecipe], labels: Sequence[str] | None, out: Path | None, signature: str | None
) -> TunedModel:
    """Return a module that is trusted as a model, at ``out`` or in the cache."""
    if out is None:
        key = "model-" + value_digest([module.digest, signature, MODEL_FORMAT]).hex

        def fill(folder: Path) -> None:
            _import_in_child(module, folder / "model", signature)

        imported = filled(cache_folder(), key, fill) / "model"
    else:
        imported = out
        _import_in_child(module, out, signature)
    contract = with_statements(Contract.load(imported), inputs, labels)
    if out is not None:
        contract.save(out)
    return _tokenized(TunedModel(path=imported, contract=contract), inputs, module.handle, out)


def _tokenized(model: TunedModel, inputs: Sequence[InputRecipe], handle: str, out: Path | None) -> TunedModel:
    """Return a copy of a model, at ``out`` or in the cache, with the tokenizer before it that a recipe asks for."""
    if model.front is not None or all(input_recipe.vocabulary is None for input_recipe in inputs):
        return model
    served, front = finished_front(inputs, model.contract, handle)
    words = [sorted(table.lookup) for table in front.program.tables.values()]
    options = [dict(node.attrs) for node in front.program.nodes]
    key = value_digest([model.digest(), served.to_json(), repr(words), options, MODEL_FORMAT])

    def fill(folder: Path) -> None:
        shutil.copytree(model.path, folder / "model")
        save_front(front, served, folder / "model")

    entry = filled(cache_folder(), "model-" + key.hex, fill)
    tokenized = TunedModel(path=entry / "model", contract=front.contract)
    return tokenized if out is None else _copied(tokenized, out)


def _copied(model: TunedModel, out: Path) -> TunedModel:
    with new_folder(out, sign=CONTRACT_FILE) as folder:
        shutil.copytree(model.path, folder, dirs_exist_ok=True)
        model.contract.save(folder)
    return replace(model, path=out)


def _import_in_child(module: Module, out: Path, signature: str | None) -> None:
    """Bring a model into the form of a TunedModel; loading runs code of the model, so a child does it."""
    with ChildExecutor(1) as executor:
        executor.submit(import_model, module, out, signature).result()


def import_model(module: Module, out: Path, signature: str | None = None) -> None:
    """Save a finished model as a SavedModel with its contract; a SavedModel is taken over as it is.

    Raises:
        ModuleError: It cannot be loaded, or has no signature that can be served.
    """
    with new_folder(out, sign=CONTRACT_FILE) as folder:
        if module.path.suffix in KERAS_SUFFIXES:
            # `check_trust` has let it in.
            model = load_keras(module.path, trusted=True, modules=module.modules, imports=module.imports)
            contract = _save_keras(module, model, folder)
        elif is_wrapped(module.path):
            contract = _save_keras(module, load_wrapped(module.path), folder)
        else:
            check_applied(saved_classes(module.path), module.handle)
            shutil.copytree(module.path, folder, dirs_exist_ok=True)
            contract = _contract_of(module.handle, module.signatures, signature)
        _probed(contract, folder, module.path).save(folder)


def _save_keras(module: Module, model: Any, folder: Path) -> Contract:
    check_layers(model, module.handle)
    contract = _contract_of(module.handle, {"serving_default": model_signature(model)})
    save_reusable(
        folder,
        contract,
        keras_call(model, [spec.name for spec in contract.inputs], [spec.name for spec in contract.outputs]),
        variables=model.variables,
        trainable_variables=model.trainable_variables,
        tracked=resources(model),
    )
    return contract


def _contract_of(handle: str, signatures: Any, requested: str | None = None) -> Contract:
    """Return the contract that a signature implies: the one asked for, or ``serving_default``, or the only one."""
    key = requested or ("serving_default" if "serving_default" in signatures else next(iter(signatures), ""))
    if key not in signatures or (requested is None and key != "serving_default" and len(signatures) > 1):
        if not signatures:
            raise ModuleError(
                f"{handle} holds no signature, so nothing says what goes in and comes out: save it once more with one, "
                f"by tf.saved_model.save(model, folder, signatures=function.get_concrete_function(...))",
                handle=handle,
            )
        available, missing = ", ".join(signatures), requested or "serving_default"
        hint = "" if requested is None else nearest(requested, signatures)
        raise ModuleError(
            f"{handle} has no signature {missing!r}{hint} (it has: {available}); name one by signature = ... at the "
            f"top of the recipe",
            handle=handle,
            setting="signature",
        )
    signature: Signature = signatures[key]
    if not signature.inputs or not signature.outputs:
        raise ModuleError(f"{handle}: signature {key!r} has no inputs or no outputs", handle=handle)
    return Contract(
        inputs=tuple(input_of(spec, handle) for spec in signature.inputs),
        outputs=tuple(
            OutputSpec(name=s.name, meaning="tensor", dtype=s.dtype, shape=_fixed_rank(s, handle), key=s.name)
            for s in signature.outputs
        ),
        signature=key,
    )


def input_of(spec: TensorSpec, handle: str) -> InputSpec:
    """Return what a tensor of a signature says of an input."""
    return guessed_input(spec.name, spec.dtype, _fixed_rank(spec, handle))


def _fixed_rank(spec: TensorSpec, handle: str) -> Shape:
    if spec.shape is None:
        raise ModuleError(
            f"{handle}: the rank of {spec.name!r} is free in its signature; edgekit needs it fixed", handle=handle
        )
    return spec.shape


def _probed(contract: Contract, folder: Path, source: Path) -> Contract:
    """Mark the outputs that hold probabilities, as far as a made-up sample shows it.

    Args:
        contract: What the signature says.
        folder: The SavedModel.
        source: What it was made of.

    Raises:
        ModuleError: It cannot be loaded or run.
    """
    tf = tensorflow()
    try:
        loaded = tf.saved_model.load(str(folder))
    except Exception as error:  # of OSError, IndexError and TensorFlow's own
        reason = reason_of(error).replace(str(folder), str(source))
        raise ModuleError(f"TensorFlow cannot load {source}: {reason}", path=source) from error
    keys = {spec.name: spec.key for spec in contract.inputs}
    function = loaded.signatures[contract.signature]
    check_signature(function, source)

    def run(sample: Batch) -> Batch:
        return dict(function(**{keys[name]: tf.constant(values) for name, values in sample.items()}))

    try:
        answers = made_up_answers(contract, run)
    except Exception as error:
        if has_free_sizes(contract) or any(takes_strings(spec) for spec in contract.inputs):
            return contract  # it may take other sizes, and strings of a form of their own, such as coded photos
        raise ModuleError(f"the model cannot be run by its signature: {reason_of(error)}") from error
    return with_meanings(contract, {spec.name: np.asarray(answers[spec.key]) for spec in contract.outputs})
