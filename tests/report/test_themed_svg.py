"""A drawing takes the page's colours as classes, brings no styles, and keeps its ids to itself."""

from __future__ import annotations

from xml.etree import ElementTree

from edgekit.report.themed_svg import COLOURS, as_file, canvas, drawing, render_svg


def picture(name: str, *, colour: str = COLOURS["pass"], text: str = "a $ b") -> str:
    with drawing():
        axes = canvas(100, 50, left=10, bottom=10)
        axes.plot([0, 1], [0, 1], color=colour)
        axes.text(0, 0, text)
        return render_svg(axes, name=name, title="A line.")


def test_colours_are_classes_and_nothing_is_styled() -> None:
    nodes = list(ElementTree.fromstring(picture("line")).iter())
    assert any("stroke-pass" in node.get("class", "") for node in nodes)
    assert not any("style" in node.attrib or node.tag == "style" for node in nodes)
    others = ElementTree.fromstring(picture("line", colour="#123456")).iter()
    assert not any("stroke-pass" in node.get("class", "") for node in others)


def test_ids_of_two_drawings_differ() -> None:
    first, second = (
        {node.get("id") for node in ElementTree.fromstring(picture(name)).iter() if node.get("id")}
        for name in ("first", "second")
    )
    assert first
    assert not first & second


def test_a_dollar_is_a_dollar() -> None:
    assert "a $ b" in picture("line")


def test_the_same_is_drawn_the_same() -> None:
    assert picture("line") == picture("line") != picture("line", text="other")


def test_a_file_has_its_own_colours() -> None:
    page, file = picture("line"), as_file(picture("line"))
    assert ".stroke-pass{" in file
    assert 'xmlns="http://www.w3.org/2000/svg"' in file
    assert ".stroke-pass{" not in page
