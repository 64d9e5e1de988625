"""Options of commands that take a model, which say of it what it does not say itself, and of those that take data."""

from __future__ import annotations

import argparse


def add_data(subparser: argparse.ArgumentParser, help_text: str, *, required: bool = False) -> None:
    """Add where samples are, and what becomes of those that cannot be read."""
    subparser.add_argument("--data", required=required, help=help_text)
    subparser.add_argument(
        "--skip-bad", action="store_true", help="leave samples out that cannot be read, and say which"
    )


def add_range(subparser: argparse.ArgumentParser) -> None:
    """Add what says between which values pixels lie."""
    subparser.add_argument(
        "--range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="what a finished image model expects of its pixels",
    )


def add_model(subparser: argparse.ArgumentParser) -> None:
    """Add all that may be said of a model."""
    add_range(subparser)
    add_statements(subparser)


def add_size(subparser: argparse.ArgumentParser) -> None:
    """Add what says how large photos are."""
    subparser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("HEIGHT", "WIDTH"),
        help="of photos in pixels, for a model that leaves it free",
    )


def add_statements(subparser: argparse.ArgumentParser) -> None:
    """Add what may be said of a model whose range is still to be found."""
    add_size(subparser)
    subparser.add_argument("--labels", metavar="FILE", help="names of the classes of a model that has none, one a line")
    subparser.add_argument("--signature", help="of a finished model (default: serving_default, or the only one)")
    subparser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="DIGEST",
        help="of a model that may do more than compute (edgekit inspect)",
    )
    subparser.add_argument(
        "--import",
        action="append",
        default=[],
        dest="imports",
        metavar="FILE",
        help="Python file with the model's own classes of Keras; it is run, so trust it",
    )
    subparser.add_argument(
        "--root", metavar="DIR", help="where the modules lie that layers of a Keras file name (default: its folder)"
    )
