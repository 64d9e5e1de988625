"""Which output of a model holds what the data has targets of."""

from __future__ import annotations

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.data.samples import Samples
from edgekit.data.targets import Targets
from edgekit.errors import DataError


def targets_of(samples: Samples, kind: str) -> Targets | None:
    """Return the targets of samples if they are of a kind: labels or values."""
    if samples.targets is None or samples.targets.kind != kind:
        return None
    return samples.targets


def target_output(contract: Contract, samples: Samples, *, meaning: str, kind: str) -> OutputSpec | None:
    """Return the output that a contract has of a meaning, or the only one of the targets' size.

    Args:
        contract: The model's.
        samples: Those that may have targets.
        meaning: The contract's word for such an output.
        kind: Of the targets.

    Raises:
        DataError: The output has another size than the targets.
    """
    named = [spec for spec in contract.outputs if spec.meaning == meaning]
    output = named[0] if len(named) == 1 else None
    targets = targets_of(samples, kind)
    if targets is None:
        return output
    if output is None:
        vectors = [spec for spec in contract.outputs if len(spec.shape) == 2 and spec.shape[1] == len(targets.names)]
        output = vectors[0] if len(vectors) == 1 and vectors[0].meaning == "tensor" else None
    if output is not None and output.shape[-1] != len(targets.names):
        raise DataError(
            f"the data has {len(targets.names)} {targets.kind} ({', '.join(targets.names[:8])}), the model's output "
            f"{output.name!r} has {output.shape[-1]}"
        )
    return output
