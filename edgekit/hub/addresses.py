"""Addresses on the web: what of one may be shown, where a redirect may lead, and which token goes to which host.

Addresses may hold passwords and tokens, so no message and no file ever names one but through `public_url`.
"""

from __future__ import annotations

import os
import re
import urllib.parse

from edgekit.errors import HandleError


def public_url(url: str) -> str:
    """Return ``url`` without user, password, query and fragment: all that may be shown or stored."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "(an address that is not valid)"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"


def redirected(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        HandleError: Somewhere that is not http or https, or from https to plain http, where anyone can change it.
    """
    try:
        new = urllib.parse.urljoin(url, location)
        old_scheme, new_scheme = (urllib.parse.urlsplit(address).scheme for address in (url, new))
    except ValueError:
        raise HandleError(f"{public_url(url)} redirects to an address that is not valid") from None
    if new_scheme != "https" and new_scheme != old_scheme:
        raise HandleError(f"{public_url(url)} redirects from {old_scheme} to {new_scheme}, which is not followed")
    return new


def token_variable(url: str) -> str:
    """Return the name of the environment variable that holds the token of a host, as ``EDGEKIT_TOKEN_EXAMPLE_COM``."""
    host = urllib.parse.urlsplit(url).hostname or ""
    return "EDGEKIT_TOKEN_" + re.sub(r"[^A-Za-z0-9]", "_", host).upper()


def login_headers(url: str) -> dict[str, str]:
    """Return the header with the token for just this host; after a redirect to another, that one's or none.

    Names and passwords of ~/.netrc are sent by requests itself.

    Raises:
        HandleError: The token would be sent in clear over a network.
    """
    token = os.environ.get(token_variable(url))
    if not token:
        return {}
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise HandleError(f"{public_url(url)}: the token in {token_variable(url)} is sent over https only")
    return {"Authorization": f"Bearer {token}"}
