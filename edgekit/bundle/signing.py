"""Signing a bundle by a key of one's own, and checking it: the OpenSSF's model signing, with no server involved.

The signature is a file beside the bundle that the library's own command verifies, too:
``model_signing verify key BUNDLE --signature BUNDLE.sig --public_key KEY.pub``; https://github.com/sigstore/model-transparency
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from edgekit.errors import BundleError
from edgekit.system.files import write_bytes
from edgekit.system.optional import require
from edgekit.system.printable import reason_of

PASSWORD = "EDGEKIT_KEY_PASSWORD"  # noqa: S105 - the name of a variable
"""Environment variable: the password of an encrypted key."""


def signature_path(bundle: Path) -> Path:
    """Return where the signature of a bundle lies: beside it."""
    return bundle.with_name(f"{bundle.name}.sig")


def signer(key: Path) -> Any:
    """Return what signs by a private key of an elliptic curve (PEM).

    Raises:
        BundleError: The key cannot be used.
        MissingExtraError: The library is not installed.
    """
    signing, password = _library("signing"), os.environ.get(PASSWORD)
    try:
        secret = None if password is None else password.encode()
        return signing.Config().use_elliptic_key_signer(private_key=key, password=secret)
    except Exception as error:  # of cryptography, of many kinds
        reason = reason_of(error, longest=200)
        raise BundleError(
            f"{key} cannot sign: {reason}; give a private key of P-256 in PEM, and the password of an encrypted "
            f"one by the variable {PASSWORD}",
            path=key,
        ) from error


def sign_bundle(bundle: Path, config: Any) -> Path:
    """Sign a bundle by what `signer` returned, and return the file of the signature."""
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        signature = Path(scratch) / "signature"
        config.sign(bundle, signature)
        write_bytes(signature_path(bundle), signature.read_bytes())
    return signature_path(bundle)


def check_key(key: Path) -> Any:
    """Return what checks signatures by a public key of an elliptic curve (PEM).

    Raises:
        BundleError: The key cannot be used.
        MissingExtraError: The library is not installed.
    """
    verifying = _library("verifying")
    try:
        return verifying.Config().use_elliptic_key_verifier(public_key=key)
    except Exception as error:  # as above
        raise BundleError(
            f"{key} cannot check: {reason_of(error, longest=200)}; give a public key of P-256 in PEM", path=key
        ) from error


def signature_problem(bundle: Path, key: Path) -> str | None:
    """Return what is wrong with the signature of a bundle, by a public key; None: it is good; raises as `check_key`."""
    config = check_key(key)
    signature = signature_path(bundle)
    if not signature.is_file():
        return f"there is no signature at {signature}"
    try:
        config.verify(bundle, signature)
    except Exception:  # as above; what it says of a wrong digest is bytes
        return f"{signature.name} is no signature of these bytes by {key.name}"
    return None


def _library(module: str) -> Any:
    return require(f"model_signing.{module}", asked="a signature", extra="sign")
