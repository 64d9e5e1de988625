"""Delegates are read strictly, and each says what it takes."""

from __future__ import annotations

import pytest

from edgekit.adapters.delegate import delegate_names, delegates, load_delegate, parse_delegate
from edgekit.errors import EdgekitError


def test_what_runs_models_is_listed() -> None:
    assert "coreml" in delegates()
    assert "coreml" not in delegate_names()
    assert set(delegate_names()) >= {"edgetpu", "external", "gpu", "nnapi", "xnnpack"}


@pytest.mark.parametrize("name", sorted(delegates()))
def test_each_is_written_by_its_name(name: str) -> None:
    assert load_delegate(name).FORM.startswith(name)


def test_options_are_read_in_pairs() -> None:
    delegate = parse_delegate("external:/lib/a.so", ["a=b=c", "d="])
    assert delegate.options == (("a", "b=c"), ("d", ""))
    assert str(delegate) == "external:/lib/a.so"
    assert delegate.adapter.flags(delegate)[-1] == "--external_delegate_options=a:b=c;d:"
    for option in ("a", "=b", ""):
        with pytest.raises(EdgekitError, match="say it as KEY=VALUE"):
            parse_delegate("external:/lib/a.so", [option])


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(EdgekitError, match="no delegate 'gpo'; did you mean 'gpu'"):
        parse_delegate("gpo")


def test_what_makes_no_sense_holds_the_delegate() -> None:
    with pytest.raises(EdgekitError, match="no precision 'fp8'") as raised:
        parse_delegate("gpu:fp8")
    assert raised.value.delegate == "gpu:fp8"
