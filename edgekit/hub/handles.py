"""Handles: the names under which users know modules, turned into local folders and files.

A handle is a folder, a model file, an archive, an http(s) address, one of a bucket, or the name of a Kaggle model. An
http(s) address is asked by the protocol of TensorFlow Hub: ``?tf-hub-format=compressed`` is added to it, redirects are
followed, and the answer is an archive, told by its content
(https://www.tensorflow.org/hub/model_compression_protocol). Archives are unpacked into the cache, once.
"""

from __future__ import annotations

import functools
import hashlib
import os
import urllib.parse
from collections.abc import Iterable
from pathlib import Path

from edgekit.errors import HandleError, ReachError, nearest
from edgekit.hub.addresses import public_url
from edgekit.hub.archives import archive_kind, extract
from edgekit.hub.downloads import Progress, download
from edgekit.hub.gcs import fetch_bucket
from edgekit.hub.kaggle import KaggleModel, fetch_kaggle, kaggle_model, with_version
from edgekit.system.cache import cache_folder, filled
from edgekit.system.digests import file_digest
from edgekit.system.files import missing_part

__all__ = ["Progress", "resolve"]

MODEL_SUFFIXES = (".keras", ".h5", ".hdf5", ".tflite", ".onnx")
ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
FOLDER_SIGNS = ("saved_model.pb", "saved_model.pbtxt")
OFFLINE_VARIABLE = "EDGEKIT_OFFLINE"
MOST_LISTED = 5  # names in a message, so that it stays a line
JUNK = ("__MACOSX",)  # what a Mac adds to a zip


def resolve(
    handle: str, *, base: Path | None = None, cache: Path | None = None, progress: Progress | None = None
) -> Path:
    """Return the local folder or file that ``handle`` names, fetched or unpacked first where needed.

    Args:
        handle: A SavedModel folder; a ``.keras``, ``.h5``, ``.hdf5``, ``.tflite`` or ``.onnx`` file; a tar or zip
            archive that holds one of these; an http(s) address of an archive or file, by the hub protocol;
            ``gs://BUCKET/PATH``; or a Kaggle model, ``OWNER/MODEL/FRAMEWORK/VARIATION[/VERSION]`` or its address.
        base: The folder that a relative path starts from; by default the current one.
        cache: Where to keep what was fetched or unpacked; see `edgekit.system.cache.cache_folder`.
        progress: Called with bytes done and bytes in all while something is fetched.

    Returns:
        An absolute path: the folder with ``saved_model.pb``, or the model file.

    Raises:
        HandleError: It names nothing, or something that is broken, unsupported or not to be trusted.
        ReachError: The server cannot be reached.
        OutputError: The cache cannot be written.
    """
    scheme = handle.partition("://")[0].lower() if "://" in handle else ""
    model = kaggle_model(handle)
    if scheme == "kaggle" and model is None:
        raise HandleError(
            f"{handle!r} is no Kaggle model: kaggle://OWNER/MODEL/FRAMEWORK/VARIATION[/VERSION]", handle=handle
        )
    # A path that looks like the name of a Kaggle model and is there is a path.
    if model is not None and (scheme or not _local_path(handle, base).exists()):
        return _from_kaggle(model, cache_folder(cache), progress)
    if scheme == "gs":
        return _from_bucket(handle, cache_folder(cache), progress)
    if scheme in ("http", "https"):
        return _from_web(handle, cache_folder(cache), progress)
    if scheme:
        raise HandleError(
            f"{scheme}:// handles are not supported: {public_url(handle)!r}; download the model yourself and give its "
            f"folder or archive",
            handle=public_url(handle),
        )
    return _from_path(handle, _local_path(handle, base), cache_folder(cache))


def _local_path(handle: str, base: Path | None) -> Path:
    if not handle or "\0" in handle:
        raise HandleError(
            f"{handle!r} is no handle; give a folder, a model file, an archive or an https:// address", handle=handle
        )
    try:
        path = Path(handle).expanduser()
    except RuntimeError as error:  # ~name, and no such user
        raise HandleError(
            f"cannot expand the handle {handle!r}: {error}; write the path in full", handle=handle
        ) from error
    return ((base or Path()) / path).absolute()


def _from_path(handle: str, path: Path, cache: Path) -> Path:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _nowhere(handle, path) from None
    except OSError as error:
        raise HandleError(f"cannot read {path}: {error.strerror}", path=path) from error
    if path.is_dir() or path.name.lower().endswith(MODEL_SUFFIXES):
        return path
    # Neither a device nor a pipe is opened: reading one may never end.
    if path.is_file() and (path.name.lower().endswith(ARCHIVE_SUFFIXES) or archive_kind(path)):
        return _from_archive(path, cache)
    raise HandleError(f"{path} is not a model: give {_choices()}{_folder_hint(path)}", path=path)


def _nowhere(handle: str, path: Path) -> HandleError:
    """Say where a handle led, and what is there instead, next to the first part of the path that does not exist."""
    hint = nearest(*missing_part(path)) or f"; give {_choices()}"
    return HandleError(f"nothing is at {path}, where the handle {handle!r} points{hint}", path=path, handle=handle)


def _choices() -> str:
    return f"a SavedModel folder, a {', '.join(MODEL_SUFFIXES)} file, a tar or zip archive, or an https:// address"


def _folder_hint(path: Path) -> str:
    return f"; did you mean its folder, {path.parent}?" if path.name in FOLDER_SIGNS else ""


def _from_archive(archive: Path, cache: Path) -> Path:
    key = "archive-" + file_digest(archive).hex
    entry = filled(cache, key, functools.partial(_unpack, archive, str(archive)), about={"archive": archive.name})
    return _model_in(entry / "model", str(archive))


def _unpack(archive: Path, name: str, folder: Path) -> None:
    extract(archive, folder / "model", name=name)
    _model_in(folder / "model", name)  # an archive without a model is not worth keeping


def _from_web(handle: str, cache: Path, progress: Progress | None) -> Path:
    url = _module_url(handle)
    key = "url-" + hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()
    entry = filled(cache, key, functools.partial(_fetch, url, progress), about={"url": public_url(url)})
    return _model_in(entry / "model", public_url(url))


def _from_bucket(handle: str, cache: Path, progress: Progress | None) -> Path:
    def fetch(folder: Path) -> None:
        _forbid_offline(handle)
        folder = fetch_bucket(handle, folder, progress)
        if folder.name == "body":
            _take_body(folder, handle, Path(handle.partition("#")[0]).suffix.lower())

    key = "gs-" + hashlib.sha256(handle.rstrip("/").encode(errors="surrogateescape")).hexdigest()
    return _model_in(filled(cache, key, fetch, about={"bucket": handle}) / "model", handle)


def _from_kaggle(model: KaggleModel, cache: Path, progress: Progress | None) -> Path:
    if model.version is None:
        _forbid_offline(f"the newest version of {model}", advice=f"; state a version that was fetched, {model}/N")
    exact = with_version(model)

    def fetch(folder: Path) -> None:
        _forbid_offline(str(exact))
        fetch_kaggle(exact, folder / "body", progress)
        _take_body(folder / "body", str(exact), "")

    key = "kaggle-" + hashlib.sha256(str(exact).lower().encode()).hexdigest()
    return _model_in(filled(cache, key, fetch, about={"kaggle": str(exact)}) / "model", str(exact))


def _forbid_offline(what: str, *, advice: str = "") -> None:
    if os.environ.get(OFFLINE_VARIABLE) not in (None, "", "0"):
        raise ReachError(
            f"{what} is not in the cache, and nothing is fetched while {OFFLINE_VARIABLE} is set{advice}",
            setting="offline",
        )


def _take_body(body: Path, name: str, suffix: str) -> None:
    """Make ``model`` beside what was fetched: the model file that it is, or what the archive holds."""
    if suffix in MODEL_SUFFIXES:
        (body.parent / "model").mkdir()
        body.rename(body.parent / "model" / f"model{suffix}")
    else:
        _unpack(body, name, body.parent)
        body.unlink()


def _module_url(handle: str) -> str:
    """Return the address to fetch: the hub's for a module, the handle itself for a file."""
    try:
        parts = urllib.parse.urlsplit(handle)._replace(fragment="")
    except ValueError:
        raise HandleError(
            f"{public_url(handle)} cannot be fetched: check how the handle is written", handle=public_url(handle)
        ) from None
    named = parts.path.lower().endswith(MODEL_SUFFIXES + ARCHIVE_SUFFIXES)
    if not named and "tf-hub-format" not in urllib.parse.parse_qs(parts.query):
        parts = parts._replace(query=f"{parts.query}&tf-hub-format=compressed".lstrip("&"))
    return urllib.parse.urlunsplit(parts)


def _fetch(url: str, progress: Progress | None, folder: Path) -> None:
    _forbid_offline(public_url(url))
    download(url, folder / "body", progress=progress)
    _take_body(folder / "body", public_url(url), Path(urllib.parse.urlsplit(url).path).suffix.lower())


def _model_in(folder: Path, name: str) -> Path:
    """Return the SavedModel or the only model file in an unpacked archive, below any number of single folders."""
    children = sorted(child for child in folder.iterdir() if _counts(child))
    if any((folder / sign).is_file() for sign in FOLDER_SIGNS):
        return folder
    models = [child for child in children if child.suffix.lower() in MODEL_SUFFIXES and child.is_file()]
    folders = [child for child in children if child.is_dir()]
    if len(models) == 1:
        return models[0]
    if not models and len(folders) == 1:
        return _model_in(folders[0], name)
    raise HandleError(f"{name} does not hold one model: no saved_model.pb, but {_listed(models or children)}")


def _counts(child: Path) -> bool:
    return not child.name.startswith(".") and child.name not in JUNK


def _listed(children: Iterable[Path]) -> str:
    names = [child.name for child in children]
    if not names:
        return "nothing"
    return ", ".join(map(repr, names[:MOST_LISTED])) + (", ..." if len(names) > MOST_LISTED else "")
