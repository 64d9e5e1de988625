"""Commands about what ships: bundle, verify and predict."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgekit.commands.printing import print_json
from edgekit.commands.where import places
from edgekit.console import progress
from edgekit.errors import EdgekitError
from edgekit.shown import bundles as shown


def bundle(options: argparse.Namespace) -> int:
    """Write an artifact, with what proves it and the code that runs it, as one file."""
    from edgekit.bundle.making import make_bundle
    from edgekit.bundle.signing import sign_bundle
    from edgekit.digests import file_digest

    if (options.model is None) != (options.data is None):
        raise EdgekitError("--model and --data go together: golden vectors are samples and the original's answers")
    with progress("bundle") as advance:
        path = make_bundle(options.artifact, out=options.out, model=options.model, data=options.data)
        advance(1, 1, path.name)
    signature = None if options.sign is None else sign_bundle(path, Path(options.sign))
    value = {
        "bundle": str(path),
        "bytes": path.stat().st_size,
        "sha256": file_digest(path).removeprefix("sha256:"),
        "signature": None if signature is None else str(signature),
    }
    print_json(value) if options.json else shown.bundle(value)
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check a bundle's bytes, and what it answers where it runs."""
    from edgekit.bundle.verifying import verify_bundle

    with progress("verify") as advance:
        found = [verify_bundle(options.bundle, key=options.key, where=place).to_json() for place in places(options)]
        advance(len(found), len(found), "devices")
    if len(found) == 1:
        print_json(found[0]) if options.json else shown.verification(options.bundle, found[0])
    elif options.json:
        print_json({"devices": found})
    else:
        for value in found:
            shown.verification(options.bundle, value)
    return 0 if all(value["ok"] for value in found) else 1


def predict(options: argparse.Namespace) -> int:
    """Answer raw inputs."""
    from edgekit.predicting import predict as answers

    where = places(options)
    if len(where) > 1:
        raise EdgekitError("predict runs on one device: give --device once")
    if options.top < 1:
        raise EdgekitError("--top is at least 1")
    found = answers(options.artifact, *options.inputs, top=options.top, where=where[0])
    if options.json:
        print_json({"predictions": list(found)})
        return 0
    for each in found:
        shown.prediction(each)
    return 0
