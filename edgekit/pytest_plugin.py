"""A plugin of pytest: parity and bundles as tests of one's own.

    def test_what_ships(assert_parity):
        assert_parity("build/flowers/model", "build/flowers/artifacts/tflite-int8", data="photos", max_drop=0.02)

    def test_the_release(assert_bundle):
        assert_bundle("flowers.edgekit", key="release.pub")

Installing edgekit is enough: pytest finds it. Nothing is imported before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from edgekit.documents.bundle import VerificationReport
    from edgekit.documents.parity import ParityReport


def check_parity(model: Any, artifact: Any, *, data: Any, device: str = "host", **rule: Any) -> ParityReport:
    """Fail unless an artifact passes parity with its original.

    Args:
        model: The original.
        artifact: What ships, or a bundle of it.
        data: Raw samples.
        device: Where it runs.
        rule: ``metric``, ``max_drop``, ``threshold`` and ``confidence``, as under ``[parity]`` of a recipe.

    Returns:
        The report, for more assertions.

    Raises:
        AssertionError: The verdict is "fail", or "inconclusive", which is no pass either.
    """
    __tracebackhide__ = True
    from edgekit.errors import EdgekitError  # heavy
    from edgekit.evaluation.parity import parity  # heavy
    from edgekit.inference.placement import Placement  # heavy
    from edgekit.recipe.recipe import ParityRecipe, check_rule  # heavy

    try:
        judged = ParityRecipe(**rule)
        check_rule(judged)
        report: ParityReport = parity(model, artifact, data=data, rule=judged, placement=Placement(device=device))
    except EdgekitError as error:
        pytest.fail(str(error), pytrace=False)
    if report.verdict != "pass":
        warnings = "".join(f"\nwarning: {warning}" for warning in report.warnings)
        verdict = f"parity of {report.variant} is {report.verdict}: {report.message}"
        pytest.fail(verdict + warnings, pytrace=False)
    return report


def check_bundle(path: Any, *, key: Any = None, device: str = "host") -> VerificationReport:
    """Fail unless a bundle is as it was made, and answers as it did.

    Args:
        path: The bundle.
        key: The public key that it has to be signed by.
        device: Where it runs.

    Raises:
        AssertionError: It is not; the message says in what.
    """
    __tracebackhide__ = True
    from edgekit.bundle.verify import verify_bundle  # heavy
    from edgekit.errors import EdgekitError  # heavy
    from edgekit.inference.placement import Placement  # heavy

    try:
        report = verify_bundle(path, key=key, placement=Placement(device=device))
    except EdgekitError as error:
        pytest.fail(str(error), pytrace=False)
    if not report.ok:
        pytest.fail(f"{path}: " + "; ".join(report.problems), pytrace=False)
    return report


@pytest.fixture
def assert_parity() -> Callable[..., ParityReport]:
    """Return `check_parity`."""
    return check_parity


@pytest.fixture
def assert_bundle() -> Callable[..., VerificationReport]:
    """Return `check_bundle`."""
    return check_bundle
