"""Caveats: what makes a verdict worth less than it looks, whatever it is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgekit.adapters.metric import Measure, load_metric, metric_names
from edgekit.contract.contract import Contract
from edgekit.evaluation.input_use import InputUse

OUTSIDE = 0.01
"""Share of values beyond what calibration saw from which on it is said."""
NARROW = 0.25
"""Share of the calibrated range that samples have to fill."""


@dataclass(frozen=True, kw_only=True)
class Leakage:
    """Samples that the model knows already.

    Attributes:
        samples: Number of samples that trained the model or calibrated the artifact.
        all_leaked: Whether these are all that there are, so that they judge all the same.
        unknown: Whether nobody knows which samples trained the model.
    """

    samples: int = 0
    all_leaked: bool = False
    unknown: bool = False

    @property
    def left_out(self) -> int:
        """How many samples do not judge."""
        return 0 if self.all_leaked else self.samples

    def warnings(self) -> list[str]:
        """Say what it does to a verdict."""
        warnings = []
        if self.all_leaked:
            warnings.append(
                f"all {self.samples} samples trained the model or calibrated the artifact, so the scores are too good: "
                f"give others that were held out"
            )
        elif self.samples:
            warnings.append(f"{self.samples} samples were left out: they trained the model or calibrated the artifact")
        if self.unknown:
            warnings.append("which samples trained the model is not known, and some may judge: give held-out ones")
        return warnings


def calibration_warnings(
    uses: Mapping[str, InputUse], calibrated_ranges: Mapping[str, tuple[float, float]]
) -> list[str]:
    """Say if the samples that calibrated do not look like those that judge, by the values of inputs."""
    warnings = []
    for name, use in uses.items():
        low, high = calibrated_ranges[name]
        share = use.outside / use.values if use.values else 0.0
        # The zero point of int8 is exact, so a range always holds zero.
        span, used = max(high, 0.0) - min(low, 0.0), max(use.high, 0.0) - min(use.low, 0.0)
        calibrated = f"the values of {name!r} that calibration saw, {low:.3g} to {high:.3g}"
        if share > OUTSIDE:
            warnings.append(
                f"{share:.1%} of the values lie outside {calibrated}: calibrate with samples like those that judge"
            )
        elif use.values and used < NARROW * span:
            warnings.append(
                f"the samples fill {used / span:.0%} of the range of {calibrated}: int8 steps are too coarse for them; "
                f"calibrate with samples like those that judge"
            )
    return warnings


def unjudged_warnings(measure: Measure | None, contract: Contract) -> list[str]:
    """Say which outputs are only measured."""
    if measure is None:
        return []
    others = [spec.name for spec in contract.outputs if spec.name not in measure.outputs]
    if not others:
        return []
    metrics = [f"metric {name!r} judges all outputs" for name in metric_names() if load_metric(name).ALL_OUTPUTS]
    return [_joined([f"not judged, only measured: {', '.join(others)}", *metrics])]


def _joined(parts: Sequence[str]) -> str:
    return "; ".join(parts)
