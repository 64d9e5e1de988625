"""Names of the ports between a front end and the core."""

from __future__ import annotations

import re

from edgekit.contract.contract import Contract


class PortNames:
    """Names of the core's inputs: of a public input its own, else one made of the tensor's that is not taken."""

    def __init__(self, contract: Contract) -> None:
        self.public = {f"{spec.name}:0": spec.name for spec in contract.inputs}
        self.taken = contract.names

    def of(self, tensor: str) -> str:
        """Return the name of the input that a tensor becomes, and take it."""
        if tensor in self.public:
            return self.public[tensor]
        node, _, port = tensor.partition(":")
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", "_".join(node.split("/")[-2:])).strip("_") or "front"
        stem += "" if port == "0" else f"_{port}"
        name, number = stem, 1
        while name in self.taken:
            number += 1
            name = f"{stem}_{number}"
        self.taken.add(name)
        return name
