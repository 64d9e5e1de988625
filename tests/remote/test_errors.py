"""A device's refusal is an answer to be told on: it is no error of the library until somebody says whose it is."""

from __future__ import annotations

import pytest

from edgekit.errors import EdgekitError
from edgekit.remote.errors import DelegateRefusedError, RefusedError


def test_a_refused_delegate_is_a_refusal() -> None:
    with pytest.raises(RefusedError, match="takes none"):
        raise DelegateRefusedError("takes none")
    assert not isinstance(RefusedError("too old"), DelegateRefusedError)


def test_a_refusal_is_not_yet_an_error_of_the_library() -> None:
    assert not isinstance(DelegateRefusedError("takes none"), EdgekitError)
