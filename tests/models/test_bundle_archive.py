"""The file of a bundle: the same bytes each time, a model on a page of its own, and no byte that may change."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgekit.bundle.build import make_bundle
from edgekit.errors import BundleError
from edgekit.models.artifact import load_artifact
from edgekit.models.bundle_archive import PAGE, bundle_digest, packed, unpacked
from edgekit.system.digests import bytes_digest


def test_the_same_run_gives_the_same_bytes(bundle: Path, demo_run: Path, tmp_path: Path) -> None:
    again = make_bundle(demo_run / "artifacts" / "tflite-int8", out=tmp_path / "again")
    assert again.read_bytes() == bundle.read_bytes()


def test_a_model_can_be_mapped_from_it(bundle: Path, demo_run: Path) -> None:
    model = (demo_run / "artifacts" / "tflite-int8" / "model.tflite").read_bytes()
    content = bundle.read_bytes()
    place = content.index(model)
    assert place % PAGE == 0
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_each_changed_byte_is_noticed(tmp_path: Path) -> None:
    """All of a small one; of a real one some, below."""
    whole = packed({"a.txt": b"text", "model.tflite": b"TFL3"})
    small = whole[: whole.index(b"model.tflite") + 40] + whole[-300:]
    assert len(small) < len(whole)
    changed = tmp_path / "changed"
    places = [*range(200), *range(len(whole) - 300, len(whole))]
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1
        changed.write_bytes(content)
        with pytest.raises(BundleError, match=r"has changed since it was made|is no bundle|its end is missing"):
            bundle_digest(changed)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.6, 0.8, 0.999])
def test_a_bundle_with_a_changed_byte_is_not_loaded(bundle: Path, share: float, tmp_path: Path) -> None:
    content = bytearray(bundle.read_bytes())
    content[int(share * len(content))] ^= 1
    changed = tmp_path / "changed.edgekit"
    changed.write_bytes(content)
    with pytest.raises(BundleError if share else Exception):
        load_artifact(changed)
    assert load_artifact(bundle).name == "tflite-int8"


@given(st.dictionaries(st.text("abc/._", min_size=1, max_size=12), st.binary(max_size=50), min_size=1, max_size=5))
def test_what_goes_in_comes_out(files: dict[str, bytes]) -> None:
    import tempfile

    names = {name: data for name, data in files.items() if not name.startswith("/") and ".." not in name}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(packed(names))
        assert bundle_digest(path)
        found = unpacked(path)
    assert found == names


@pytest.mark.parametrize("name", ["/etc/passwd", "a/../../b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(packed({name: b"x"}))
    bundle_digest(path)  # it is whole; only what is in it is bad
    with pytest.raises(BundleError, match="which no bundle does"):
        unpacked(path)


def test_a_compressed_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1_000_000))
        archive.comment = b"0" * 71
    content = path.read_bytes()[:-71]
    path.write_bytes(content + bytes_digest(content).encode())
    with pytest.raises(BundleError, match="which no bundle does"):
        load_artifact(path)
