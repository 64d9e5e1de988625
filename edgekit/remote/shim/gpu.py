"""Models on a GPU, by LiteRT's CompiledModel: the Interpreter has no GPU delegate on Linux."""

from __future__ import annotations

import os
import re
import tempfile
from typing import Any

import numpy as np

from .arrays import Message
from .errors import DelegateRefused, Refused, line
from .interpreters import TFLiteModel, import_there
from .partitions import partitions

ADAPTER = re.compile(r"Selected adapter: (.*?)(?:, arch=|\n)")
"""What LiteRT logs of the GPU that it found. Nothing else of it tells a GPU from the CPU for sure."""
SPLIT = re.compile(r"(\d+) operations will run on the GPU, and the remaining (\d+) operations will run on the CPU")
REASON = re.compile(r"not supported by GPU delegate:\n(.*)")
FAILED = re.compile(r"Failed to (?:create|initialize) [^:\n]*: ([^\n]*)")


class GpuModel:
    """A model on a GPU, as far as that takes it.

    Args:
        module: The module of LiteRT's interpreter, which tells inputs and outputs.
        path: The model.
        precision: ``fp16``, which the GPU computes in where it can, or ``fp32``.
    """

    def __init__(self, module: str, path: str, precision: str) -> None:
        if not module.startswith("ai_edge_litert."):
            raise DelegateRefused("the GPU needs LiteRT: pip install ai-edge-litert there")
        self.described = TFLiteModel(module, path, 1, None)
        package = import_there("ai_edge_litert.compiled_model")
        accelerators = import_there("ai_edge_litert.hardware_accelerator").HardwareAccelerator
        options = import_there("ai_edge_litert.options")

        def compiled(accelerator: Any) -> Any:
            gpu = options.GpuOptions(enforce_f32=precision == "fp32")
            return package.CompiledModel.from_file(
                path, options=options.Options(hardware_accelerators=accelerator, gpu_options=gpu)
            )

        total, _ = partitions(self.described.interpreter._get_ops_details())
        self.model, log = _logged(lambda: compiled(accelerators.GPU))
        nodes, split = total, SPLIT.search(log)
        if isinstance(self.model, Exception) and split and int(split[1]):
            self.model, log = _logged(lambda: compiled(accelerators.GPU | accelerators.CPU))
            nodes = int(split[1])
        self._check(log)
        adapter = ADAPTER.search(log)
        assert adapter is not None, "checked before"
        reason = REASON.search(log)
        rest = "" if nodes == total or reason is None else f"; the CPU does the rest, first {reason[1]}"
        self.delegation = {
            "nodes": nodes,
            "total": total,
            "partitions": 1 if nodes == total else None,  # it does not tell them
            "proof": f"LiteRT's log: selected adapter {adapter[1]}{rest}",
        }
        self.batch = 0

    def _check(self, log: str) -> None:
        if ADAPTER.search(log) is None:
            raise DelegateRefused("LiteRT found no GPU: no driver for Vulkan, Metal or OpenCL answers")
        if isinstance(self.model, Exception):
            reason = REASON.search(log) or FAILED.search(log)
            raise DelegateRefused(f"the GPU does not take the model: {reason[1] if reason else line(self.model)}")

    def ports(self) -> Message:
        """Return the signatures and the tensors."""
        return self.described.ports()

    def run(self, feeds: Message) -> Message:
        """Run on arrays by the numbers of input tensors, sample by sample, as phones do."""
        interpreter = self.described.interpreter
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        count = 1
        for tensor in inputs:
            if len(tensor["shape_signature"]) and tensor["shape_signature"][0] == -1:
                count = len(feeds[str(tensor["index"])])
        samples: list[list[Any]] = []
        try:
            for index in range(count):
                input_buffers = self.model.create_input_buffers(0)
                output_buffers = self.model.create_output_buffers(0)
                for buffer, tensor in zip(input_buffers, inputs):
                    values = feeds[str(tensor["index"])]
                    buffer.write(np.ascontiguousarray(values[index : index + 1] if count > 1 else values))
                self.model.run_by_index(0, input_buffers, output_buffers)
                samples.append(
                    [
                        buffer.read(int(np.prod(tensor["shape"])), tensor["dtype"]).reshape(tensor["shape"])
                        for buffer, tensor in zip(output_buffers, outputs)
                    ]
                )
        except (RuntimeError, ValueError) as error:
            raise Refused(line(error)) from error
        joined = [np.concatenate(tensor) if count > 1 else tensor[0] for tensor in zip(*samples)]
        return {str(tensor["index"]): values for tensor, values in zip(outputs, joined)}


def _logged(work: Any) -> tuple[Any, str]:
    """Do some work, and return its result or its error, and what native code wrote to stderr meanwhile."""
    with tempfile.TemporaryFile() as log:
        saved = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            result = work()
        except Exception as error:  # the log says why
            result = error
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        log.seek(0)
        return result, log.read().decode(errors="replace")
