"""What the benchmarks work on: the flowers model where there is material, the demo's model everywhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from edgekit.data.splits import DataSplit, split_data
from edgekit.models.tuned_model import TunedModel
from edgekit.original.tuning import tune
from edgekit.pipeline.demo import write_demo
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import Recipe

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Workload:
    """Models and data in a scratch folder, made when they are first asked for."""

    scratch: Path

    @property
    def material(self) -> Path | None:
        """The folder of real modules and data, if there is one."""
        folder = Path(os.environ.get("EDGEKIT_MATERIAL", ROOT.parent / "shared" / "material"))
        return folder if folder.is_dir() else None

    @cached_property
    def recipe(self) -> Recipe:
        """The flowers recipe, or the demo's."""
        if self.material is None:
            return load_recipe(write_demo(self.scratch / "demo"))
        text = (ROOT / "examples" / "flowers.toml").read_text().replace("../../shared/material", str(self.material))
        path = self.scratch / "flowers.toml"
        path.write_text(text)
        return load_recipe(path)

    @cached_property
    def model(self) -> TunedModel:
        """The tuned model."""
        return tune(self.recipe, out=self.scratch / "tuned")

    @cached_property
    def split(self) -> DataSplit:
        """Training and held-out samples."""
        return split_data(self.recipe.data, self.recipe.base, lambda done, total: None)
