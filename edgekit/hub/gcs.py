"""Google Cloud Storage: models at ``gs://bucket/path``, by Google's own library.

Credentials are the library's business: the application default ones where there are any, else the bucket is asked as
anybody may. The emulator that STORAGE_EMULATOR_HOST names is honoured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgekit.errors import HandleError, ReachError
from edgekit.hub.downloads import Progress
from edgekit.hub.unpacked_tree import LIMITS, checked_name
from edgekit.system.optional import require

ADDRESS = re.compile(r"(?i:gs)://([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])/([^?#]+?)/*(?:#(\d+))?")
TIMEOUT, RETRIED = 60.0, 30.0
"""Seconds without an answer after which a request is given up, and seconds for which it is tried again."""


def fetch_bucket(address: str, folder: Path, progress: Progress | None) -> Path:
    """Fetch what lies at an address of a bucket: all objects below it, or the one that it names.

    Args:
        address: ``gs://BUCKET/PATH``; ``#GENERATION`` behind a single object takes that version of it.
        folder: An empty folder; what is fetched goes to ``folder/model``, or, for one object, to ``folder/body``.
        progress: Called with bytes done and bytes in all.

    Returns:
        ``folder/model`` or ``folder/body``.

    Raises:
        HandleError: Nothing is there, or a name leads outside of the folder.
        ReachError: It cannot be reached, or not be read with these credentials.
        MissingExtraError: Google's library is not installed.
    """
    objects = ADDRESS.fullmatch(address)
    if objects is None:
        raise HandleError(f"{address!r} is no address of a bucket: gs://BUCKET/PATH")
    bucket, path, generation = objects.groups()
    storage = require("google.cloud.storage", asked=f"a module at {address}", extra="gs")
    errors = require("google.api_core.exceptions", asked=f"a module at {address}", extra="gs")
    client = _client(storage)
    query = {"timeout": TIMEOUT, "retry": _retry()}
    try:
        if generation is None and (blobs := _blobs_below(client, bucket, path, query)):
            return _fetch_all(blobs, path, folder / "model", progress)
        blob = client.bucket(bucket).blob(path, generation=None if generation is None else int(generation))
        if not blob.exists(**query):
            raise HandleError(f"nothing is at {address}: neither an object nor a folder of objects")
        blob.reload(**query)
        _save(blob, folder / "body")
        return folder / "body"
    except errors.NotFound:
        raise HandleError(f"nothing is at {address}: there is no such bucket, or no such version") from None
    except (errors.Forbidden, errors.Unauthorized):
        raise ReachError(
            f"{address} may not be read with these credentials: gcloud auth application-default login, or set "
            f"GOOGLE_APPLICATION_CREDENTIALS"
        ) from None
    except errors.RetryError:
        raise ReachError(f"cannot fetch {address}: no answer for {RETRIED:g} seconds; try again later") from None
    except (errors.GoogleAPIError, OSError) as error:
        raise ReachError(f"cannot fetch {address}: {type(error).__name__}; try again later") from None


def _client(storage: Any) -> Any:
    auth = require("google.auth", asked="a module in a bucket", extra="gs")
    try:
        credentials, project = auth.default()
    except auth.exceptions.DefaultCredentialsError:
        return storage.Client.create_anonymous_client()
    return storage.Client(credentials=credentials, project=project)


def _retry() -> Any:
    retry = require("google.cloud.storage.retry", asked="a module in a bucket", extra="gs")
    return retry.DEFAULT_RETRY.with_timeout(RETRIED)


def _blobs_below(client: Any, bucket: str, path: str, query: Mapping[str, Any]) -> list[Any]:
    """Return the objects below a path; what ends in a slash only stands for a folder."""
    page: list[Any] = []
    for blob in client.list_blobs(bucket, prefix=f"{path}/", **query):
        if len(page) == LIMITS.members:
            raise HandleError(f"more than {LIMITS.members} objects are below gs://{bucket}/{path}")
        if not blob.name.endswith("/"):
            page.append(blob)
    total = sum(blob.size for blob in page)
    if total > LIMITS.total:
        raise HandleError(f"{total} bytes are below gs://{bucket}/{path}, more than {LIMITS.total}")
    return page


def _fetch_all(blobs: list[Any], path: str, folder: Path, progress: Progress | None) -> Path:
    done, total = 0, sum(blob.size for blob in blobs)
    for blob in blobs:
        target = folder / checked_name(blob.name.removeprefix(f"{path}/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        _save(blob, target)
        done += blob.size
        if progress is not None:
            progress(done, total)
    return folder


def _save(blob: Any, target: Path) -> None:
    """Write an object's bytes, which the library checks against the bucket's own checksum."""
    if blob.size > LIMITS.total:
        raise HandleError(f"{blob.name} has {blob.size} bytes, more than {LIMITS.total}")
    if target.exists():
        raise HandleError(f"the name {blob.name!r} is there twice, or is a folder's too")
    blob.download_to_filename(str(target), checksum="auto", timeout=TIMEOUT, retry=_retry())
    if target.stat().st_size != blob.size:
        raise ReachError(
            f"{blob.name} came with {target.stat().st_size} bytes, its bucket says {blob.size}", path=target
        )
