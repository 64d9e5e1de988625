"""Where things lie in a run's folder."""

from __future__ import annotations

from pathlib import Path

from edgekit.models.artifact import Artifact

WORK_FOLDER = ".edgekit"
"""Folder beside a run's model, with what the run keeps for the next one."""


def run_of(artifact: Artifact) -> Path | None:
    """Return the folder of the run that an artifact is of; None: of none, or it is a copy."""
    run = artifact.path.absolute().parent.parent
    if artifact.path.absolute().parent.name != "artifacts" or not (run / WORK_FOLDER).is_dir():
        return None
    return run if artifact.path.name == artifact.name else None


GOLDEN_FOLDER, RECIPE_FILE, LOCK_FILE, CARD_FILE = "golden", "recipe.toml", "recipe.lock", "card.json"
"""What is kept for bundles, in the work folder."""
