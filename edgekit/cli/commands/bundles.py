"""Commands about what ships: bundle, verify and reproduce."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgekit.cli.commands.data import data_of
from edgekit.cli.commands.placement import placements_of
from edgekit.cli.json_output import print_json
from edgekit.cli.output import bundles as output
from edgekit.documents.bundle import BundleReport
from edgekit.errors import EdgekitError
from edgekit.system.progress import note, progress


def bundle(options: argparse.Namespace) -> int:
    """Write an artifact, with what proves it and the code that runs it, as one file."""
    from edgekit.bundle.build import certificate_of, make_bundle  # heavy
    from edgekit.bundle.signing import sign_bundle, signer  # heavy
    from edgekit.cli.commands.models import statements  # heavy
    from edgekit.inference.contenders import load_contender  # heavy
    from edgekit.models.bundle_archive import bundle_digest, names_in  # heavy
    from edgekit.original.statements import Statements  # heavy

    if (options.model is None) != (options.data is None):
        raise EdgekitError("--model and --data go together: golden vectors are samples and the original's answers")
    stated = statements(options)
    if options.model is None and stated != Statements():
        raise EdgekitError("what is said of a model, such as its --range, is said of the original: name it by --model")
    key = None if options.sign is None else signer(Path(options.sign))  # what cannot sign is told before
    with progress("bundle") as advance:
        original = None if options.model is None else load_contender(options.model, stated)
        path = make_bundle(
            options.artifact, out=options.out, model=original, data=data_of(options), device=options.device
        )
        advance(1, 1, path.name)
    signature = None if key is None else sign_bundle(path, key)
    if options.device is not None and not any(name.startswith(("cpp/", "android/")) for name in names_in(path)):
        note("no Kotlin or C++ goes along: edgekit has it for models of one photo; the Python runner is there")
    certificate = certificate_of(path)
    report = BundleReport(
        bundle=str(path),
        bytes=path.stat().st_size,
        digest=str(bundle_digest(path)),
        signature=None if signature is None else str(signature),
        parity=None if certificate is None else certificate.verdict,
    )
    print_json(report.to_json()) if options.json else output.bundle(report)
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check a bundle's bytes, and what it answers where it runs."""
    from edgekit.bundle.verify import verify_bundle  # heavy

    with progress("verify") as advance:
        reports = [
            verify_bundle(options.bundle, key=options.key, placement=placement) for placement in placements_of(options)
        ]
        advance(len(reports), len(reports), "devices")
    if not options.json:
        for report in reports:
            output.verification(options.bundle, report)
    elif len(reports) == 1:
        print_json(reports[0].to_json())
    else:
        print_json({"devices": [report.to_json() for report in reports]})
    return 0 if all(report.ok for report in reports) else 1


def reproduce(options: argparse.Namespace) -> int:
    """Make a bundle again from its recipe."""
    from edgekit.pipeline.reproduction import reproduce as again  # heavy

    report = again(options.bundle, out=options.out, root=options.root, shows=True)
    print_json(report.to_json()) if options.json else output.reproduction(report)
    return 0 if report.same else 1
