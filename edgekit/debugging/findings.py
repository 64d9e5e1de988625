"""Findings of a diagnosis: stages, culprits, and the whole in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.debugging.operators import Operator

Array = NDArray[Any]
GOOD_DB = 30.0
"""A stage that keeps this signal-to-noise ratio brings in no error worth a search."""
HEALTHY = 2.0
"""How many times the noise of the same model quantized anew is still healthy: 3 dB."""
HEALTHY_DB = 10 * float(np.log10(HEALTHY))


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one stage does to the answers: the ratio of signal to the noise that it adds, in dB; None: no noise."""

    stage: str
    sqnr_db: float | None


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Where the error of an artifact enters.

    Attributes:
        variant: The artifact.
        samples: Number of samples that it was measured on.
        stages: Float conversion, quantization, delegate, in their order.
        stage: The one that adds most; None: no stage adds any worth a search.
        measured_at: The tensor whose error is meant.
        operators: All operators of the model, the worst alone first.
        culprits: Those that were confirmed: put right, they take the error with them.
        sqnr_db: Of the artifact, at that tensor; None: no noise.
        healthy_db: Of the same model quantized anew from these samples.
        restored_db: Of the artifact with its culprits put right.
        evaluations: How many models were run over all samples.
        message: The diagnosis in a sentence.
        reproducer: Folder with the worst culprit alone and its inputs.
        overlay: File with the error of each operator for Model Explorer.
        drift: File with a drawing of the errors along the model; None where matplotlib is not installed.
        report: Report of the run that the artifact is of, which shows this; None: it is of none.
    """

    variant: str
    samples: int
    stages: tuple[Stage, ...]
    stage: str | None
    measured_at: str
    operators: tuple[Operator, ...]
    culprits: tuple[Operator, ...] = ()
    sqnr_db: float | None = None
    healthy_db: float | None = None
    restored_db: float | None = None
    evaluations: int = 0
    message: str = ""
    reproducer: str | None = None
    overlay: str | None = None
    drift: str | None = None
    report: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the diagnosis as JSON values."""
        return asdict(self)


def share(wanted: Sequence[Array], found: Sequence[Array]) -> float:
    """Return the noise as a share of the signal, over all samples; what is not a number is all noise."""
    signal = sum(float(np.square(each).sum()) for each in wanted)
    noise = sum(
        float(np.square(np.nan_to_num(a - b, nan=np.inf, posinf=np.inf, neginf=np.inf)).sum())
        for a, b in zip(wanted, found, strict=True)
    )
    return noise / signal if signal else float(noise > 0)


def worded(found: Diagnosis) -> Diagnosis:
    """Say it in a sentence."""
    if found.stage is None:
        text = f"no stage costs much: each keeps {GOOD_DB:g} dB or more"
    elif found.stage != "quantization":
        text = f"the error enters in the {found.stage}, not in the quantization"
    elif found.culprits:
        healthy = np.nan if found.healthy_db is None else found.healthy_db
        count, faulty = len(found.culprits), (found.sqnr_db or 0) < healthy - HEALTHY_DB
        which = "1 operator brings" if count == 1 else f"{count} operators bring"
        text = (
            f"{which} the error in; {'put right' if faulty else 'left in float'}, {found.sqnr_db:.1f} dB become "
            f"{'no noise' if found.restored_db is None else f'{found.restored_db:.1f} dB'}"
        )
    elif found.healthy_db is not None and found.sqnr_db is not None and found.sqnr_db > found.healthy_db - HEALTHY_DB:
        text = (
            f"no operator is to blame: quantization leaves {found.sqnr_db:.1f} dB, and about as much "
            f"({found.healthy_db:.1f} dB) if it is done anew from these samples; to lose less, leave the worst "
            f"operators in float, or train for int8 (-qat)"
        )
    else:
        text = "the error enters in the quantization, and is spread over many operators"
    return replace(found, message=text)
