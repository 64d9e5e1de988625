"""Findings of a diagnosis: the noise that a model leaves, and the whole in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.documents.diagnosis import Diagnosis

Array = NDArray[Any]
GOOD_DB = 30.0
"""A stage that keeps this signal-to-noise ratio brings in no error worth a search."""
HEALTHY = 2.0
"""How many times the noise of the same model quantized anew is still healthy: 3 dB."""
HEALTHY_DB = 10 * float(np.log10(HEALTHY))


def share(references: Sequence[Array], candidates: Sequence[Array]) -> float:
    """Return the noise as a share of the signal, over all samples; what is not a number is all noise."""
    signal = sum(float(np.square(reference).sum()) for reference in references)
    noise = sum(
        float(np.square(np.nan_to_num(reference - candidate, nan=np.inf, posinf=np.inf, neginf=np.inf)).sum())
        for reference, candidate in zip(references, candidates, strict=True)
    )
    return noise / signal if signal else float(noise > 0)


def worded(diagnosis: Diagnosis) -> Diagnosis:
    """Say it in a sentence."""
    return replace(diagnosis, message=_sentence(diagnosis))


def _sentence(diagnosis: Diagnosis) -> str:
    if diagnosis.stage is None:
        return f"no stage costs much: each keeps {GOOD_DB:g} dB or more"
    if diagnosis.stage != "quantization":
        return f"the error enters in the {diagnosis.stage}, not in the quantization"
    if diagnosis.culprits:
        return _culprits(diagnosis)
    ratio, healthy = diagnosis.sqnr_db, diagnosis.healthy_db
    if healthy is not None and ratio is not None and ratio > healthy - HEALTHY_DB:
        return (
            f"no operator is to blame: quantization leaves {ratio:.1f} dB, and about as much "
            f"({healthy:.1f} dB) if it is done anew from these samples; to lose less, leave the worst "
            f"operators in float, or train for int8 (-qat)"
        )
    return "the error enters in the quantization, and is spread over many operators"


def _culprits(diagnosis: Diagnosis) -> str:
    """Say how many operators bring the error in, and what becomes of it without them."""
    count, ratio = len(diagnosis.culprits), diagnosis.sqnr_db
    brings = "1 operator brings" if count == 1 else f"{count} operators bring"
    healthy = np.nan if diagnosis.healthy_db is None else diagnosis.healthy_db
    faulty = (ratio or 0) < healthy - HEALTHY_DB
    before = "no noise" if ratio is None else f"{ratio:.1f} dB"
    after = "no noise" if diagnosis.restored_db is None else f"{diagnosis.restored_db:.1f} dB"
    return f"{brings} the error in; {'put right' if faulty else 'left in float'}, {before} become {after}"
