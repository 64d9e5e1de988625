"""The command line of a bundle: labels of photos, sentences and sounds, or its digest and its golden vectors."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

from edgekit_model import HERE, Array, Batch, Model, Raw, Spec, check_digest, read


def verify(threads: int, delegate: Optional[str]) -> List[str]:
    """Run the golden vectors; return what is wrong, as sentences."""
    import numpy as np  # edgekit_model says what to do where it is missing

    check_digest()
    manifest = json.loads(read("manifest.json"))
    problems = [
        name + " is not the file that the manifest names"
        for name, entry in manifest["files"].items()
        if hashlib.sha256(read(name)).hexdigest() != entry["sha256"]
    ]
    model, golden = Model(threads, delegate), json.loads(read("golden/golden.json"))
    with tempfile.TemporaryDirectory() as folder:
        answers = []
        for sample in golden["samples"]:
            raw = [golden_input(sample["inputs"][name], folder) for name in model.contract["inputs"]]
            answers.append(model.run(*raw))
    for number, name in enumerate(golden["outputs"]):
        expected = np.load(io.BytesIO(read(f"golden/original-{number}.npy")), allow_pickle=False)
        actual = np.concatenate([outputs[name] for outputs in answers])
        error = float(np.sqrt(np.mean((actual - expected.astype(np.float64)) ** 2)))
        limit = manifest["golden"][name]["limit"]
        print(f"{name}: error {error:.3g} on {len(actual)} golden samples, limit {limit:.3g}")
        if not error <= limit:
            problems.append("%s is farther from the original than it should be" % name)
    return problems


def golden_input(entry: Dict[str, str], folder: str) -> Raw:
    """Return a raw input of a golden vector; what is a file is unpacked into a folder."""
    import numpy as np  # as above

    if "text" in entry:
        return entry["text"]
    content = read("golden/" + (entry.get("file") or entry["array"]))
    if "array" in entry:
        array: Array = np.load(io.BytesIO(content), allow_pickle=False)
        return array
    path = Path(folder) / entry["file"]
    path.write_bytes(content)
    return path


def samples(words: List[str], specs: Spec, folder: str) -> List[Tuple[str, List[Raw]]]:
    """Return what words on the command line mean: for each sample its name, and a raw input for each of the model's."""
    if len(specs) > 1:
        values = dict(word.partition("=")[::2] for word in words)
        if set(values) != set(specs):
            raise ValueError("the model has several inputs: say " + " ".join(f"{name}=VALUE" for name in specs))
        return [(" ".join(words), [values[name] for name in specs])]
    if next(iter(specs.values()))["kind"] == "text":
        return [(word, [word]) for word in words]
    batch: List[Tuple[str, List[Raw]]] = []
    for word in words:
        if word == "-":
            path = Path(folder) / "standard input"
            path.write_bytes(sys.stdin.buffer.read())
            batch.append(("standard input", [path]))
        elif Path(word).is_dir():
            batch += [(str(path), [path]) for path in sorted(Path(word).iterdir()) if path.is_file()]
        else:
            batch.append((word, [word]))
    return batch


def main() -> int:
    """Run the command line; what goes wrong is one line."""
    parser = argparse.ArgumentParser(prog=HERE.name, description="Runs the model of this bundle.")
    parser.add_argument("input", nargs="*", help="photo, sentence or sound; of several inputs NAME=VALUE")
    parser.add_argument("--verify", action="store_true", help="check that it answers here as it should")
    parser.add_argument("--top", type=int, default=5, help="number of labels (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--threads", type=int, default=1, help="of the interpreter (default: 1)")
    parser.add_argument("--delegate", metavar="LIBRARY", help="such as libedgetpu.so.1")
    options = parser.parse_args()
    if options.verify == bool(options.input) or min(options.top, options.threads) < 1:
        parser.error("give photos, sentences or sounds, or --verify; --top and --threads are at least 1")
    try:
        return checked(options) if options.verify else answered(options)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        sys.exit(f"{HERE.name}: {first_line(error)}")
    except KeyboardInterrupt:
        return 130


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its class where it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def checked(options: argparse.Namespace) -> int:
    """Verify, and print what is wrong."""
    problems = verify(options.threads, options.delegate)
    print("\n".join(problems) or "all is as it was made")
    return 1 if problems else 0


def answered(options: argparse.Namespace) -> int:
    """Print labels and scores."""
    model = Model(options.threads, options.delegate)
    predictions: List[Dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        batch = samples(options.input, model.contract["inputs"], folder)
        for name, raw in batch:
            try:
                answer = answer_json(model.predict(*raw, top=options.top))
            except (OSError, ValueError) as error:
                if len(batch) == 1:
                    raise
                answer = {"error": str(error)}  # the others are answered all the same
            predictions.append({"input": name, **answer})
            if not options.json:
                print(name)
                if "error" in answer:
                    print(f"  {answer['error']}")
                width = max([len(entry["label"]) for entry in answer.get("top", [])], default=0)
                for entry in answer.get("top", []):
                    print(f"  {entry['label']:<{width}}  {entry['score']:.4f}")
                for key, value in answer.get("outputs", {}).items():
                    print(f"  {key}: {value}")
    if options.json:
        print(json.dumps({"predictions": predictions}, ensure_ascii=False))
    return 1 if any("error" in entry for entry in predictions) else 0


def answer_json(outputs: Union[List[Tuple[str, float]], Batch]) -> Dict[str, Any]:
    """Return an answer as JSON values."""
    if isinstance(outputs, list):
        return {"top": [{"label": label, "score": score} for label, score in outputs]}
    return {"outputs": {name: value[0].tolist() for name, value in outputs.items()}}
