"""Kaggle models, where TensorFlow Hub's modules live now: resolved and asked for by Kaggle's own library.

What it answers is an archive, which is unpacked here with all that `edgekit.hub.archives` checks. Credentials are the
library's business: KAGGLE_USERNAME and KAGGLE_KEY, KAGGLE_API_TOKEN, or its files in ``~/.kaggle``; public models
need none.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgekit.errors import HandleError, ReachError
from edgekit.hub.downloads import MAX_BYTES, Progress
from edgekit.system.optional import require

FRAMEWORKS = "tensorflow1|tensorflow2|tflite|tfjs|keras|jax|pytorch|onnx|other"
_NAMES = rf"(?P<owner>[\w.-]+)/(?P<model>[\w.-]+)/(?P<framework>{FRAMEWORKS})/(?P<variation>[\w.-]+)"
HANDLE = re.compile(rf"(?:kaggle://)?{_NAMES}(?:/(?P<version>\d+))?/*", re.IGNORECASE)
ADDRESS = re.compile(
    rf"https?://(?:www\.)?kaggle\.com/models/{_NAMES}(?:/(?:versions/)?(?P<version>\d+))?/*", re.IGNORECASE
)
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class KaggleModel:
    """A model's name at Kaggle; the version is None for the newest."""

    owner: str
    model: str
    framework: str
    variation: str
    version: int | None

    def __str__(self) -> str:
        """Return the handle as Kaggle writes it."""
        names = f"{self.owner}/{self.model}/{self.framework}/{self.variation}"
        return names if self.version is None else f"{names}/{self.version}"


def kaggle_model(handle: str) -> KaggleModel | None:
    """Return the model that a handle or an address of Kaggle names, or None if it is neither."""
    match = HANDLE.fullmatch(handle) or ADDRESS.fullmatch(handle)
    if match is None:
        return None
    names = match.groupdict()
    version = names.pop("version")
    return KaggleModel(**names, version=None if version is None else int(version))


def with_version(model: KaggleModel) -> KaggleModel:
    """Return a model with the number of its newest version, if it has none; Kaggle is asked.

    Raises:
        HandleError: There is no such model.
        ReachError: Kaggle cannot be reached, or refuses.
        MissingExtraError: Kaggle's library is not installed.
    """
    if model.version is not None:
        return model
    types = _library("kagglesdk.models.types.model_api_service", model)
    request = _request(types.ApiGetModelInstanceRequest(), model)
    with _answering(model) as client:
        return replace(model, version=int(client.models.model_api_client.get_model_instance(request).version_number))


def fetch_kaggle(model: KaggleModel, target: Path, progress: Progress | None) -> None:
    """Fetch the archive of a version, checked against the length and the checksum that come with it.

    Raises:
        HandleError: There is no such model or version, or it is too large.
        ReachError: Kaggle cannot be reached, refuses, or the archive came damaged.
    """
    types = _library("kagglesdk.models.types.model_api_service", model)
    request = _request(types.ApiDownloadModelInstanceVersionRequest(), model)
    request.version_number = model.version
    with _answering(model) as client:
        response = client.models.model_api_client.download_model_instance_version(request)
        with contextlib.closing(response):
            _save(response, target, model, progress)


def _library(name: str, model: KaggleModel) -> Any:
    return require(name, asked=f"the Kaggle model {model}", extra="kaggle")


def _request(request: Any, model: KaggleModel) -> Any:
    handle = _library("kagglehub.handle", model).parse_model_handle(str(model))
    request.owner_slug, request.model_slug = handle.owner, handle.model
    request.framework, request.instance_slug = handle.framework_enum(), handle.variation
    return request


@contextlib.contextmanager
def _answering(model: KaggleModel) -> Iterator[Any]:
    """Open Kaggle's client, what it prints going to stderr; its errors, whose texts name addresses, are not chained."""
    requests = _library("requests", model)
    clients = _library("kagglehub.clients", model)
    try:
        with contextlib.redirect_stdout(sys.stderr), clients.build_kaggle_client() as client:
            yield client
    except requests.HTTPError as error:
        status = None if error.response is None else error.response.status_code
        if status == 404:
            raise HandleError(
                f"Kaggle has no model {model}: check owner, name, framework, variation, version"
            ) from None
        if status in (401, 403):
            raise ReachError(
                f"Kaggle refuses {model} ({status}): accept its licence on its page, and set KAGGLE_USERNAME and "
                f"KAGGLE_KEY"
            ) from None
        raise ReachError(f"cannot fetch {model} from Kaggle: it answered {status}; try again later") from None
    except requests.RequestException as error:
        raise ReachError(f"cannot reach Kaggle for {model}: {type(error).__name__}; try again later") from None


def _save(response: Any, target: Path, model: KaggleModel, progress: Progress | None) -> None:
    length = response.headers.get("Content-Length")
    total = int(length) if length is not None and length.isdigit() else None
    digest, done = hashlib.md5(usedforsecurity=False), 0
    with target.open("wb") as file:
        for block in response.iter_content(CHUNK):
            done += len(block)
            if done > MAX_BYTES:
                raise HandleError(f"{model} has more than {MAX_BYTES} bytes")
            digest.update(block)
            file.write(block)
            if progress is not None:
                progress(done, total)
    if total is not None and done != total:
        raise ReachError(f"{model} came with {done} bytes, Kaggle said {total}; try again later")
    expected = _library("kagglehub.integrity", model).get_md5_checksum_from_response(response)
    if expected is not None and expected != base64.b64encode(digest.digest()).decode():
        raise ReachError(f"{model} came damaged: its checksum is not the one that Kaggle said; try again later")
