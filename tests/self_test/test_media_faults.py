"""Faults of what goes in are those of each input's medium, and change nothing of inputs of others."""

from __future__ import annotations

import numpy as np

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import all_media
from edgekit.data.media.audio import Settings as AudioSettings
from edgekit.self_test.media_faults import contract_fault_names, in_contract, in_input, input_fault_names

SOUND = InputSpec.of("audio", name="sound", dtype="float32", shape=(None, 6), key="sound", sample_rate=8000)
PHOTO = InputSpec.of("image", name="photo", dtype="float32", shape=(None, 4, 4, 3), key="photo", range=(0.0, 1.0))
TENSOR = InputSpec.of("tensor", name="row", dtype="float32", shape=(None, 2), key="row")
WAVE = np.array([[1.0, 2, 3, 4, 5, 6]], np.float32)


def contract(*specs: InputSpec) -> Contract:
    return Contract(inputs=specs, outputs=())


def test_every_media_fault_is_listed_once() -> None:
    for names, attribute in ((contract_fault_names(), "contract_faults"), (input_fault_names(), "input_faults")):
        assert len(names) == len(set(names)) > 0
        assert set(names) == set().union(*(getattr(medium, attribute) for medium in all_media()))


def test_sounds_at_another_rate() -> None:
    faulty = in_contract("sample rate off")(contract(SOUND))
    assert faulty is not None
    settings = faulty.inputs[0].medium
    assert isinstance(settings, AudioSettings)
    assert settings.sample_rate == 16000
    halved = in_input("sample rate off")(contract(SOUND), {"sound": WAVE})
    assert halved is not None
    assert halved["sound"].tolist() == [[1, 3, 5, 0, 0, 0]]


def test_only_inputs_of_the_medium_get_the_fault() -> None:
    faulty = in_contract("sample rate off")(contract(TENSOR, SOUND))
    assert faulty is not None
    assert faulty.inputs[0] is TENSOR
    assert faulty.inputs[1] != SOUND
    row = np.ones([1, 2], np.float32)
    batch = in_input("sample rate off")(contract(TENSOR, SOUND), {"row": row, "sound": WAVE})
    assert batch is not None
    assert batch["row"] is row
    assert not np.array_equal(batch["sound"], WAVE)


def test_a_fault_of_another_medium_does_not_apply() -> None:
    assert in_contract("sample rate off")(contract(PHOTO)) is None
    assert in_contract("range off")(contract(PHOTO)) is not None
    assert in_input("sample rate off")(contract(TENSOR), {"row": np.ones([1, 2], np.float32)}) is None
    assert in_contract("range off")(contract()) is None
    assert in_input("no such fault")(contract(SOUND), {"sound": WAVE}) is None


def test_swapped_colours_show_in_coloured_photos_alone() -> None:
    photo = np.random.default_rng(0).random((1, 4, 4, 3)).astype(np.float32)
    swapped = in_input("channels swapped")(contract(PHOTO), {"photo": photo})
    assert swapped is not None
    np.testing.assert_array_equal(swapped["photo"], photo[..., ::-1])
