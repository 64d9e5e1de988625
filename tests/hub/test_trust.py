"""Trust is the digest of just one module, and helps against no op that TensorFlow lacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from edgekit.errors import ModuleError
from edgekit.hub.modules import Module
from edgekit.hub.risks import CUSTOM, FOREIGN, READS
from edgekit.hub.trust import check_trust
from edgekit.system.digests import bytes_digest

DIGEST = bytes_digest(b"a module")
READING = {"op": "ReadFile", "where": "graph, node read", "risk": READS}
UNKNOWN = {"op": "Erfinq", "where": "graph, node x", "risk": CUSTOM}


def module(*risks: Mapping[str, str]) -> Module:
    return Module(
        handle="gs://modules/small",
        path=Path("small"),
        format="tf2-hub",
        signatures={},
        callable=True,
        ops={},
        risks=risks,
        bytes=0,
        digest=DIGEST,
    )


def test_a_module_that_only_computes_needs_none() -> None:
    check_trust(module(), None)


def test_a_class_that_is_not_of_keras_is_named_by_its_file_first() -> None:
    foreign = {"op": "nets.Scale", "where": "model.keras", "risk": FOREIGN}
    check_trust(module(foreign), DIGEST)
    with pytest.raises(ModuleError, match=r"nets.Scale is no class of Keras .*import = .*or, .*trust = ") as caught:
        check_trust(module(foreign), None)
    assert (caught.value.setting, caught.value.digest) == ("code", DIGEST)


def test_a_risk_needs_the_digest_and_the_error_holds_it() -> None:
    check_trust(module(READING), DIGEST)
    with pytest.raises(ModuleError, match=r"ReadFile reads files \(graph, node read\)") as caught:
        check_trust(module(READING), None)
    assert (caught.value.handle, caught.value.digest, caught.value.setting) == ("gs://modules/small", DIGEST, "trust")
    assert "--" not in str(caught.value)


def test_the_digest_of_another_is_refused() -> None:
    with pytest.raises(ModuleError, match="is not what trust"):
        check_trust(module(READING), bytes_digest(b"another module"))


def test_many_risks_are_counted() -> None:
    with pytest.raises(ModuleError, match="and 2 more"):
        check_trust(module(*[READING] * 5), None)


def test_no_trust_helps_an_op_that_is_not_there() -> None:
    with pytest.raises(ModuleError, match="needs the op Erfinq") as caught:
        check_trust(module(UNKNOWN), DIGEST)
    assert caught.value.op == "Erfinq"
