"""Reproducing a bundle: its recipe runs again, and what comes out is held against what is there, file by file."""

from __future__ import annotations

import json
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgekit.bundle.build import MANIFEST_FILE, make_bundle
from edgekit.errors import BundleError
from edgekit.models.bundle_archive import bundle_digest, unpacked
from edgekit.models.run_layout import LOCK_FILE, RECIPE_FILE
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import parse_recipe
from edgekit.recipe.variants import parse_variant


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What came out of a bundle's recipe.

    Attributes:
        bundle: The new bundle.
        same: Whether it has the same bytes.
        differences: What differs, as sentences, the causes first.
    """

    bundle: Path
    same: bool
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"bundle": str(self.bundle), "same": self.same, "differences": list(self.differences)}


def reproduce(bundle: str | Path, *, out: str | Path, root: str | Path = ".", shows: bool = False) -> Reproduction:
    """Run the recipe of a bundle again, for its variant alone.

    Args:
        bundle: The bundle.
        out: Folder of the new run; the new bundle lies in it.
        root: The folder that the recipe's relative paths start from, which is where the recipe lay.
        shows: Show progress on stderr.

    Raises:
        BundleError: It has changed, or holds no recipe.
        ModuleError: A module is not the one that the bundle was made of.
        EdgekitError: The run fails.
    """
    file, place = Path(bundle), Path(out)
    bundle_digest(file)
    files = unpacked(file)
    if RECIPE_FILE not in files:
        raise BundleError(f"{file} holds no recipe: its artifact was converted by itself")
    manifest = json.loads(files[MANIFEST_FILE])
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        for name in (RECIPE_FILE, LOCK_FILE):
            (Path(scratch) / name).write_bytes(files[name])  # beside each other, so that the modules are checked
        recipe = parse_recipe(tomllib.loads(files[RECIPE_FILE].decode()), base=Path(root))
        variant = parse_variant(manifest["variant"])
        run(replace(recipe, path=Path(scratch) / RECIPE_FILE, variants=(variant,)), place, shows=shows)
    made = make_bundle(place / "artifacts" / str(variant), out=place / file.name)
    return Reproduction(
        bundle=made, same=made.read_bytes() == file.read_bytes(), differences=tuple(_differences(files, unpacked(made)))
    )


def _differences(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Return what differs: tools first, which may be why, then files."""
    manifests = [json.loads(files[MANIFEST_FILE]) for files in (before, after)]
    tools = [manifest["made_with"] for manifest in manifests]
    found = [
        f"{tool}: {tools[0].get(tool, 'none')} then, {tools[1].get(tool, 'none')} now"
        for tool in sorted({*tools[0], *tools[1]})
        if tools[0].get(tool) != tools[1].get(tool)
    ]
    for name in sorted({*before, *after} - {MANIFEST_FILE}):
        if name not in after or name not in before:
            found.append(f"{name} is only in the {'old' if name in before else 'new'} one")
        elif before[name] != after[name]:
            found.append(f"{name}: {_changed(before[name], after[name])}")
    errors = [manifest["golden"] for manifest in manifests]
    found += [
        f"{name}: golden samples are {errors[0][name]['error']:.4g} from the original then, "
        f"{errors[1][name]['error']:.4g} now"
        for name in errors[0]
        if name in errors[1] and errors[0][name]["error"] != errors[1][name]["error"]
    ]
    return found


def _changed(before: bytes, after: bytes) -> str:
    if len(before) != len(after):
        return f"{len(before)} bytes then, {len(after)} now"
    return f"{sum(a != b for a, b in zip(before, after, strict=True))} of {len(before)} bytes differ"
