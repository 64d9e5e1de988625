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

import hashlib
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

from edgekit_photos import fitted, laid_out, picture, scaled

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
    if not scale or values.dtype == detail["dtype"] or np.dtype(detail["dtype"]).kind not in "iu":
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
        return laid_out(scaled(fitted(picture(value), spec), spec), spec)[None]
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
