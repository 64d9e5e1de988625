"""Operators that run on integers, but which ai-edge-quantizer does not know: it takes others for them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from edgekit.formats.tflite.graph import code_name, operator_type
from edgekit.formats.tflite.statistics import Statistics, as_statistics
from edgekit.system.optional import require

SAME_STEPS = "GATHER"
"""One that is quantized with the steps of what it reads."""
OWN_STEPS = "HARD_SWISH"
"""One whose results have steps of their own."""
READS_STEPS = "EQUAL"
"""One that reads any steps, and gives what has none."""
STAND_INS = {
    **dict.fromkeys(("EXPAND_DIMS", "SQUEEZE", "TILE", "REVERSE_V2", "SPLIT_V", "TOPK_V2"), SAME_STEPS),
    **dict.fromkeys(("DEPTH_TO_SPACE", "SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"), SAME_STEPS),
    **dict.fromkeys(("LEAKY_RELU", "RELU6", "RELU_N1_TO_1", "ELU", "ABS"), OWN_STEPS),
    **dict.fromkeys(("LOG_SOFTMAX", "L2_NORMALIZATION"), OWN_STEPS),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), READS_STEPS),
    "PRELU": "MUL",
    "MINIMUM": "MAXIMUM",
    "REDUCE_MAX": "REDUCE_MIN",
}
"""By operator one that the quantizer knows, and whose kernel reads and writes integers by the same rule.

LiteRT 2.3 and tflite-runtime 2.14 run each of them as integers."""
WIDE = {"EXP": OWN_STEPS}
"""The same of what 256 steps serve badly: an integer only where nothing may stay float."""
FIXED_RANGES = {"LOG_SOFTMAX": (-255 / 16, 0.0), "L2_NORMALIZATION": (-1.0, 127 / 128)}
"""Results for which kernels take no other steps than those of this range:
https://www.tensorflow.org/lite/performance/quantization_spec"""

Codes = Mapping[int, Any]
"""By the index of an operator code in the file the builtin code that stood there."""


def put_stand_ins(loaded: Any, ranges: Statistics, *, wide: bool) -> Codes:
    """Let the quantizer take operators that it does not know for ones that it quantizes alike.

    Args:
        loaded: A float graph, a ``ModelT``; it runs no more until `remove_stand_ins`.
        ranges: Of its activations; where kernels take just one range, that is set.
        wide: Whether the operators of `WIDE` become integers too.

    Returns:
        What `remove_stand_ins` needs.
    """
    schema = require("ai_edge_litert.schema_py_generated", asked="quantizing", extra="convert")
    stand_ins = {**STAND_INS, **WIDE} if wide else STAND_INS
    for graph in loaded.subgraphs:
        for operator in graph.operators:
            name = graph.tensors[operator.outputs[0]].name.decode() if len(operator.outputs) else ""
            bounds = FIXED_RANGES.get(operator_type(loaded, operator))
            if bounds is not None and name in ranges:
                ranges[name] = as_statistics(bounds, like=ranges[name])
    codes = {}
    for index, code in enumerate(loaded.operatorCodes):
        kind = code_name(code)
        if kind in stand_ins:
            codes[index] = code
            loaded.operatorCodes[index] = _renamed(code, getattr(schema.BuiltinOperator, stand_ins[kind]))
    return codes


def remove_stand_ins(loaded: Any, codes: Codes) -> None:
    """Write the operators themselves in place of what the quantizer took for them."""
    for index, original in codes.items():
        loaded.operatorCodes[index] = original


def _renamed(code: Any, builtin: int) -> Any:
    renamed = copy.copy(code)
    renamed.builtinCode, renamed.deprecatedBuiltinCode = builtin, min(builtin, 127)
    return renamed
