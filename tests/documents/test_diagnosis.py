"""An operator is called by the first of the names that were fused."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.documents.diagnosis import Diagnosis
from tests.report.conftest import make_diagnosis

OPERATOR = Diagnosis.from_json(make_diagnosis()).operators[0]


@pytest.mark.parametrize(("name", "short"), [("conv;relu;bias", "conv"), ("conv", "conv"), ("", ""), (";relu", "")])
def test_the_first_of_fused_names(name: str, short: str) -> None:
    assert replace(OPERATOR, name=name).short == short
