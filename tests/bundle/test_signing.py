"""A signature is of just these bytes by just this key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgekit.bundle.signing import sign_bundle, signer
from edgekit.bundle.verify import verify_bundle
from edgekit.cli.main import main
from edgekit.errors import BundleError
from tests.bundle.tampering import changed


def test_a_signature(bundle: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def write_key(name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        private, public = tmp_path / name, tmp_path / f"{name}.pub"
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private.write_bytes(key.private_bytes(*form))
        pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        public.write_bytes(key.public_key().public_bytes(*pem))
        return private, public

    copy = Path(shutil.copy(bundle, tmp_path / "digits.edgekit"))
    (private, public), (_, other) = write_key("mine"), write_key("other")
    unsigned = verify_bundle(copy, key=public)
    assert (unsigned.signature, unsigned.golden) == ("missing", None)
    assert unsigned.problems == (f"there is no signature at {copy}.sig",)
    sign_bundle(copy, signer(private))
    assert verify_bundle(copy).signature == "not checked"
    assert verify_bundle(copy, key=public).signature == "good"
    assert "is no signature of these bytes by other.pub" in verify_bundle(copy, key=other).problems[0]
    changed(bundle, copy, {"labels.txt": b"others"})  # whole by its own digest
    found = verify_bundle(copy, key=public)
    assert found.signature == "bad"
    assert found.golden is None  # what is not to be trusted is not run
    with pytest.raises(BundleError, match=r"cannot sign: .*EDGEKIT_KEY_PASSWORD"):
        signer(public)
    for wrong in (private, tmp_path / "none"):
        with pytest.raises(BundleError, match="cannot check"):
            verify_bundle(copy, key=wrong)


def test_an_encrypted_key(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    locked = serialization.BestAvailableEncryption(b"word")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    path = tmp_path / "key"
    path.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(*form))
    with pytest.raises(BundleError, match="EDGEKIT_KEY_PASSWORD"):
        signer(path)
    monkeypatch.setenv("EDGEKIT_KEY_PASSWORD", "word")
    copy = Path(shutil.copy(bundle, tmp_path / "digits.edgekit"))
    assert sign_bundle(copy, signer(path)).is_file()


def test_a_key_that_cannot_sign_writes_nothing(demo_run: Path, tmp_path: Path) -> None:
    words = ["bundle", str(demo_run / "artifacts" / "tflite-int8"), "--out", str(tmp_path / "x"), "--sign", "/no/key"]
    assert main(words) == 2
    assert not (tmp_path / "x").exists()
