"""Runs the model of this bundle on raw photos, sentences or sounds, and checks that it answers as it should.

    python3 BUNDLE photo.jpg ...      labels and scores; a folder of photos, or - for standard input
    python3 BUNDLE --verify           its digest and its golden vectors, on this machine

or, in a program of your own:

    sys.path.insert(0, "BUNDLE")
    from edgekit_model import Model
    Model().predict("photo.jpg")      # [("roses", 0.93), ("tulips", 0.05), ...]; or a camera's frame, uint8 RGB

It needs numpy, Pillow for photos, and an interpreter: tflite-runtime or ai-edge-litert, or onnxruntime. What it does
with a photo is what the model was trained with, step by step; contract.json says with which numbers.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

try:
    import numpy as np
except ImportError:
    sys.exit("it needs numpy: pip install numpy pillow, and tflite-runtime or ai-edge-litert")

Array = Any  # of numpy
Batch = Dict[str, Array]
Spec = Dict[str, Any]
Raw = Union[str, Path, Array]
HERE = Path(__file__).absolute().parent
"""The bundle, or the folder that it was unpacked to."""
DIGEST_LENGTH = len("sha256:") + 64
"""Bytes of the digest at the end of a bundle, as the comment of the zip that it is."""


def read(name: str) -> bytes:
    """Return a file of the bundle."""
    if HERE.is_file():
        with zipfile.ZipFile(HERE) as bundle:
            return bundle.read(name)
    return (HERE / name).read_bytes()


def check_digest() -> None:
    """Refuse a bundle of which a byte has changed: its last bytes are the digest of all others."""
    if HERE.is_file():
        content = HERE.read_bytes()
        digest = f"sha256:{hashlib.sha256(content[:-DIGEST_LENGTH]).hexdigest()}"
        if digest.encode() != content[-DIGEST_LENGTH:]:
            sys.exit(f"{HERE} has changed since it was made")


class Model:
    """The model, loaded.

    Args:
        threads: Number of threads.
        delegate: Library of a delegate, such as libedgetpu.so.1; None: the CPU.
    """

    def __init__(self, threads: int = 1, delegate: Optional[str] = None) -> None:
        check_digest()
        self.about = json.loads(read("artifact/artifact.json"))
        self.contract = self.about["contract"]
        self.front = Front() if "frontend" in self.about else None
        compiled = delegate is not None and "edgetpu" in delegate and "sha256" in self.about.get("edgetpu", {})
        name = "model_edgetpu.tflite" if compiled else self.about["file"]
        kind = OnnxModel if name.endswith(".onnx") else TFLiteModel
        self.core = kind(read("artifact/" + name), threads, delegate)

    def predict(self, *raw: Raw, top: int = 5) -> Union[List[Tuple[str, float]], Batch]:
        """Return the best labels with their scores, or the outputs by name of a model that has no labels.

        Args:
            raw: One raw input for each input of the contract: a path, a sentence, pixels (uint8 [height, width, 3] in
                RGB, or an image of Pillow), or the tensor itself.
            top: Number of labels.
        """
        outputs = self.run(*raw)
        for name, spec in self.contract["outputs"].items():
            if "labels" in spec and spec["meaning"] != "regression":
                scores = outputs[name][0]
                best = np.argsort(-scores, kind="stable")[:top]
                return [(spec["labels"][i], float(scores[i])) for i in best]
        return outputs

    def run(self, *raw: Raw) -> Batch:
        """Return the outputs of the model, by name."""
        specs = self.contract["inputs"]
        if len(raw) != len(specs):
            raise ValueError(f"the model takes {', '.join(specs)}")
        inputs = {name: prepared(value, name, spec) for value, (name, spec) in zip(raw, specs.items())}
        return self.core.run(inputs if self.front is None else self.front.run(inputs))


class TFLiteModel:
    """A TFLite file in tflite-runtime or LiteRT; integer inputs and outputs are scaled to floats and back."""

    def __init__(self, content: bytes, threads: int, delegate: Optional[str]) -> None:
        try:
            import tflite_runtime.interpreter as package  # heavy
        except ImportError:
            try:
                import ai_edge_litert.interpreter as package  # heavy
            except ImportError:
                raise ValueError("it needs an interpreter: pip install tflite-runtime, or ai-edge-litert") from None
        delegates = [] if delegate is None else [package.load_delegate(delegate)]
        self.interpreter = package.Interpreter(
            model_content=content, num_threads=threads, experimental_delegates=delegates
        )
        self.interpreter.allocate_tensors()
        if package.__name__.startswith("tflite_runtime"):
            self.check_age(sys.modules["tflite_runtime"].__version__)
        runner = self.interpreter.get_signature_runner()
        self.inputs, self.outputs = runner.get_input_details(), runner.get_output_details()

    def run(self, inputs: Batch) -> Batch:
        """Return the outputs by name."""
        for name, detail in self.inputs.items():
            value = quantized(inputs[name], detail)
            if tuple(value.shape) != tuple(self.interpreter.get_input_details()[self.place(name)]["shape"]):
                self.interpreter.resize_tensor_input(detail["index"], value.shape)
                self.interpreter.allocate_tensors()
            self.interpreter.set_tensor(detail["index"], value)
        self.interpreter.invoke()
        return {
            name: dequantized(self.interpreter.get_tensor(detail["index"]), detail)
            for name, detail in self.outputs.items()
        }

    def check_age(self, version: str) -> None:
        """Refuse an interpreter that is wrong about one scale per channel in FULLY_CONNECTED, and does not say so."""
        if tuple(int(number) for number in version.split(".")[:2]) >= (2, 10):
            return
        tensors = {detail["index"]: detail for detail in self.interpreter.get_tensor_details()}
        for operator in self.interpreter._get_ops_details():
            if operator["op_name"] != "FULLY_CONNECTED":
                continue
            taken, weights = (tensors[index] for index in operator["inputs"][:2])
            if taken["dtype"] != np.float32 and len(weights["quantization_parameters"]["scales"]) > 1:
                raise ValueError(f"tflite-runtime {version} answers this model wrongly: take 2.10 or newer")

    def place(self, name: str) -> int:
        """Return which of the interpreter's inputs one of the signature's is."""
        indices = [detail["index"] for detail in self.interpreter.get_input_details()]
        return indices.index(self.inputs[name]["index"])


class OnnxModel:
    """An ONNX file in ONNX Runtime."""

    def __init__(self, content: bytes, threads: int, delegate: Optional[str]) -> None:
        if delegate is not None:
            raise ValueError("a delegate is for TFLite files, and this is ONNX")
        import onnxruntime  # heavy

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(self, inputs: Batch) -> Batch:
        """Return the outputs by name."""
        names = [output.name for output in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, inputs)))


def quantized(values: Array, detail: Dict[str, Any]) -> Array:
    """Return round(values / scale) + zero point, where the input takes integers and has floats."""
    scale, zero = detail["quantization"]
    if not scale or values.dtype.kind != "f" or np.dtype(detail["dtype"]).kind not in "iu":
        return values.astype(detail["dtype"], copy=False)
    info = np.iinfo(detail["dtype"])
    return np.clip(np.rint(values / np.float32(scale)) + zero, info.min, info.max).astype(detail["dtype"])


def dequantized(values: Array, detail: Dict[str, Any]) -> Array:
    """Return (values - zero point) * scale, where the output gives integers."""
    scale, zero = detail["quantization"]
    if not scale or values.dtype.kind not in "iu":
        return values
    return (values.astype(np.float32) - zero) * np.float32(scale)


def prepared(value: Raw, name: str, spec: Spec) -> Array:
    """Return a raw input as the model takes it, a batch of one."""
    if spec["kind"] == "image" and not (isinstance(value, np.ndarray) and value.dtype != np.uint8):
        return scaled(fitted(picture(value), spec), spec)[None]
    if isinstance(value, np.ndarray):  # the tensor itself
        return tensor(value, name, spec)
    if spec["kind"] == "text":
        texts = np.empty(1, object)
        texts[0] = str(value).encode("utf-8")
        return texts.reshape([1] * len(spec["shape"]))
    if spec["kind"] == "audio":
        from edgekit.data.sound_files import load_sound  # only there for models that take sounds

        sound = load_sound(Path(value), rate=spec["sample_rate"], length=spec["shape"][1])
        return sound.reshape([1, len(sound), *spec["shape"][2:]]).astype(spec["dtype"], copy=False)
    array = np.load(value, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{value} holds several arrays: {name} is given by a .npy file, one sample each")
    return tensor(array, name, spec)


def tensor(value: Array, name: str, spec: Spec) -> Array:
    """Return one sample, with or without an axis for the batch, with it."""
    shape = spec["shape"]
    sample = value[None] if spec["kind"] == "tensor" and value.ndim == len(shape) - 1 else value
    if sample.ndim != len(shape) or (shape[0] is None and len(sample) != 1):
        raise ValueError(f"{name} is {value.dtype} {list(value.shape)}, the model takes one sample of {shape}")
    return sample


def picture(value: Any) -> Any:
    """Return a photo as Pillow has it, of a path, of pixels, or of an image."""
    from PIL import Image  # heavy

    if isinstance(value, np.ndarray):
        pixels = value[0] if value.ndim == 4 and len(value) == 1 else value
        if pixels.ndim != 3 or pixels.shape[-1] != 3:
            raise ValueError(f"pixels are uint8 [height, width, 3] in RGB, not {list(value.shape)}")
        return Image.fromarray(pixels)
    return value.convert("RGB") if isinstance(value, Image.Image) else upright(value)


def upright(path: Any) -> Any:
    """Decode a photo, turn it as its EXIF orientation says, and make it RGB."""
    from PIL import Image, ImageOps  # heavy

    image: Any = Image.open(path)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16-bit grey keeps its upper 8 bits
        wide = np.asarray(image, np.int64)
        image = Image.fromarray((wide >> 8 if wide.max(initial=0) > 255 else wide).astype(np.uint8))
    return image if image.mode == "RGB" else image.convert("RGB")


def fitted(image: Any, spec: Spec) -> Array:
    """Crop and resize a photo to the model's size; the result is uint8 [height, width, 3]."""
    from PIL import Image  # heavy

    height, width = spec["size"] if "size" in spec else spec["shape"][1:3]
    if "crop" in spec:  # the middle, in the model's aspect ratio
        aspect = width / height
        wide = min(image.width, image.height * aspect) * spec["crop"]
        across, down = max(1, round(wide)), max(1, round(wide / aspect))
        column, row = (image.width - across) // 2, (image.height - down) // 2
        image = image.crop((column, row, column + across, row + down))
    if image.size == (width, height):
        return np.asarray(image, np.uint8)
    resize = spec.get("resize", "bilinear")
    if resize == "mediapipe":  # from whole pixels, in steps of 1/32, as OpenCV's warpPerspective
        grids = [
            np.rint(np.arange(new) * (32.0 * old / new)) / 32.0
            for old, new in ((image.height, height), (image.width, width))
        ]
        return four_pixels(np.asarray(image, np.uint8), grids)
    if resize == "bilinear" and spec.get("antialias") is False:  # from the centres of pixels, as tf.image.resize
        grids = [
            (np.arange(new, dtype=np.float32) + np.float32(0.5)) * np.float32(old / new) - np.float32(0.5)
            for old, new in ((image.height, height), (image.width, width))
        ]
        return four_pixels(np.asarray(image, np.uint8), grids)
    return np.asarray(image.resize((width, height), getattr(Image, resize.upper())), np.uint8)


def four_pixels(pixels: Array, grids: List[Array]) -> Array:
    """Interpolate between the four nearest pixels, halves rounded up."""
    sizes = pixels.shape[:2]
    grids = [np.clip(at, 0, old - 1).astype(np.float32) for at, old in zip(grids, sizes)]
    low = [np.floor(at).astype(np.intp) for at in grids]
    high = [np.minimum(at + 1, old - 1) for at, old in zip(low, sizes)]
    down, across = (grids[0] - low[0])[:, None, None], (grids[1] - low[1])[None, :, None]
    rows = pixels[low[0]] * (1 - down) + pixels[high[0]] * down
    return np.floor(rows[:, low[1]] * (1 - across) + rows[:, high[1]] * across + np.float32(0.5)).astype(np.uint8)


def scaled(pixels: Array, spec: Spec) -> Array:
    """Map pixels 0..255 to the model's range; then take off the mean and divide by the deviation, where it has them."""
    if spec["shape"][-1] == 1:  # ITU-R 601 luma
        pixels = np.rint(pixels @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.uint8)[..., None]
    elif spec.get("channels") == "BGR":
        pixels = pixels[..., ::-1]
    if spec["dtype"] == "uint8":
        return pixels
    low, high = spec["range"]
    dtype = spec["dtype"] if spec["dtype"].startswith("float") else "float32"  # of int8 the scale is applied later
    table = low + np.arange(256) * ((high - low) / 255.0)
    if "mean" not in spec:
        return table.astype(dtype)[pixels]
    pairs = zip(spec["mean"], spec["std"])
    tables = [((table - mean) / std).astype(dtype) for mean, std in pairs]
    return np.stack([lookup[pixels[..., channel]] for channel, lookup in enumerate(tables)], -1)


class Front:
    """The part of the model that takes sentences or sounds, which no interpreter has; its code is in the bundle."""

    def __init__(self) -> None:
        from edgekit.frontend import load_program  # only there for models that have one

        with tempfile.TemporaryDirectory() as folder:
            for name in json.loads(read("manifest.json"))["files"]:
                if name.startswith("artifact/frontend/"):
                    (Path(folder) / Path(name).name).write_bytes(read(name))
            self.program = load_program(Path(folder))

    def run(self, inputs: Batch) -> Batch:
        """Return what the model file takes."""
        outputs: Batch = self.program.run(inputs)
        return outputs


def verify(threads: int, delegate: Optional[str]) -> List[str]:
    """Run the golden vectors; return what is wrong, as sentences."""
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
