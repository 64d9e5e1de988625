"""Reproducing a bundle: its recipe runs again, and what comes out is held against what is there, file by file."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from edgekit.bundle.build import MANIFEST_FILE, make_bundle
from edgekit.documents.bundle import Manifest, ReproductionReport
from edgekit.errors import BundleError
from edgekit.models.bundle_archive import bundle_digest, unpacked
from edgekit.models.run_layout import LOCK_FILE, RECIPE_FILE
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import parse_recipe
from edgekit.recipe.variants import parse_variant


def reproduce(
    bundle: str | Path, *, out: str | Path, root: str | Path = ".", shows: bool = False
) -> ReproductionReport:
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
    file, folder = Path(bundle), Path(out)
    bundle_digest(file)
    files = unpacked(file)
    if RECIPE_FILE not in files:
        raise BundleError(f"{file} holds no recipe: its artifact was converted by itself")
    manifest = _manifest(files)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        for name in (RECIPE_FILE, LOCK_FILE):
            (Path(scratch) / name).write_bytes(files[name])  # beside each other, so that the modules are checked
        recipe = parse_recipe(tomllib.loads(files[RECIPE_FILE].decode()), base=Path(root))
        variant = parse_variant(manifest.variant)
        run(replace(recipe, path=Path(scratch) / RECIPE_FILE, variants=(variant,)), folder, shows=shows)
    again = make_bundle(folder / "artifacts" / str(variant), out=folder / file.name)
    return ReproductionReport(
        bundle=str(again),
        same=again.read_bytes() == file.read_bytes(),
        differences=tuple(_differences(files, unpacked(again))),
    )


def _manifest(files: Mapping[str, bytes]) -> Manifest:
    return Manifest.from_json(json.loads(files[MANIFEST_FILE]))


def _differences(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    """Return what differs: tools first, which may be why, then files."""
    then, now = _manifest(before), _manifest(after)
    for tool in sorted({*then.made_with, *now.made_with}):
        versions = then.made_with.get(tool, "none"), now.made_with.get(tool, "none")
        if versions[0] != versions[1]:
            yield f"{tool}: {versions[0]} then, {versions[1]} now"
    for name in sorted({*before, *after} - {MANIFEST_FILE}):
        if name not in after or name not in before:
            yield f"{name} is only in the {'old' if name in before else 'new'} one"
        elif before[name] != after[name]:
            yield f"{name}: {_changed(before[name], after[name])}"
    for name in sorted(then.golden.keys() & now.golden.keys()):
        errors = then.golden[name].error, now.golden[name].error
        if errors[0] != errors[1]:
            yield f"{name}: golden samples are {errors[0]:.4g} from the original then, {errors[1]:.4g} now"


def _changed(before: bytes, after: bytes) -> str:
    if len(before) != len(after):
        return f"{len(before)} bytes then, {len(after)} now"
    return f"{sum(a != b for a, b in zip(before, after, strict=True))} of {len(before)} bytes differ"
