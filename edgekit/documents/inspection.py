"""What ``edgekit inspect --json`` prints: what is at a handle."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from edgekit.documents.document import Document, Interval
from edgekit.system.files import JsonObject


class Port(Document, frozen=True, kw_only=True):
    """What goes in or comes out.

    Attributes:
        dtype: Its type.
        shape: Its sizes, null where one is free; null: of any rank.
        quantization: Of integers that stand for floats, ``scale`` and ``zero_point``.
    """

    dtype: str
    shape: tuple[int | None, ...] | None
    quantization: JsonObject | UnsetType = UNSET


class SignatureEntry(Document, frozen=True, kw_only=True):
    """What can be asked of a model.

    Attributes:
        inputs: What goes in, by name.
        outputs: What comes out, by name.
    """

    inputs: dict[str, Port]
    outputs: dict[str, Port]


class Risk(Document, frozen=True, kw_only=True):
    """An op that reaches outside the graph.

    Attributes:
        op: Its type.
        where: In which function it is.
        risk: What it may do.
    """

    op: str
    where: str
    risk: str


class FeedingProbe(Document, frozen=True, kw_only=True):
    """How well a model does with one way of feeding it.

    Attributes:
        feeding: What it is called.
        recipe: What a recipe says of it.
        accuracy: Share of right answers.
        interval: Wilson's, at 95%.
        behind: Interval of how much less than the best it has right (Tango's, paired); null of the best.
        fits: Whether it is the best, or not told from it.
    """

    feeding: str
    recipe: dict[str, tuple[float, ...] | str]
    accuracy: float
    interval: Interval
    behind: Interval | None
    fits: bool


class InspectionReport(Document, frozen=True, kw_only=True):
    """What is at a handle, without running it.

    Attributes:
        handle: As it was given.
        digest: Digest of all files.
        format: ``tf2-hub``, ``tf1-hub``, ``saved_model``, ``keras``, ``h5``, ``tflite`` or ``onnx``.
        signatures: What can be asked of it, by key.
        bytes: Size of all files.
        ops: How often each op occurs.
        risks: Ops that reach outside the graph.
        feeding: How well it does with each way of feeding it, the best first; only where labelled photos are given.
    """

    handle: str
    digest: str
    format: str
    signatures: dict[str, SignatureEntry]
    bytes: int
    ops: dict[str, int]
    risks: tuple[Risk, ...]
    feeding: tuple[FeedingProbe, ...] | UnsetType = UNSET
