"""Padding in front of a max pool: ONNX Runtime would make it the pool's own, which pads with other values."""

from __future__ import annotations

from typing import Any

from edgekit.system.optional import require


def keep_padding(graph: Any) -> None:
    """Have a MaxPool behind a Pad say that it pads nothing, by ``auto_pad``, which keeps the two apart.

    ONNX Runtime's PadFusion (seen in 1.31) takes zeros in front of a MaxPool for its own padding. But that pads with
    the lowest value, which shows wherever all of a window is negative: a ResNet50V2, which pools what no ReLU has read,
    answered at random. The fusion leaves alone what has an ``auto_pad``.
    """
    onnx = require("onnx", asked="converting to ONNX", extra="convert")
    padded = {output for node in graph.node if node.op_type == "Pad" for output in node.output}
    for node in graph.node:
        if node.op_type != "MaxPool" or node.input[0] not in padded:
            continue
        attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        if any(attributes.get("pads", ())) or attributes.get("auto_pad", b"NOTSET") != b"NOTSET":
            continue
        kept = [attribute for attribute in node.attribute if attribute.name not in ("pads", "auto_pad")]
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute("auto_pad", "VALID")])
