"""A front end's files, written the same each time and read strictly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import FrontEndError
from edgekit.frontend.program import Node, Port, Program, Table, check_program
from edgekit.frontend.registry import numpy_dtype
from edgekit.system.files import JsonObject, write_bytes, write_json

PROGRAM_FILE = "program.json"


CONSTANTS_FILE = "constants.npz"


FORMAT = 1


INLINE_VALUES = 16
"""Constants up to this many values are written into ``program.json``."""


def save_program(program: Program, folder: Path) -> None:
    """Write a program's files; the same program always gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    large = {name: array for name, array in program.constants.items() if not _inline(array)}
    if large:
        # Plain names inside, so that a tensor's name never becomes a path.
        with (folder / CONSTANTS_FILE).open("wb") as file:
            np.savez_compressed(file, **{f"c{index}": array for index, array in enumerate(large.values())})  # type: ignore[arg-type]
    places = {name: f"c{index}" for index, name in enumerate(large)}
    tables = {name: _save_table(table, folder, number) for number, (name, table) in enumerate(program.tables.items())}
    write_json(
        folder / PROGRAM_FILE,
        {
            "format": FORMAT,
            "inputs": [_port_to_json(port) for port in program.inputs],
            "outputs": [_port_to_json(port) for port in program.outputs],
            "nodes": [
                {"op": n.op, "inputs": list(n.inputs), "outputs": list(n.outputs), "attrs": dict(n.attrs)}
                for n in program.nodes
            ],
            "constants": {
                name: {"file": places[name]} if name in places else _constant_to_json(array)
                for name, array in program.constants.items()
            },
            "tables": tables,
        },
    )


def _inline(array: NDArray[Any]) -> bool:
    return array.dtype == object or (array.size <= INLINE_VALUES and array.dtype.kind in "iufb")


def _constant_to_json(array: NDArray[Any]) -> JsonObject:
    if array.dtype == object:
        values = [text.decode("latin-1") for text in array.reshape(-1).tolist()]
        return {"dtype": "string", "shape": list(array.shape), "values": values}
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": array.reshape(-1).tolist()}


def _port_to_json(port: Port) -> JsonObject:
    return {"name": port.name, "tensor": port.tensor, "dtype": port.dtype, "shape": list(port.shape)}


def _save_table(table: Table, folder: Path, number: int) -> JsonObject:
    if table.is_vocabulary:
        name = f"vocabulary-{number}.txt"
        write_bytes(folder / name, b"".join(key + b"\n" for key in table.lookup))
        return {"vocabulary": name, "dtype": table.value_dtype}
    name = f"table-{number}.json"

    def shown(value: Any) -> Any:
        return {"bytes": value.decode("latin-1")} if isinstance(value, bytes) else value

    write_json(folder / name, [[shown(key), shown(value)] for key, value in table.lookup.items()])
    return {"pairs": name, "dtype": table.value_dtype}


def load_program(folder: Path) -> Program:
    """Read a program, which may come from anywhere, and check that all of it can run.

    Raises:
        FrontEndError: A file is missing or damaged, or names what does not exist.
    """
    try:
        value = json.loads((folder / PROGRAM_FILE).read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise FrontEndError(
                f"{folder}: written by another version of edgekit (format {value['format']!r})", path=folder
            )
        program = Program(
            inputs=tuple(_port_from_json(port) for port in value["inputs"]),
            outputs=tuple(_port_from_json(port) for port in value["outputs"]),
            nodes=tuple(
                Node(op=n["op"], inputs=tuple(n["inputs"]), outputs=tuple(n["outputs"]), attrs=dict(n["attrs"]))
                for n in value["nodes"]
            ),
            constants=_load_constants(value["constants"], folder),
            tables={name: _load_table(name, table, folder) for name, table in value["tables"].items()},
        )
        check_program(program)
    except FrontEndError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FrontEndError(f"{folder} holds no front end, or a damaged one: {error}", path=folder) from error
    return program


def _port_from_json(value: JsonObject) -> Port:
    return Port(name=value["name"], tensor=value["tensor"], dtype=value["dtype"], shape=tuple(value["shape"]))


def _load_constants(value: JsonObject, folder: Path) -> dict[str, NDArray[Any]]:
    files = folder / CONSTANTS_FILE
    stored = np.load(files, allow_pickle=False) if files.is_file() else {}
    return {
        name: stored[constant["file"]] if "file" in constant else _constant_from_json(constant)
        for name, constant in value.items()
    }


def _constant_from_json(value: JsonObject) -> NDArray[Any]:
    values: Sequence[Any] = value["values"]
    array = np.empty(len(values), numpy_dtype(value["dtype"]))
    array[:] = [text.encode("latin-1") for text in values] if value["dtype"] == "string" else values
    return array.reshape(value["shape"])


def _load_table(name: str, value: JsonObject, folder: Path) -> Table:
    file: str = value.get("vocabulary") or value["pairs"]
    if Path(file).name != file:
        raise FrontEndError(f"table {name!r}: {file!r} is not in the front end's folder")
    if "vocabulary" in value:
        words = (folder / file).read_bytes().split(b"\n")[:-1]
        return Table(name=name, lookup={word: number for number, word in enumerate(words)}, value_dtype=value["dtype"])

    def read(item: Any) -> Any:
        return item["bytes"].encode("latin-1") if isinstance(item, dict) else item

    pairs = json.loads((folder / file).read_text(encoding="utf-8"))
    return Table(name=name, lookup={read(key): read(value) for key, value in pairs}, value_dtype=value["dtype"])
