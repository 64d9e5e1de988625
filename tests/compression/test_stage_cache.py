"""Each stage is trained once: for another way that builds on it, and for the next run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgekit.compression import stage_cache
from edgekit.compression.stage_cache import compressed_graphs
from edgekit.contract.contract import Contract
from edgekit.errors import ConversionError
from edgekit.models.frozen_graph import FrozenGraph, save_frozen
from edgekit.recipe.recipe import CompressionRecipe
from edgekit.recipe.variants import Compression, Sparsity

CONTRACT = Contract(inputs=(), outputs=())
PRUNED = Compression(sparsity=Sparsity(percent=50))
TRAINED = Compression(sparsity=Sparsity(percent=50), qat=True)


class Here:
    """A child executor that works in this process."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., FrozenGraph], *arguments: Any) -> Future[FrozenGraph]:
        future: Future[FrozenGraph] = Future()
        future.set_result(work(*arguments))
        return future


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Compression]]:
    """What is compressed, in order: the folder of the graph that a stage starts from, and the stage."""
    done: list[tuple[str, Compression]] = []

    def compress(graph: FrozenGraph, stage: Compression, *_: Any, folder: Path, **__: Any) -> FrozenGraph:
        if stage.clusters is not None:
            raise ConversionError("no clusters today")
        done.append((graph.path.parent.name.partition("-")[0], stage))
        definition = SimpleNamespace(SerializeToString=lambda deterministic=True: b"graph")
        return save_frozen(folder, definition, graph, ranges={})

    monkeypatch.setattr(stage_cache, "ChildExecutor", Here)
    monkeypatch.setattr(stage_cache, "compress", compress)
    return done


def graphs(
    folder: Path, *compressions: Compression, settings: CompressionRecipe | None = None
) -> dict[Compression, Future[FrozenGraph]]:
    base: Future[FrozenGraph] = Future()
    base.set_result(FrozenGraph(path=folder / "base" / "frozen.pb", contract=CONTRACT))
    recipe = settings or CompressionRecipe()
    return compressed_graphs(compressions, base, recipe, None, CONTRACT, work=folder, shows=False)


def test_training_for_int8_starts_from_fewer_weights(stages: list[Any], tmp_path: Path) -> None:
    futures = graphs(tmp_path, PRUNED, TRAINED)
    assert stages == [("base", PRUNED), ("s50", TRAINED)]
    assert futures[TRAINED].result().path.parent.name.startswith("s50-qat-")


def test_the_next_run_trains_what_changed(stages: list[Any], tmp_path: Path) -> None:
    first = graphs(tmp_path, PRUNED)[PRUNED].result()
    assert graphs(tmp_path, PRUNED)[PRUNED].result() == first
    assert len(stages) == 1
    graphs(tmp_path, PRUNED, settings=CompressionRecipe(epochs=3))
    assert len(stages) == 2


def test_a_way_that_cannot_be_gone_holds_its_error_and_the_others_go_on(stages: list[Any], tmp_path: Path) -> None:
    clustered = Compression(clusters=16)
    futures = graphs(tmp_path, clustered, PRUNED)
    with pytest.raises(ConversionError, match="no clusters today"):
        futures[clustered].result()
    assert futures[PRUNED].result().path.name == "frozen.pb"


def test_nothing_to_do_is_the_graph_itself(stages: list[Any], tmp_path: Path) -> None:
    assert graphs(tmp_path, Compression())[Compression()].result().path.parent.name == "base"
    assert graphs(tmp_path) == {}
    assert stages == []
