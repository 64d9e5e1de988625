"""What variants share is made once, and kept under what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import Contract
from edgekit.conversion import intermediates
from edgekit.conversion.derivation import calibrate, convert_float, measure
from edgekit.conversion.intermediates import Intermediates, kept_in
from edgekit.data.loading import load_samples
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.variants import Compression

CONTRACT = Contract(inputs=(), outputs=())
GROUP = ("tflite", Compression())


class Children:
    """Child processes that write files with what they were asked to do."""

    def __init__(self) -> None:
        self.work: list[str] = []

    def submit(self, work: Callable[..., None], *arguments: Any) -> Future[None]:
        self.work.append(work.__name__)
        target: Path = arguments[-1]
        target.write_text(work.__name__)
        future: Future[None] = Future()
        future.set_result(None)
        return future


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def of(folder: Path, children: Any, threads: ThreadPoolExecutor, **changes: Any) -> Intermediates:
    graph: Future[FrozenGraph] = Future()
    graph.set_result(FrozenGraph(path=folder / "frozen.pb", contract=CONTRACT, ranges={"relu": (0.0, 6.0)}))
    settings: dict[str, Any] = {"method": "min-max", "calibration_digest": "digest", **changes}
    return Intermediates(
        graphs={Compression(): graph},
        contract=CONTRACT,
        calibration=load_samples({"x": np.zeros((2, 3), np.float32)}),
        children=children,
        threads=threads,
        **settings,
    )


def test_each_is_made_once(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    children = Children()
    shared = of(tmp_path, children, threads)
    ranges = [shared.ranges(GROUP).result() for _ in range(2)]
    assert shared.model(GROUP).result() == tmp_path / "float.tflite"
    assert shared.moments(GROUP).result().suffix == ".npz"
    assert ranges[0] == ranges[1]
    assert children.work == [convert_float.__name__, calibrate.__name__, measure.__name__]


def test_the_next_run_finds_them_unless_what_they_are_of_changed(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    of(tmp_path, Children(), threads).ranges(GROUP).result()
    children = Children()
    of(tmp_path, children, threads).ranges(GROUP).result()
    assert children.work == []
    for changes in ({"method": "entropy"}, {"calibration_digest": "of others"}):
        of(tmp_path, children, threads, **changes).ranges(GROUP).result()
    assert children.work == ["calibrate", "calibrate"]


def test_an_error_is_that_of_all_who_wait_for_it(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    class Failing(Children):
        """Child processes that die."""

        def submit(self, work: Callable[..., None], *arguments: Any) -> Future[None]:
            raise ValueError("no graph")

    shared = of(tmp_path, Failing(), threads)
    for future in (shared.model(GROUP), shared.ranges(GROUP), shared.moments(GROUP)):
        with pytest.raises(ValueError, match="no graph"):
            future.result()


def test_other_tools_and_other_models_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_text(name)
        models.append(TunedModel(path=tmp_path / name, contract=CONTRACT))
    folder = kept_in(tmp_path / "work", models[0])
    assert folder == kept_in(tmp_path / "work", models[0])
    assert folder != kept_in(tmp_path / "work", models[1])
    monkeypatch.setattr(intermediates, "installed_version", lambda tool: "another")
    assert folder != kept_in(tmp_path / "work", models[0])
