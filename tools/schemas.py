"""``python -m tools.schemas``: write the JSON Schema of each document that commands print to ``docs/schema``."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edgekit.documents.bench import BenchReport
from edgekit.documents.bundle import (
    BundleReport,
    GoldenIndex,
    Manifest,
    ReproductionReport,
    VerificationReport,
)
from edgekit.documents.conversion import ConversionReport, TuningReport
from edgekit.documents.delegation import Delegation
from edgekit.documents.diagnosis import Diagnosis
from edgekit.documents.document import Document
from edgekit.documents.inspection import InspectionReport
from edgekit.documents.machines import MachineReport
from edgekit.documents.parity import ComparisonsReport, ParityReport
from edgekit.documents.plan import PlanReport
from edgekit.documents.prediction import PredictionReport
from edgekit.documents.run import RunReport
from edgekit.documents.search import SearchReport
from edgekit.documents.self_test import SelfTestReport
from edgekit.documents.weights import WeightFacts

FOLDER = Path(__file__).parent.parent / "docs" / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENTS: dict[str, type] = {
    "bench": BenchReport,
    "bundle": BundleReport,
    "comparisons": ComparisonsReport,
    "conversion": ConversionReport,
    "diagnosis": Diagnosis,
    "golden": GoldenIndex,
    "inspection": InspectionReport,
    "machine": MachineReport,
    "manifest": Manifest,
    "parity": ParityReport,
    "plan": PlanReport,
    "prediction": PredictionReport,
    "reproduction": ReproductionReport,
    "run": RunReport,
    "search": SearchReport,
    "self_test": SelfTestReport,
    "tuning": TuningReport,
    "verification": VerificationReport,
}
"""By the name of the file."""
ATTRIBUTE = re.compile(r"^    (\w+): (.*)$")


def schema_text(name: str) -> str:
    """Return the JSON Schema of a document as its file holds it: with the sentences of the docstrings."""
    schema = {"$schema": DIALECT, **msgspec.json.schema(DOCUMENTS[name])}
    for part, definition in schema["$defs"].items():
        _describe(definition, _types()[part])
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _types() -> dict[str, type]:
    """Return what documents are made of, by name; two are no documents, as predicting reads them."""
    kinds: list[type] = [*_subclasses(Document), Delegation, WeightFacts]
    return {kind.__name__: kind for kind in kinds}


def _subclasses(kind: type[Document]) -> Iterator[type[Document]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _describe(definition: dict[str, Any], kind: type) -> None:
    """Say of an object and of each of its keys what the docstring says."""
    text = inspect.getdoc(kind) or ""
    definition["description"] = text.partition("\n\n")[0].replace("\n", " ")
    sentences = _sentences(text)
    names = {_encoded(kind, name): sentence for name, sentence in sentences.items()}
    for key, entry in definition["properties"].items():
        if key in names:
            entry["description"] = names[key]


def _encoded(kind: type, name: str) -> str:
    """Return the key of an attribute."""
    fields: tuple[str, ...] = getattr(kind, "__struct_fields__", ())
    keys: tuple[str, ...] = getattr(kind, "__struct_encode_fields__", ())
    return dict(zip(fields, keys, strict=True)).get(name, name)


def _sentences(text: str) -> dict[str, str]:
    """Return what the section ``Attributes`` of a docstring says, by the attributes' names."""
    sentences: dict[str, str] = {}
    name = None
    for line in text.partition("Attributes:\n")[2].splitlines():
        match = ATTRIBUTE.match(line)
        if match:
            name = match[1]
            sentences[name] = match[2]
        elif name is not None and line.strip():
            sentences[name] += f" {line.strip()}"
    return sentences


def main() -> int:
    """Write all schemas."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in DOCUMENTS:
        (FOLDER / f"{name}.json").write_text(schema_text(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
