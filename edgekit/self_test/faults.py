"""Faults as they happen to models that ship, each made on purpose, so that a check can be seen to catch it.

Four places can be wrong: the contract that ships, what an app does with raw inputs before the model, the model file,
and what is done with its answers. A fault that does not apply to a model, such as swapped colours to sentences, is
None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edgekit.self_test import file_faults, output_faults
from edgekit.self_test.file_faults import in_file, on_weights
from edgekit.self_test.media_faults import contract_fault_names, in_contract, in_input, input_fault_names

CONTRACT, INPUT, FILE, OUTPUT = "contract", "input", "file", "output"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        name: What it is called.
        target: What has it: ``contract``, ``input``, ``file`` or ``output``.
        make: Returns the contract, the inputs, the model file or the outputs with the fault; None: it does not apply.
    """

    name: str
    target: str
    make: Callable[..., Any]


FAULTS = (
    *(Fault(name=f"contract: {name}", target=CONTRACT, make=in_contract(name)) for name in contract_fault_names()),
    Fault(name="contract: labels permuted", target=CONTRACT, make=output_faults.permuted_labels),
    *(Fault(name=f"input: {name}", target=INPUT, make=in_input(name)) for name in input_fault_names()),
    Fault(name="file: weights bit-flipped", target=FILE, make=on_weights(file_faults.flip_bits, last=False)),
    Fault(name="file: one channel zeroed", target=FILE, make=on_weights(file_faults.zero_channel, last=True)),
    Fault(
        name="file: quantization scale off by 2",
        target=FILE,
        make=in_file(file_faults.double_weight_scale, file_faults.onnx_weight_scale(2.0)),
    ),
    Fault(
        name="file: stale calibration",
        target=FILE,
        make=in_file(file_faults.quarter_activations, file_faults.onnx_activation_scales(0.25)),
    ),
    Fault(name="output: labels permuted", target=OUTPUT, make=output_faults.permuted_scores),
    Fault(name="output: outputs reordered", target=OUTPUT, make=output_faults.reordered),
    Fault(name="output: softmax left out", target=OUTPUT, make=output_faults.without_softmax),
)
"""All faults."""
