"""The shards of a comparison add up to the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.data.tables import TableSamples
from edgekit.evaluation.comparison import CHUNK, compare, shards
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import kept_answers
from edgekit.evaluation.right_answers import RightAnswers
from edgekit.evaluation.tally import Comparison
from edgekit.inference.placement import Placement
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 100])
@pytest.mark.parametrize("workers", [1, 3, 64])
def test_every_sample_is_in_one_shard(count: int, workers: int) -> None:
    ranges = shards(count, workers)
    assert [index for start, stop in ranges for index in range(start, stop)] == list(range(count))
    assert len(ranges) <= workers
    assert all(stop - start >= CHUNK for start, stop in ranges[:-1])


def test_shards_add_up_to_the_whole(tuned: TunedModel, demo_run: Path, held_out: TableSamples) -> None:
    answers = kept_answers(tuned, held_out)
    assert answers is not None
    check = Check(tuned, held_out, answers, ParityRecipe(), Placement())
    int8 = load_artifact(demo_run / "artifacts" / "tflite-int8")

    def part(start: int, stop: int) -> Comparison:
        return compare(check.shard(int8, start, stop))

    whole, pieces = part(0, 100), part(0, 33)
    pieces.merge(part(33, 100))
    assert isinstance(pieces.evidence, RightAnswers)
    assert isinstance(whole.evidence, RightAnswers)
    assert pieces.evidence.counts() == whole.evidence.counts()
    assert pieces.samples == whole.samples == whole.evidence.samples
    assert pieces.errors["probabilities"].max_abs == whole.errors["probabilities"].max_abs
    assert [entry.index for entry in pieces.worst] == [entry.index for entry in whole.worst]
