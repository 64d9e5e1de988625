"""Recipes as values: which tasks and metrics there are, and which rules make sense."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.recipe import (
    METRIC_KIND,
    DataRecipe,
    ParityRecipe,
    Recipe,
    check_rule,
    metric_names,
    task_names,
    trains,
)
from edgekit.system import registry


def test_tasks_that_train_come_first() -> None:
    names = task_names()
    assert sorted(names) == registry.names("tasks")
    training = [trains(name) for name in names]
    assert training == sorted(training, reverse=True)
    assert set(training) == {True, False}


def test_a_recipe_trains_if_its_task_does() -> None:
    for task in task_names():
        assert Recipe(name="x", base=Path(), data=DataRecipe(), task=task).trains == trains(task)


def test_a_recipe_does_not_change() -> None:
    recipe = Recipe(name="x", base=Path(), data=DataRecipe())
    with pytest.raises(FrozenInstanceError):
        recipe.name = "y"  # type: ignore[misc]


def test_a_rule_needs_no_metric_and_takes_each() -> None:
    check_rule(ParityRecipe())
    for name in metric_names():
        check_rule(ParityRecipe(metric=name))
    with pytest.raises(RecipeError, match="no metric 'accurcy'; did you mean 'accuracy'"):
        check_rule(ParityRecipe(metric="accurcy"))


@pytest.mark.parametrize("name", registry.names(METRIC_KIND))
def test_a_threshold_goes_with_a_metric_that_has_one(name: str) -> None:
    threshold = registry.load(METRIC_KIND, name).THRESHOLD
    rule = ParityRecipe(metric=name, threshold=0.5)
    if threshold is not None:
        check_rule(rule)
        return
    with pytest.raises(RecipeError, match=rf"a threshold goes with a metric that has one \(.*\), not '{name}'"):
        check_rule(rule)


def test_a_threshold_alone_and_one_beyond_what_there_is() -> None:
    with pytest.raises(RecipeError, match="and none is named"):
        check_rule(ParityRecipe(threshold=0.5))
    check_rule(ParityRecipe(metric="cosine", threshold=1.0))
    with pytest.raises(RecipeError, match=r"threshold = 1\.5: cosine is at most 1"):
        check_rule(ParityRecipe(metric="cosine", threshold=1.5))
    check_rule(ParityRecipe(metric="sqnr", threshold=40.0))  # in dB, of which there is no most
