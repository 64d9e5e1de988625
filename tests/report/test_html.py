from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from edgekit.documents.run import RunReport
from edgekit.report.html import render_html

HOSTILE = "<script>alert('x')</script>"
VOID = {"meta", "img", "col", "br", "hr", "link", "input"}
PAINTS = {"fill", "stroke"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of each."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.open), data))

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def tags(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def check_self_contained(html: str) -> None:
    """Fail on anything that a browser would fetch or run."""
    page = Page(html)
    loaders = {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "video",
        "source",
        "foreignobject",
    }
    assert not loaders & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        assert attributes.get("src", "data:image/").startswith("data:audio/" if tag == "audio" else "data:image/")
    assert all(value.startswith("#") for value in page.attributes("href"))
    for _, attributes in page.elements:
        forbidden = [name for name in attributes if name.startswith("on") or name in ("style", "srcset", "xlink:href")]
        assert not forbidden, forbidden
    (style,) = [text for path, text in page.texts if path and path[-1] == "style"]
    assert "url(" not in style
    assert "@import" not in style


def row_of(html: str, variant: str) -> str:
    rows: list[str] = re.findall(r'<tr role="row">.*?</tr>', html, re.S)
    (row,) = [row for row in rows if f">{variant}</a>" in row]
    return row


def test_asks_nothing_of_any_network(document: dict[str, Any]) -> None:
    html = render_html(RunReport.from_json(document))
    check_self_contained(html)
    assert "http:" not in html
    assert "https:" not in html


@pytest.mark.parametrize(
    "fault",
    [
        '<img src="https://example.org/x.png">',
        '<link rel="stylesheet" href="x.css">',
        "<script>1</script>",
        '<p style="color: red">x</p>',
        '<a href="https://example.org">x</a>',
        '<p onclick="x()">x</p>',
        '<audio src="https://example.org/x.ogg"></audio>',
    ],
)
def test_the_check_finds_a_seeded_fault(document: dict[str, Any], fault: str) -> None:
    with pytest.raises(AssertionError):
        check_self_contained(render_html(RunReport.from_json(document)).replace("</main>", f"{fault}</main>"))


def test_policy_allows_the_one_style_sheet_and_pictures(document: dict[str, Any]) -> None:
    html = render_html(RunReport.from_json(document))
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [meta["content"] for meta in Page(html).tags("meta") if "http-equiv" in meta]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; media-src data:; "
        f"base-uri 'none'; form-action 'none'"
    )


def test_hostile_text_is_shown_as_text(document: dict[str, Any]) -> None:
    html = render_html(RunReport.from_json(document))
    page = Page(html)
    assert "<script" not in html.lower()
    shown = "".join(text for _, text in page.texts)
    # The name, a label, a class, a skipped file, a note, an error and a sample's text.
    assert shown.count(HOSTILE) >= 7
    assert "daisy/<script>.jpg" in shown


def test_a_picture_that_is_not_in_the_document_is_not_shown(document: dict[str, Any]) -> None:
    for artifact in document["artifacts"][1:4]:
        artifact["parity"]["worst"][0]["picture"] = "https://example.org/daisy.jpg"
    html = render_html(RunReport.from_json(document))
    assert "example.org" not in html
    assert "no picture" in html


def test_a_sample_is_shown_once_with_every_variant_that_differs(document: dict[str, Any]) -> None:
    html = render_html(RunReport.from_json(document))
    assert html.count("<img ") == 1
    (card,) = [card for card in html.split('<li class="sample">') if "<img " in card]
    assert re.findall(r'<th scope="row">([\w-]+)</th>', card) == ["tflite-fp16", "tflite-int8", "onnx-int8"]
    assert "0.610" in card
    assert card.count("0.480") == 3


def test_no_answer_changed(document: dict[str, Any]) -> None:
    document["artifacts"] = document["artifacts"][:1]
    assert "No answer changed." in render_html(RunReport.from_json(document))


def test_no_answer_changed_is_not_claimed_where_none_was_asked(bare: dict[str, Any]) -> None:
    assert "No answer changed" not in render_html(RunReport.from_json(bare))


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-fp16"])
def test_what_was_not_measured_is_said_and_no_number_made_up(bare: dict[str, Any], variant: str) -> None:
    row = row_of(render_html(RunReport.from_json(bare)), variant)
    cells = re.findall(r"<td.*?</td>", row, re.S)[1:]
    assert [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells] == ["not measured"] * 6


def test_none_never_shows(bare: dict[str, Any]) -> None:
    html = render_html(RunReport.from_json(bare))
    shown = "".join(text for path, text in Page(html).texts if path and path[-1] != "style")
    assert not re.search(r"\bNone\b|\bnull\b|\bnan\b|undefined", shown.replace("None of", ""))


def test_exact_is_said_only_where_there_was_no_error(document: dict[str, Any]) -> None:
    assert "exact" in row_of(render_html(RunReport.from_json(document)), "tflite-fp32")
    document["artifacts"][0]["parity"]["outputs"]["probabilities"]["max_abs"] = 0.1
    assert "exact" not in row_of(render_html(RunReport.from_json(document)), "tflite-fp32")


def test_a_variant_that_could_not_be_built_says_why(document: dict[str, Any]) -> None:
    row = row_of(render_html(RunReport.from_json(document)), "tflite-int16x8")
    assert "Not built" in row
    assert "the converter died at" in row


def test_numbers_of_a_row(document: dict[str, Any]) -> None:
    row = re.sub(r"<[^>]+>", " ", row_of(render_html(RunReport.from_json(document)), "onnx-int8"))
    for words in (
        "Fail",
        "680\xa0kB",
        "22% of original",
        "79.0%",
        "6.0",
        "4.7 to 7.4",
        "99.8%",
        "30.1\xa0dB",
        "1.40\xa0ms",
    ):
        assert words in row


def test_header_says_the_verdict_the_original_and_the_rule(document: dict[str, Any]) -> None:
    header = render_html(RunReport.from_json(document)).partition("<header")[2].partition("</header>")[0]
    for words in (
        "2 of 5 variants pass, 1 fails",
        "about 188 more samples",
        "85.0%",
        "81.0% to 88.0%",
        "400",
        "2.0 points",
        "95%",
    ):
        assert words in header


def test_accessible(document: dict[str, Any]) -> None:
    page = Page(render_html(RunReport.from_json(document)))
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    referred = page.attributes("href") + [f"#{name}" for name in page.attributes("aria-labelledby")]
    referred += re.findall(r"url\((#[^)]+)\)", " ".join(page.attributes("clip-path")))
    assert {name[1:] for name in referred} <= set(ids)
    assert all(th.get("scope") in ("row", "col") for th in page.tags("th"))
    assert len(page.tags("table")) == len(page.tags("caption"))
    assert all(image["alt"] for image in page.tags("img"))
    charts = [svg for svg in page.tags("svg") if svg.get("role") == "img"]
    assert len(charts) == 4 + 3 + 2  # four charts, a distribution for each inexact variant, a diagnosis and plans
    assert all("aria-hidden" in svg or "aria-labelledby" in svg for svg in page.tags("svg"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_charts_take_every_colour_from_the_theme(document: dict[str, Any]) -> None:
    painted = [
        value
        for _, attributes in Page(render_html(RunReport.from_json(document))).elements
        for name, value in attributes.items()
        if name in PAINTS
    ]
    assert painted
    assert set(painted) == {"none"}


def test_ten_variants_stay_small(document: dict[str, Any]) -> None:
    document["artifacts"] = [{**document["artifacts"][1], "variant": f"tflite-fp16-c{index}"} for index in range(10)]
    assert len(render_html(RunReport.from_json(document)).encode()) < 500_000


def test_what_makes_a_verdict_worth_less_is_said_once(document: dict[str, Any]) -> None:
    warning = f"3 samples were left out {HOSTILE}"
    for artifact in document["artifacts"][:2]:
        artifact["parity"]["warnings"] = [warning]
    texts = [text for _, text in Page(render_html(RunReport.from_json(document))).texts]
    assert sum(warning in text for text in texts) == 1
    document["artifacts"][0]["parity"]["warnings"] = document["artifacts"][1]["parity"]["warnings"] = []
    assert "Warning" not in render_html(RunReport.from_json(document))


def test_a_diagnosis_is_shown_with_its_variant(document: dict[str, Any]) -> None:
    page = render_html(RunReport.from_json(document))
    assert page.count("Where the error enters") == 1
    assert "1 operator brings the error in" in page
    assert "operator 5, CONV_2D" in page
    assert 'id="drift-' in page


def test_devices_stand_side_by_side(document: dict[str, Any]) -> None:
    page = render_html(RunReport.from_json(document))
    table = page[page.index("<caption>On devices") :].partition("</table>")[0]
    rows = table.split("<tr>")[2:]
    host, *rows = rows
    assert [words in host for words in (">host<", "1.40", "1.60", "99.8%")] == [True] * 4  # what the run itself found
    assert len(rows) == 3
    assert ["ssh://pi@raspberrypi" in rows[0], "97.5%" in rows[0], "2.50" in rows[0], "9.50" in rows[0]] == [True] * 4
    assert "tflite_runtime, gpu" in rows[1]
    assert rows[2].count("not measured") == 5  # no agreement, no times, no machine
    assert page.count("<caption>On devices") == 1


def test_a_contract_is_said_step_by_step(document: dict[str, Any]) -> None:
    page = render_html(RunReport.from_json(document))
    steps = page[page.index("How it is fed and read") :].partition("</ol>")[0]
    order = ["turned upright", "the middle 0.875", "resized to 224 x 224 pixels (bicubic", "0 to 255 mapped to 0 to 1"]
    places = [steps.index(words) for words in order]
    assert places == sorted(places)
    assert "public metadata cannot say of image:" in page


def test_the_command_that_made_it(document: dict[str, Any]) -> None:
    assert "<code>edgekit run " in render_html(RunReport.from_json(document))
    del document["command"]  # of an earlier edgekit
    for entry in document["artifacts"]:
        for name in ("devices", "contract", "not_in_metadata"):
            entry.pop(name, None)
    assert "<code>edgekit run " not in render_html(RunReport.from_json(document))


def test_a_sound_can_be_played(document: dict[str, Any]) -> None:
    page = render_html(RunReport.from_json(document))
    assert '<audio controls preload="none" src="data:audio/ogg;base64,T2dnUw==" aria-label="Sample row 8">' in page
    document["artifacts"][1]["parity"]["worst"][2]["sound"] = "https://example.com/x.ogg"
    assert "<audio" not in render_html(RunReport.from_json(document))
