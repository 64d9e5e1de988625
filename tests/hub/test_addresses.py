"""Addresses: what of one is shown, and where a redirect may lead."""

from __future__ import annotations

import pytest

from edgekit.errors import HandleError
from edgekit.hub.addresses import public_url, redirected


def test_a_redirect_never_gives_up_tls() -> None:
    assert redirected("http://a/x", "https://b/y") == "https://b/y"
    assert redirected("https://a/x", "//b/y") == "https://b/y"
    with pytest.raises(HandleError, match="from https to http"):
        redirected("https://a/x", "http://a/x")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@Hub.example:8080/a/b@c?token=1#x", "https://hub.example:8080/a/b@c"),
        ("http://[::1]:80/x?y", "http://[::1]:80/x"),
        ("https://hub.example?token=1", "https://hub.example"),
        ("http://u:p@host:port/", "(an address that is not valid)"),
        ("gs://bucket/path", "gs://bucket/path"),
    ],
)
def test_public_url(url: str, shown: str) -> None:
    assert public_url(url) == shown
