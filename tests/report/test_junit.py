from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from edgekit.documents.run import RunReport
from edgekit.report.junit import render_junit


def cases(document: dict[str, Any]) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(render_junit(RunReport.from_json(document)))
    return {case.attrib["name"]: case for case in root.iter("testcase")}


def properties(element: ElementTree.Element) -> dict[str, str]:
    return {each.attrib["name"]: each.attrib["value"] for each in element.findall("properties/property")}


def test_each_variant_is_a_test_case_with_its_verdict(document: dict[str, Any]) -> None:
    found = {name: [child.tag for child in case if child.tag != "properties"] for name, case in cases(document).items()}
    assert found == {
        "tflite-fp32": [],
        "tflite-fp16": [],
        "tflite-int8": ["skipped"],
        "onnx-int8": ["failure"],
        "tflite-int16x8": ["error"],
    }


def test_messages(document: dict[str, Any]) -> None:
    found = cases(document)
    failure, error = found["onnx-int8"].find("failure"), found["tflite-int16x8"].find("error")
    assert failure is not None
    assert failure.attrib["message"] == "The drop of 0.06 was weighed."
    assert failure.text is not None
    assert failure.text.startswith("accuracy drop: 0.06 (")
    assert error is not None
    assert error.attrib["message"].startswith("the converter died at <script>")
    assert error.text is not None
    assert error.text.endswith("line two")


def test_counts(document: dict[str, Any]) -> None:
    root = ElementTree.fromstring(render_junit(RunReport.from_json(document)))
    for element in (root, root[0]):
        counts = {name: element.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "5", "failures": "1", "errors": "1", "skipped": "1"}


def test_properties_hold_what_was_measured(document: dict[str, Any]) -> None:
    root = ElementTree.fromstring(render_junit(RunReport.from_json(document)))
    assert properties(root[0])["max_drop"] == "0.02"
    measured = properties(cases(document)["tflite-int8"])
    assert measured["bytes"] == "680000"
    assert measured["drop"] == "0.01"
    assert measured["latency_ms.p50"] == "1.4"


def test_what_was_not_measured_is_left_out(bare: dict[str, Any]) -> None:
    found = cases(bare)
    assert properties(found["tflite-fp16"]).keys() == {"sha256", "samples"}
    skipped = found["tflite-fp32"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "not compared with the original"
    assert "time" not in found["tflite-fp32"].attrib
