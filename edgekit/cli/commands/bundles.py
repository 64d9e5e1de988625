"""Commands about what ships: bundle, verify, predict and reproduce."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgekit.cli.commands.placement import placements_of
from edgekit.cli.json_output import print_json
from edgekit.cli.output import bundles as output
from edgekit.errors import EdgekitError
from edgekit.system.progress import note, progress


def bundle(options: argparse.Namespace) -> int:
    """Write an artifact, with what proves it and the code that runs it, as one file."""
    from edgekit.bundle.build import certificate_of, make_bundle
    from edgekit.bundle.signing import sign_bundle, signer
    from edgekit.models.bundle_archive import bundle_digest, names_in

    if (options.model is None) != (options.data is None):
        raise EdgekitError("--model and --data go together: golden vectors are samples and the original's answers")
    key = None if options.sign is None else signer(Path(options.sign))  # what cannot sign is told before
    with progress("bundle") as advance:
        path = make_bundle(
            options.artifact, out=options.out, model=options.model, data=options.data, device=options.device
        )
        advance(1, 1, path.name)
    signature = None if key is None else sign_bundle(path, key)
    if options.device is not None and not any(name.startswith(("cpp/", "android/")) for name in names_in(path)):
        note("no Kotlin or C++ goes along: edgekit has it for models of one photo; the Python runner is there")
    certificate = certificate_of(path)
    value = {
        "bundle": str(path),
        "bytes": path.stat().st_size,
        "digest": bundle_digest(path),
        "signature": None if signature is None else str(signature),
        "parity": None if certificate is None else certificate["verdict"],
    }
    print_json(value) if options.json else output.bundle(value)
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check a bundle's bytes, and what it answers where it runs."""
    from edgekit.bundle.verify import verify_bundle

    with progress("verify") as advance:
        found = [
            verify_bundle(options.bundle, key=options.key, placement=placement).to_json()
            for placement in placements_of(options)
        ]
        advance(len(found), len(found), "devices")
    if len(found) == 1:
        print_json(found[0]) if options.json else output.verification(options.bundle, found[0])
    elif options.json:
        print_json({"devices": found})
    else:
        for value in found:
            output.verification(options.bundle, value)
    return 0 if all(value["ok"] for value in found) else 1


def predict(options: argparse.Namespace) -> int:
    """Answer raw inputs."""
    from edgekit.inference.prediction import predict as answers

    placements = placements_of(options)
    if len(placements) > 1:
        raise EdgekitError("predict runs on one device: give --device once")
    if options.top < 1:
        raise EdgekitError("--top is at least 1")
    found = []
    pixels = None
    if options.range is not None:  # what reads it takes its time to import
        from edgekit.cli.commands.models import pixel_range

        pixels = pixel_range(options)
    for each in answers(options.artifact, *options.inputs, top=options.top, placement=placements[0], pixels=pixels):
        found.append(each)
        if not options.json:
            output.prediction(each)
    if options.json:
        print_json({"predictions": found})
    return EdgekitError.exit_code if any("error" in each for each in found) else 0


def reproduce(options: argparse.Namespace) -> int:
    """Make a bundle again from its recipe."""
    from edgekit.pipeline.reproduction import reproduce as again

    found = again(options.bundle, out=options.out, root=options.root, shows=True).to_json()
    print_json(found) if options.json else output.reproduction(found)
    return 0 if found["same"] else 1
