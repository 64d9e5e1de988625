"""Documents to report on, with real pictures and the shapes of a real run."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

HOSTILE = "<script>alert('x')</script>\"'&"


def make_picture(colour: str) -> str:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def make_output(error: float) -> dict[str, Any]:
    if error == 0:
        return {"max_abs": 0.0, "mean_abs": 0.0, "rmse": 0.0, "sqnr_db": None, "cosine_min": 1.0, "histogram": None}
    histogram = {"edges": [10.0**power for power in range(-9, 1)], "counts": [0, 1, 4, 9, 20, 9, 4, 1, 0]}
    numbers = {"max_abs": error, "mean_abs": error / 9, "rmse": error / 7, "sqnr_db": 30.1, "cosine_min": 0.98712}
    return {**numbers, "histogram": histogram}


def make_worst(sample: str, answer: str, *, picture: str | None, text: str | None = None) -> dict[str, Any]:
    return {
        "sample": sample,
        "label": "daisy",
        "reference": {"label": "daisy", "score": 0.61},
        "candidate": {"label": answer, "score": 0.48},
        "distance": 0.4,
        "picture": picture,
        "text": text,
    }


def make_artifact(
    variant: str, verdict: str, *, drop: float, error: float, worst: list[dict[str, Any]]
) -> dict[str, Any]:
    interval = [drop - 0.013, drop + 0.014]
    return {
        "variant": variant,
        "path": f"artifacts/{variant}",
        "bytes": 680_000,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "status": "built",
        "error": None,
        "made_by": "a converter 1.2",
        "rounding": "gptq" if "int8" in variant else None,
        "weights": make_weights(zeros=0),
        "debug": make_diagnosis() if verdict == "fail" else None,
        "plans": make_plans() if verdict == "fail" else [],
        "except": [],
        "devices": make_devices() if verdict == "fail" else [],
        "contract": make_contract() if verdict == "fail" else None,
        "not_in_metadata": [f"image: {HOSTILE}"],
        "seconds": 1.25,
        "latency": {"p50": 1.4, "p90": 1.6, "threads": 2, "runs": 50, "measured_on": "x86_64, 2 cores"},
        "parity": {
            "verdict": verdict,
            "message": f"The drop of {drop} was weighed.",
            "samples": 400,
            "needed_samples": 588 if verdict == "inconclusive" else None,
            "variant": variant,
            "runtime": "litert",
            "device": "host",
            "delegate": None,
            "left_out": 0,
            "warnings": [],
            "outputs": {"probabilities": make_output(error)},
            "task": make_task(drop, agreement=0.9975 if worst else 1.0),
            "gates": [
                {"name": "accuracy drop", "limit": 0.02, "value": drop, "interval": interval, "verdict": verdict}
            ],
            "worst": worst,
        },
    }


def make_task(drop: float, *, agreement: float) -> dict[str, Any]:
    return {
        "metric": "accuracy",
        "output": "probabilities",
        "threshold": None,
        "reference": 0.85,
        "reference_interval": [0.81, 0.88],
        "candidate": 0.85 - drop,
        "candidate_interval": [0.81 - drop, 0.88 - drop],
        "drop": drop,
        "drop_interval": [drop - 0.013, drop + 0.014],
        "agreement": agreement,
        "agreement_interval": [0.98, 0.9999],
        "right_to_wrong": 1,
        "wrong_to_right": 1,
    }


def make_diagnosis() -> dict[str, Any]:
    operators = [
        {
            "index": index,
            "op": "CONV_2D",
            "name": f"block_{index}{HOSTILE};Relu",
            "part": "module",
            "alone_db": 40.0 - index,
            "accumulated_db": 38.0 - 2 * index,
            "compared": True,
            "low": 0.0,
            "high": 6.0,
            "used": 0.9,
            "saturated": 0.0,
        }
        for index in range(6)
    ]
    return {
        "variant": "onnx-int8",
        "stage": "quantization",
        "measured_at": HOSTILE,
        "message": "1 operator brings the error in",
        "samples": 16,
        "stages": [
            {"stage": "float conversion", "sqnr_db": None},
            {"stage": "quantization", "sqnr_db": 12.5},
            {"stage": "delegate", "sqnr_db": 60.0},
        ],
        "operators": operators,
        "culprits": operators[-1:],
    }


def make_plans() -> list[dict[str, Any]]:
    def plan(delegate: str, basis: str, delegated: int) -> dict[str, Any]:
        ops = [
            {
                "index": index,
                "op": "ADD",
                "name": HOSTILE,
                "delegated": index < delegated,
                "reason": HOSTILE,
                "fix": None,
            }
            for index in range(6)
        ]
        numbers = {"delegated": delegated, "total": 6, "partitions": 1}
        return {"variant": "onnx-int8", "delegate": delegate, "basis": basis, "source": HOSTILE, "ops": ops, **numbers}

    return [plan("edgetpu", "rules", 4), plan("xnnpack", "measured", 6)]


def make_devices() -> list[dict[str, Any]]:
    latency = {
        "latency_ms": {"min": 1.0, "p50": 2.5, "p90": 3.5, "p99": 9.5, "mean": 2.6},
        "threads": 1,
        "runs": 50,
        "load_ms": 3.0,
        "first_ms": 4.0,
        "peak_rss_bytes": None,
        "delegation": None,
        "measured_on": HOSTILE,
    }
    parity = {"verdict": "pass", "message": HOSTILE, "samples": 80, "task": make_task(0.0, agreement=0.975)}
    pi = {"device": "ssh://pi@raspberrypi", "runtime": "tflite_runtime", "delegate": None}
    return [
        {**pi, "parity": parity, "latency": latency},
        {**pi, "device": "adb:", "delegate": "gpu", "parity": None, "latency": latency},
        {**pi, "device": HOSTILE, "parity": {**parity, "task": None}, "latency": None},
    ]


def make_contract() -> dict[str, Any]:
    image = {
        "kind": "image",
        "dtype": "float32",
        "shape": [None, 224, 224, 3],
        "key": "image",
        "range": [0.0, 1.0],
        "resize": "bicubic",
        "crop": 0.875,
    }
    scores = {
        "meaning": "probabilities",
        "dtype": "float32",
        "shape": [None, 2],
        "key": "p",
        "labels": ["daisy", HOSTILE],
    }
    return {"signature": "serving_default", "inputs": {"image": image}, "outputs": {"probabilities": scores}}


def make_weights(*, zeros: int) -> dict[str, Any]:
    return {
        "weights": 1000,
        "zeros": zeros,
        "clustered": 0,
        "bytes": 680_000,
        "bytes_compressed": 600_000 - 300 * zeros,
        "encoded": False,
        "sparse_kernels": False,
        "float_islands": [],
        "reason": "no 1x1 convolution has two thirds zeros; the most is 50%",
    }


def make_failed(variant: str) -> dict[str, Any]:
    unknown = ("rounding", "debug", "weights", "path", "bytes", "sha256", "parity", "latency", "made_by", "seconds")
    missing: dict[str, Any] = {"except": [], "plans": [], **dict.fromkeys(unknown)}
    return {"variant": variant, "status": "failed", "error": f"the converter died at {HOSTILE}\nline two", **missing}


@pytest.fixture
def document() -> dict[str, Any]:
    """A run in which everything happened: two pass, one fails, one is undecided, one could not be built."""
    picture = make_picture("tomato")
    changed = make_worst("daisy/<script>.jpg", "tulips", picture=picture)
    spoken = make_worst("row 7", "tulips", picture=None, text=f"A sentence, {HOSTILE}")
    sung = {**make_worst("row 8", "tulips", picture=None), "sound": "data:audio/ogg;base64,T2dnUw=="}
    return {
        "schema": 1,
        "name": f"flowers {HOSTILE}",
        "verdict": "fail",
        "command": f"edgekit run {HOSTILE}.toml",
        "report": "report.html",
        "model": {
            "path": "model",
            "digest": "sha256:9f86d0",
            "bytes": 3_100_000,
            "contract": {
                "inputs": {
                    "image": {"kind": "image", "dtype": "float32", "shape": [None, 224, 224, 3], "range": [0.0, 1.0]}
                },
                "outputs": {
                    "probabilities": {"meaning": "probabilities", "shape": [None, 2], "labels": ["daisy", HOSTILE]}
                },
            },
            "training": {
                "epochs": 1,
                "best_epoch": 1,
                "history": [{"phase": "head", "epoch": 1, "loss": 1.2, "accuracy": 0.5, "val_loss": None}],
                "seconds": 30.1,
            },
        },
        "data": {
            "train": 1600,
            "held_out": 400,
            "held_out_role": "validation",
            "classes": ["daisy", HOSTILE],
            "skipped": [f"{HOSTILE}.jpg: not an image"],
            "note": HOSTILE,
        },
        "parity": {"metric": "accuracy", "max_drop": 0.02, "threshold": None, "confidence": 0.95},
        "calibration": {
            "variant": "tflite-int8",
            "method": "min-max",
            "judges": 32,
            "points": [{"samples": 1, "sqnr_db": 9.5}, {"samples": 100, "sqnr_db": 21.0}],
        },
        "methods": ["Drop: Tango (1998) score interval"],
        "versions": {"edgekit": "0.1.0"},
        "measured_on": "x86_64, 2 cores",
        "artifacts": [
            make_artifact("tflite-fp32", "pass", drop=0.0, error=0, worst=[]),
            make_artifact("tflite-fp16", "pass", drop=0.0, error=1e-4, worst=[changed, spoken, sung]),
            make_artifact("tflite-int8", "inconclusive", drop=0.01, error=0.1, worst=[changed]),
            make_artifact("onnx-int8", "fail", drop=0.06, error=0.3, worst=[changed]),
            make_failed("tflite-int16x8"),
        ],
    }


@pytest.fixture
def bare(document: dict[str, Any]) -> dict[str, Any]:
    """A run in which next to nothing was measured: every key is there, and null wherever it may be."""
    compared, untested = document["artifacts"][1], document["artifacts"][0]
    parity = compared["parity"]
    parity |= {"task": None, "worst": [], "needed_samples": None}
    parity["outputs"] = {"probabilities": dict.fromkeys(parity["outputs"]["probabilities"])}
    parity["gates"] = [{"name": "cosine", "limit": None, "value": None, "interval": None, "verdict": "inconclusive"}]
    untested["weights"] = None
    latency = {**compared["latency"], "p50": None, "p90": None, "measured_on": None}
    compared |= {"bytes": None, "latency": latency, "seconds": None, "made_by": None}
    untested |= {"bytes": None, "latency": None, "parity": None, "seconds": None, "made_by": None}
    unknown = dict.fromkeys(("data", "parity", "calibration", "methods", "versions", "measured_on", "verdict"))
    model = {**document["model"], "bytes": None, "digest": None, "training": None}
    return {**document, **unknown, "model": model, "artifacts": [untested, compared]}
