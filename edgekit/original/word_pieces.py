"""Tokenizing: a text input in front of a module that takes word pieces, as encoders of the BERT family do.

The module's tensors are what the saved model takes; the public input is the text. What lies between is a front end of
one op, which original and artifacts share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.shape import Shape
from edgekit.contract.signature import Signature, TensorSpec
from edgekit.errors import FrontEndError, ModuleError, RecipeError
from edgekit.frontend import Node, Port, Program, Table
from edgekit.frontend.program import check_program
from edgekit.frontend.tokens import WORD_PIECES_OP, vocabulary_of
from edgekit.models.frontend_folder import Front
from edgekit.recipe.input_recipe import InputRecipe

PARTS: Mapping[str, int] = {
    "input_word_ids": 0,
    "input_ids": 0,
    "input_mask": 1,
    "attention_mask": 1,
    "input_type_ids": 2,
    "token_type_ids": 2,
    "segment_ids": 2,
}
"""What TensorFlow Hub's text encoders and others call ids, mask and types, by their place among the op's outputs."""


def takes_word_pieces(signature: Signature) -> bool:
    """Whether all inputs of a signature are numbers of word pieces, their mask and their types."""
    return all(spec.name in PARTS and spec.dtype in ("int32", "int64") for spec in signature.inputs)


def piece_specs(input_recipe: InputRecipe, signature: Signature, handle: str) -> dict[str, InputSpec]:
    """Return the tensors that a module takes of a text, by its own names; their public names are led by the input's.

    Raises:
        ModuleError: It takes others, or their length is free and the recipe does not state it.
    """
    if not takes_word_pieces(signature):
        inputs = ", ".join(f"{spec.name} {spec.dtype}" for spec in signature.inputs)
        raise ModuleError(
            f"{handle} takes {inputs}: a vocabulary under [inputs.{input_recipe.name}] goes with a module that takes "
            f"input_word_ids, input_mask and input_type_ids",
            handle=handle,
            input=input_recipe.name,
        )
    return {spec.name: _piece_spec(input_recipe, spec, handle) for spec in signature.inputs}


def _piece_spec(input_recipe: InputRecipe, spec: TensorSpec, handle: str) -> InputSpec:
    length = None if spec.shape is None or len(spec.shape) != 2 else spec.shape[1]
    if length is None and input_recipe.tokens is None:
        raise ModuleError(
            f"{handle} leaves the number of word pieces free: say it, by tokens = ... under "
            f"[inputs.{input_recipe.name}]",
            handle=handle,
            input=input_recipe.name,
            setting="tokens",
        )
    if length is not None and input_recipe.tokens not in (None, length):
        raise ModuleError(f"tokens = {input_recipe.tokens} in the recipe, but {handle} takes {length}", handle=handle)
    shape: Shape = (None, length or input_recipe.tokens)
    name = piece_name(input_recipe.name, spec.name)
    return InputSpec.of("tensor", name=name, dtype=spec.dtype, shape=shape, key=name)


def piece_name(public: str, key: str) -> str:
    """Return what the saved model calls the tensor ``key`` of the module that reads the text ``public``."""
    return f"{public}_{key}"


def text_spec(input_recipe: InputRecipe) -> InputSpec:
    """Return the public input that stands for the tensors."""
    return InputSpec.of("text", name=input_recipe.name, dtype="string", shape=(None,), key=input_recipe.name)


def tokenizing_front(
    inputs: Sequence[InputRecipe], pieces: Mapping[str, Mapping[str, InputSpec]], contract: Contract
) -> Front:
    """Return the front end that makes word pieces of texts, and hands on all other inputs.

    Args:
        inputs: The recipe's inputs that have a vocabulary, and perhaps others.
        pieces: The tensors of each text that is tokenized, by the module's own names.
        contract: The public contract.

    Raises:
        RecipeError: A vocabulary cannot be read, or is none of word pieces.
    """
    nodes, outputs, tables = [], [], {}
    recipes = {input_recipe.name: input_recipe for input_recipe in inputs}
    for public in contract.inputs:
        if public.name not in pieces:
            outputs.append(_port(public))
            continue
        input_recipe = recipes[public.name]
        table = read_vocabulary(input_recipe)
        tensors = [f"{input_recipe.name}/pieces:{index}" for index in range(3)]
        attrs = {
            "table": table.name,
            "length": next(iter(pieces[input_recipe.name].values())).shape[1],
            "lowercase": _lowercase(input_recipe, table),
        }
        nodes.append(
            Node(
                op=WORD_PIECES_OP,
                inputs=(_port(contract.input(input_recipe.name)).tensor,),
                outputs=tuple(tensors),
                attrs=attrs,
            )
        )
        for key, spec in pieces[input_recipe.name].items():
            outputs.append(Port(name=spec.name, tensor=tensors[PARTS[key]], dtype=spec.dtype, shape=spec.shape))
        tables[table.name] = table
    ports = tuple(_port(spec) for spec in contract.inputs)
    program = Program(inputs=ports, outputs=tuple(outputs), nodes=tuple(nodes), constants={}, tables=tables)
    check_program(program)
    return Front(program=program, contract=contract)


def _port(spec: InputSpec) -> Port:
    return Port(name=spec.name, tensor=f"public/{spec.name}:0", dtype=spec.dtype, shape=spec.shape)


def finished_front(inputs: Sequence[InputRecipe], contract: Contract, handle: str) -> tuple[Contract, Front]:
    """Put a tokenizer before a finished model that takes the word pieces of one text.

    Args:
        inputs: The recipe's inputs; one has a vocabulary.
        contract: What the model takes.
        handle: Where it is from, for messages.

    Returns:
        What the model takes, the length fixed; and the front end, with the public contract.

    Raises:
        ModuleError: It takes no word pieces, or several texts are to be tokenized.
        RecipeError: The vocabulary cannot be read, or is none of word pieces.
    """
    texts = [input_recipe for input_recipe in inputs if input_recipe.vocabulary is not None]
    if len(texts) != 1:
        raise ModuleError(
            f"{handle}: a finished model can have one input with a vocabulary, not {len(texts)}", handle=handle
        )
    taken = [spec for spec in contract.inputs if spec.name in PARTS]
    tensors = tuple(TensorSpec(name=spec.name, dtype=spec.dtype, shape=spec.shape) for spec in taken or contract.inputs)
    specs = piece_specs(texts[0], Signature(inputs=tensors, outputs=()), handle)
    pieces = {key: replace(contract.input(key), shape=spec.shape) for key, spec in specs.items()}
    others = tuple(spec for spec in contract.inputs if spec.name not in pieces)
    served = replace(contract, inputs=tuple(pieces.get(spec.name, spec) for spec in contract.inputs))
    public = replace(contract, inputs=(text_spec(texts[0]), *others))
    return served, tokenizing_front(inputs, {texts[0].name: pieces}, public)


def read_vocabulary(input_recipe: InputRecipe) -> Table:
    """Read the vocabulary of an input: one word piece per line, its number being the line's, from 0.

    Raises:
        RecipeError: It cannot be read, or is none of word pieces.
    """
    assert input_recipe.vocabulary is not None, "asked for by the caller"
    words = _lines(input_recipe.vocabulary)
    lookup = {word: number for number, word in enumerate(words)}
    try:
        vocabulary_of(lookup)
    except FrontEndError as error:
        raise RecipeError(f"{input_recipe.vocabulary}: {error}", path=input_recipe.vocabulary) from error
    if len(lookup) < len(words):
        twice = next(word for number, word in enumerate(words) if lookup[word] != number)
        raise RecipeError(
            f"{input_recipe.vocabulary} has {twice.decode()!r} twice, so its lines are not its numbers",
            path=input_recipe.vocabulary,
        )
    return Table(name=f"{input_recipe.name}/vocabulary", lookup=lookup, value_dtype="int32")


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    except OSError as error:
        raise RecipeError(f"cannot read the vocabulary {path}: {error.strerror}", path=path) from error


def _lowercase(input_recipe: InputRecipe, table: Table) -> bool:
    """Whether texts are lowercased: as the recipe says, else if no word of the vocabulary has a capital."""
    if input_recipe.lowercase is not None:
        return input_recipe.lowercase
    words = [word.decode() for word in table.lookup if not word.startswith(b"[")]
    return all(word == word.lower() for word in words)
