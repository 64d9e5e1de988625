"""What users type: commands and their options."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from edgekit.cli.choices import (
    Formatter,
    Listing,
    delegate_forms,
    device_forms,
    metric_names,
    planned_delegates,
    runtime_names,
)
from edgekit.cli.model_arguments import add_data, add_model, add_size, add_statements

SHELLS = ("bash", "zsh", "tcsh")
"""Shells in which commands can be completed."""
_Command = Callable[[str, str], argparse.ArgumentParser]
"""Makes the parser of a command of a name, with what it does."""


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors name the nearest known word and where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"edgekit: {message}{_hint(message)}\ntry: {self.prog} --help\n")


def _hint(message: str) -> str:
    """Return the nearest of the choices that argparse lists after a wrong one."""
    from edgekit.errors import nearest  # startup

    match = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
    return nearest(match[1], re.findall(r"'?([\w-]+)'?", match[2])) if match else ""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = _Parser(
        prog="edgekit",
        description="Ships tuned TensorFlow Hub modules to TFLite and ONNX, and proves that they still answer alike.",
    )
    root.add_argument("--version", action="store_true", help="print the version")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        subparser: argparse.ArgumentParser = commands.add_parser(
            name, help=text, description=text, formatter_class=Formatter
        )
        subparser.add_argument("--json", action="store_true", help="print one JSON object")
        subparser.add_argument("--debug", action="store_true", help="show tracebacks")
        subparser.add_argument("--offline", action="store_true", help="fetch nothing: use what is here or in the cache")
        return subparser

    _add_recipes(command)
    _add_models(command)
    _add_measuring(command)
    _add_bundles(command)
    _add_devices(command)
    return root


def _add_recipes(command: _Command) -> None:
    """Add what takes a recipe."""
    subparser = command("demo", "the whole job on handwritten digits, offline")
    subparser.add_argument("--out", default="edgekit-demo", help="folder of the run (default: edgekit-demo)")

    subparser = command("run", "tune, convert, compare and report, as a recipe says")
    subparser.add_argument("recipe", help="recipe (TOML)")
    subparser.add_argument("--out", required=True, help="folder of the run")

    subparser = command("tune", "only train the model of a recipe")
    subparser.add_argument("recipe", help="recipe (TOML)")
    subparser.add_argument("--out", required=True, help="folder of the run; the model goes to OUT/model")

    subparser = command("search", "find the best variants within limits, as [search] of a recipe says")
    subparser.add_argument("recipe", help="recipe (TOML)")
    subparser.add_argument("--out", required=True, help="folder of the search")

    subparser = command("lock", "pin the digests of a recipe's modules in a file beside it")
    subparser.add_argument("recipe", help="recipe (TOML)")


def _add_models(command: _Command) -> None:
    """Add what takes a model apart from a recipe."""
    subparser = command("inspect", "signatures, size, ops, risks and digest of a module")
    subparser.add_argument("handle", help="folder, archive, URL, .keras, .h5, .tflite or .onnx")
    add_data(subparser, "labelled photos: try which range and order of colours a finished model wants")
    add_statements(subparser)

    subparser = command("convert", "convert a model to variants")
    subparser.add_argument("model", help="DIR/model, or a finished model")
    subparser.add_argument("variants", nargs="+", metavar="VARIANT", help="such as tflite-int8 or onnx-fp16")
    subparser.add_argument("--out", required=True, help="folder of the artifacts")
    add_data(subparser, "samples to calibrate and train with: class folders, .csv or .npz")
    subparser.add_argument("--samples", type=int, default=100, help="calibration samples (default: 100)")
    subparser.add_argument("--method", default="min-max", help="of calibration: min-max, percentile, mse or entropy")
    subparser.add_argument("--rounding", help="of weights: gptq (default), which needs --data, or nearest")
    subparser.add_argument(
        "--except",
        dest="overrides",
        action="append",
        default=[],
        metavar="PATTERN",
        help="operators to leave in float, by a pattern in their names",
    )
    subparser.add_argument("--epochs", type=int, default=16, help="of pruning, clustering and -qat; 0: in one shot")
    add_model(subparser)

    subparser = command("debug", "find where the error of a TFLite artifact enters: stage, operators, reproducer")
    subparser.add_argument("model", help="DIR/model, or a finished model")
    subparser.add_argument("artifact", help="artifact's folder, or a TFLite file")
    add_data(subparser, "samples: class folders, .csv or .npz", required=True)
    subparser.add_argument("--samples", type=int, default=16, help="how many of them (default: 16)")
    subparser.add_argument("--out", default="edgekit-debug", help="folder of what it writes (default: edgekit-debug)")
    add_model(subparser)


def _add_measuring(command: _Command) -> None:
    """Add what runs an artifact where it is to run."""
    subparser = command("parity", "compare an artifact with its original, or any two models")
    subparser.add_argument(
        "model", help="DIR/model, or a finished model, an artifact, a TFLite or ONNX file; left out with --against"
    )
    subparser.add_argument(
        "artifacts",
        nargs="*",
        metavar="artifact",
        help="likewise, such as an artifact's folder or a bundle; several ask the original once",
    )
    add_data(subparser, "held-out samples: class folders, .csv or .npz", required=True)
    subparser.add_argument(
        "--metric",
        help=Listing("by what it is judged (default: by the model)", metric_names),
    )
    subparser.add_argument(
        "--max-drop",
        type=float,
        default=0.02,
        help="limit of the drop of the score, or of the share of samples that do not agree (default: 0.02)",
    )
    subparser.add_argument(
        "--threshold", type=float, help="similarity from which on a sample agrees, for other metrics"
    )
    subparser.add_argument("--confidence", type=float, default=0.95, help="of the intervals (default: 0.95)")
    subparser.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="OURS=THEIRS",
        help="what an input or output is called in ARTIFACT",
    )
    subparser.add_argument("--against", metavar="OLD", help="compare with an older release, a bundle or artifact")
    subparser.add_argument(
        "--self-test", action="store_true", help="make faults on purpose, and see by what each is noticed"
    )
    add_model(subparser)
    _add_where(subparser)

    subparser = command("bench", "measure the latency of an artifact")
    subparser.add_argument("artifact", help="artifact's folder, a bundle, or a TFLite or ONNX file")
    subparser.add_argument("--runs", type=int, default=50, help="number of runs (default: 50)")
    add_size(subparser)
    _add_where(subparser)


def _add_bundles(command: _Command) -> None:
    """Add what makes, checks and uses bundles."""
    subparser = command("bundle", "one file that holds an artifact, what proves it, and the code that runs it")
    subparser.add_argument("artifact", help="artifact's folder")
    subparser.add_argument("--out", required=True, metavar="FILE", help="the bundle")
    subparser.add_argument("--model", help="of an artifact of no run, its original")
    add_data(subparser, "likewise, samples that become golden vectors: class folders, .csv or .npz")
    subparser.add_argument(
        "--device", metavar="PROFILE", help="what it is for: a phone gets Kotlin, others C++ besides Python"
    )
    subparser.add_argument("--sign", metavar="KEY", help="private key (PEM) that signs it, into FILE.sig")
    add_model(subparser)

    subparser = command("verify", "check that a bundle is as it was made, and answers here as it did there")
    subparser.add_argument("bundle", help="the file")
    subparser.add_argument("--key", help="public key (PEM) that it has to be signed by")
    _add_where(subparser)

    subparser = command("predict", "answer photos, sentences or sounds")
    subparser.add_argument("artifact", help="bundle, artifact's folder, or a TFLite or ONNX file")
    subparser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="file, folder, pattern, sentence, @FILE of sentences, - or camera:0; of several inputs NAME=VALUE",
    )
    subparser.add_argument("--top", type=int, default=5, help="number of labels (default: 5)")
    add_model(subparser)
    _add_where(subparser)

    subparser = command("reproduce", "run the recipe of a bundle again, and say what differs")
    subparser.add_argument("bundle", help="the file")
    subparser.add_argument("--out", required=True, help="folder of the new run")
    subparser.add_argument("--root", default=".", help="folder that the recipe's paths start from (default: this one)")


def _add_devices(command: _Command) -> None:
    """Add what is about devices."""
    subparser = command("plan", "say which operators a delegate takes, why not the others, and what would help")
    subparser.add_argument("artifact", help="artifact's folder, a bundle, or a TFLite or ONNX file")
    subparser.add_argument(
        "--delegate", required=True, help=Listing("accelerator, of files of a format", planned_delegates)
    )
    subparser.add_argument("--out", metavar="FILE", help="where edgetpu_compiler's model goes, if it is installed")
    subparser.add_argument("--overlay", metavar="FILE", help="where the plan goes for Google's Model Explorer (TFLite)")

    subparser = command("devices", "list the device profiles")
    subparser.add_argument("name", nargs="?", help="one of them")

    subparser = command("completion", "print what completes commands and options in a shell")
    subparser.add_argument("shell", choices=SHELLS, help='as in: eval "$(edgekit completion bash)"')

    subparser = command("doctor", "say what this machine, or a device, can do, and what is missing")
    subparser.add_argument("--device", default="host", metavar="ADDRESS", help=Listing("its address", device_forms))


def _add_where(subparser: argparse.ArgumentParser) -> None:
    subparser.add_argument(
        "--device",
        action="append",
        metavar="ADDRESS",
        help=Listing("where it runs, may be given several times (default: host)", device_forms),
    )
    subparser.add_argument("--delegate", help=Listing("accelerator", delegate_forms))
    subparser.add_argument(
        "--delegate-option", action="append", default=[], metavar="KEY=VALUE", help="of an external delegate"
    )
    subparser.add_argument(
        "--fallback", action="store_true", help="run on the CPU where the delegate cannot, with a warning"
    )
    subparser.add_argument("--runtime", help=Listing("what runs it", runtime_names))
    subparser.add_argument("--threads", type=int, default=1, help="threads of the runtime (default: 1)")
    subparser.add_argument(
        "--benchmark-model", metavar="FILE", help="Google's benchmark_model, for a phone that lacks it"
    )
    subparser.add_argument("--cpus", help="processors that it may run on, such as 0,1 or 4-7")
