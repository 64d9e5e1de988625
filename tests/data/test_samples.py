"""What samples of every kind keep, so that nothing that reads them asks of which kind they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.data.samples import digest_values
from edgekit.data.targets import LABELS, VALUES, array_targets
from tests.data.kinds import all_kinds


@pytest.mark.parametrize("kind", ["arrays", "files", "fronted"])
def test_the_parts_of_samples_go_together(kind: str, tmp_path: Path) -> None:
    samples, contract = all_kinds(tmp_path)[kind]
    assert len(samples) == len(samples.names) == len(samples.labels or ()) == 4
    assert samples.classes == ("a", "b")
    assert samples.targets is None
    assert len({samples.content(index) for index in range(4)}) == 4
    some = samples.take([2, 0])
    assert some.names == (samples.names[2], samples.names[0])
    assert some.content(0) == samples.content(2)
    everything = samples.read(0, 4, contract)
    for name, array in some.read(0, 2, contract).items():
        np.testing.assert_array_equal(array, everything[name][[2, 0]])
    assert len(samples.take([])) == 0


@pytest.mark.parametrize("kind", ["arrays", "files", "fronted"])
def test_a_digest_is_of_one_choice_and_order(kind: str, tmp_path: Path) -> None:
    samples, _ = all_kinds(tmp_path)[kind]
    choices = ([0, 1, 2, 3], [1, 0, 2, 3], [0, 1, 2])
    assert len({samples.take(indices).digest() for indices in choices}) == 3
    assert samples.take([0, 1]).digest() == samples.take([0, 1]).digest()


def test_a_digest_knows_targets_and_their_kind() -> None:
    rows = np.array([[0.0, 1.0], [1.0, 0.0]])
    labels, values = array_targets(LABELS, rows), array_targets(VALUES, rows)
    assert digest_values(None) == []  # as digests of samples without targets were made before there were any
    assert digest_values(labels) == digest_values(array_targets(LABELS, rows))
    assert digest_values(labels) != digest_values(values)
    assert digest_values(values) != digest_values(array_targets(VALUES, rows + 1))
