"""What bundles hold and what is said of them: the manifest, and what bundle, verify and reproduce print."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from edgekit.documents.document import Document, Verdict


class GoldenLimit(Document, frozen=True, kw_only=True):
    """How far an output may be from the original's on the golden samples.

    Attributes:
        error: Root mean square of the differences where the bundle was made.
        limit: More than this is a fault.
        runtime: What ran it there.
    """

    error: float
    limit: float
    runtime: str


class FileEntry(Document, frozen=True, kw_only=True):
    """A file of a bundle.

    Attributes:
        sha256: Its digest, in hexadecimal.
        bytes: Its size.
    """

    sha256: str
    bytes: int


class Manifest(Document, frozen=True, kw_only=True):
    """What ``manifest.json`` of a bundle holds.

    Attributes:
        format: Number of this format.
        name: The recipe's name, or the artifact's folder.
        variant: The artifact.
        device: The profile of what it is for; null: for none in particular.
        made_with: Versions of the tools.
        golden: Limits, by output.
        files: All files but the manifest, by name.
    """

    format: int
    name: str
    variant: str
    device: str | None
    made_with: dict[str, str]
    golden: dict[str, GoldenLimit]
    files: dict[str, FileEntry] | UnsetType = UNSET


class BundleReport(Document, frozen=True, kw_only=True):
    """What ``edgekit bundle --json`` prints.

    Attributes:
        bundle: The file.
        bytes: Its size.
        digest: Of all that it holds.
        signature: The file of its signature; null: it is not signed.
        parity: The verdict that goes along; null: none was asked for.
    """

    bundle: str
    bytes: int
    digest: str
    signature: str | None
    parity: Verdict | None


class GoldenError(Document, frozen=True, kw_only=True):
    """How far an output is from the original's on the golden samples here.

    Attributes:
        error: Root mean square of the differences.
        limit: More than this is a fault.
    """

    error: float
    limit: float


class VerificationReport(Document, frozen=True, kw_only=True):
    """What ``edgekit verify --json`` prints.

    Attributes:
        ok: Whether nothing is wrong.
        problems: What is wrong, as sentences.
        digest: Of the bundle; null: it cannot be read.
        golden: Errors against the original's answers, by output; null: it was not run.
        signature: Whether it is signed; null: it is not.
        runtime: What ran it; null: it was not run.
        device: Where.
    """

    ok: bool
    problems: tuple[str, ...]
    digest: str | None
    golden: dict[str, GoldenError] | None
    signature: Literal["good", "bad", "missing", "not checked"] | None
    runtime: str | None
    device: str


class ReproductionReport(Document, frozen=True, kw_only=True):
    """What ``edgekit reproduce --json`` prints.

    Attributes:
        bundle: The new bundle.
        same: Whether it has the same bytes.
        differences: What differs, as sentences, the causes first.
    """

    bundle: str
    same: bool
    differences: tuple[str, ...]


class Card(Document, frozen=True, kw_only=True):
    """What a recipe's ``[card]`` says, and its name.

    Attributes:
        name: The recipe's name.
        description: What the model is for.
        module_licence: Licence of the module.
        data_licence: Licence of the data.
    """

    name: str
    description: str | None = None
    module_licence: str | None = None
    data_licence: str | None = None


class GoldenInput(Document, frozen=True, kw_only=True):
    """A raw input of a golden sample, in one of three ways.

    Attributes:
        file: A file beside, as it was given.
        text: A sentence.
        array: A file of an array beside.
    """

    file: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    array: str | UnsetType = UNSET


class GoldenSample(Document, frozen=True, kw_only=True):
    """A golden sample.

    Attributes:
        name: The sample's name.
        label: Its true label as a word; null: it has none.
        inputs: Its raw inputs, by name.
    """

    name: str
    label: str | None
    inputs: dict[str, GoldenInput]


class GoldenIndex(Document, frozen=True, kw_only=True):
    """What ``golden/golden.json`` of a bundle holds.

    Attributes:
        samples: The samples, in the order of the answers' rows.
        outputs: Names of the outputs, in the order of the answers' files.
    """

    samples: tuple[GoldenSample, ...]
    outputs: tuple[str, ...]
