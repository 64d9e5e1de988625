"""Matplotlib's figures as SVG for inside a page: the page's fonts and colours, no styles, no scripts, no clashing ids.

A figure is drawn in a few sentinel colours. Each becomes a class (``fill-pass``, ``stroke-pass``), which the page's
style sheet colours for light and for dark. Inline styles become attributes, so that the page needs to allow none.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The colours of the page -> what stands for each while matplotlib draws.
COLOURS = {
    "ink": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "paper": "#040404",
    "accent": "#050505",
    "pass": "#060606",
    "inconclusive": "#070707",
    "fail": "#080808",
}
NAMES = {colour: name for name, colour in COLOURS.items()}
FONT_SIZE = 11
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "edgekit",
    # A dollar sign in a name is a dollar sign.
    "text.parse_math": False,
    "font.size": FONT_SIZE,
}
NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
KEPT_STYLES = frozenset(
    [
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "opacity",
        "fill-opacity",
        "stroke-opacity",
        "font-size",
        "font-weight",
        "text-anchor",
    ]
)


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Draw with matplotlib's own settings in the block, for a user's must not change what a report looks like."""
    import matplotlib.style  # heavy

    with matplotlib.style.context(["default", STYLE], after_reset=True):
        yield


def canvas(width: int, height: int, *, left: int = 0, right: int = 0, top: int = 0, bottom: int = 0) -> Axes:
    """Return axes on a new figure of ``width`` x ``height`` pixels with these margins; one unit downwards is one pixel.

    The y axis counts pixels from the top of the axes, so that rows and their labels can be set to the pixel.
    """
    from matplotlib.figure import Figure  # heavy

    figure = Figure(figsize=(width / 72, height / 72))
    inner_width, inner_height = width - left - right, height - top - bottom
    axes = figure.add_axes((left / width, bottom / height, inner_width / width, inner_height / height))
    axes.set_ylim(inner_height, 0)
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(COLOURS["line"])
    axes.tick_params(axis="x", color=COLOURS["line"], labelcolor=COLOURS["muted"], labelsize=10, length=3, pad=3)
    axes.set_yticks([])
    return axes


def plane(width: int, height: int, *, left: int, right: int, top: int, bottom: int) -> Axes:
    """Return axes on a new figure with numbers on both sides, for points and lines."""
    axes = canvas(width, height, left=left, right=right, top=top, bottom=bottom)
    axes.set_ylim(auto=True)
    if axes.yaxis_inverted():
        axes.invert_yaxis()
    axes.autoscale(enable=True)
    axes.spines["left"].set_visible(True)
    axes.spines["left"].set_color(COLOURS["line"])
    axes.yaxis.set_major_locator(_ticks())
    axes.tick_params(axis="y", color=COLOURS["line"], labelcolor=COLOURS["muted"], labelsize=10, length=3, pad=3)
    return axes


def _ticks() -> Any:
    from matplotlib.ticker import MaxNLocator  # heavy

    return MaxNLocator(nbins=6)


def logarithmic(axes: Axes) -> None:
    """Give axes a logarithmic x axis with plain numbers at 1, 2 and 5 of each power of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator  # heavy

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


ALONE = {
    "ink": "#1c1b1a",
    "muted": "#5f5b55",
    "line": "#b9b4ab",
    "paper": "#ffffff",
    "accent": "#1f5fa8",
    "pass": "#1b7a45",
    "inconclusive": "#8a6100",
    "fail": "#b3261e",
}
"""The colours of a drawing that is a file of its own."""


def as_file(svg: str) -> str:
    """Return a drawing that needs no page: with its own colours, font and background."""
    rules = [f".{key}-{name}{{{key}:{colour}}}" for name, colour in ALONE.items() for key in ("fill", "stroke")]
    style = f"<style>text{{font-family:sans-serif}}svg{{background:#fff}}{''.join(rules)}</style>"
    return re.sub(r"<svg ([^>]*)>", rf'<svg xmlns="http://www.w3.org/2000/svg" \1>{style}', svg, count=1)


def render_svg(axes: Axes, *, name: str, title: str) -> str:
    """Return the figure of ``axes`` as an ``<svg>``; ``name`` keeps its ids apart from those of others on the page."""
    drawn = io.BytesIO()
    figure = axes.get_figure(root=True)
    assert figure is not None, "canvas() made the axes on a figure"
    figure.savefig(drawn, format="svg", transparent=True, metadata=NO_METADATA)
    source = ElementTree.fromstring(drawn.getvalue())  # noqa: S314 - matplotlib wrote it a line above
    svg = _element(source, _new_ids(source, name))
    _set_frame(svg, source.attrib["viewBox"], name=name, title=title)
    return ElementTree.tostring(svg, encoding="unicode")


def _new_ids(source: ElementTree.Element, name: str) -> dict[str, str]:
    """Return matplotlib's ids that something refers to, each with the id that it has in the page."""
    text = " ".join(value for node in source.iter() for value in node.attrib.values())
    references = dict.fromkeys(re.findall(r"(?:^| |\()#([\w.]+)", text))
    defined = {node.attrib["id"] for node in source.iter() if "id" in node.attrib}
    used = [reference for reference in references if reference in defined]
    return {old: f"{name}-{index}" for index, old in enumerate(used)}


def _element(node: ElementTree.Element, ids: dict[str, str]) -> ElementTree.Element:
    """Return a copy of ``node`` without namespaces, inline styles and unused ids."""
    copy = ElementTree.Element(node.tag.removeprefix(SVG), _attributes(node, ids))
    copy.text = node.text.strip() if node.text and node.text.strip() else None
    # The style element that matplotlib adds would apply to the whole page.
    copy.extend(_element(child, ids) for child in node if child.tag not in (f"{SVG}style", f"{SVG}metadata"))
    return copy


def _attributes(node: ElementTree.Element, ids: dict[str, str]) -> dict[str, str]:
    attributes = {key: value for key, value in node.attrib.items() if key not in ("id", "style", LINK)}
    if "d" in attributes:
        attributes["d"] = _short_path(attributes["d"])
    if "clip-path" in attributes:
        attributes["clip-path"] = f"url(#{ids[attributes['clip-path'][5:-1]]})"
    if LINK in node.attrib:
        attributes["href"] = f"#{ids[node.attrib[LINK][1:]]}"
    if node.attrib.get("id") in ids:
        attributes["id"] = ids[node.attrib["id"]]
    return attributes | _painted(node.attrib.get("style", ""))


def _painted(style: str) -> dict[str, str]:
    """Return an inline style as attributes, the colours that stand for the page's as classes."""
    rules = dict(rule.split(":", 1) for rule in style.replace(" ", "").split(";") if ":" in rule)
    classes = [f"{key}-{NAMES[value]}" for key, value in rules.items() if value in NAMES]
    styles = {key: value for key, value in rules.items() if key in KEPT_STYLES and value not in NAMES}
    return styles | ({"class": " ".join(classes)} if classes else {})


def _short_path(path: str) -> str:
    """Return a path's data with a hundredth of a pixel, which is what an eye could see, and no line breaks."""
    return re.sub(r"-?\d+\.\d+", lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), " ".join(path.split()))


def _set_frame(svg: ElementTree.Element, view_box: str, *, name: str, title: str) -> None:
    svg.attrib.clear()
    svg.attrib.update({"viewBox": view_box, "role": "img", "aria-labelledby": f"{name}-title"})
    heading = ElementTree.Element("title", id=f"{name}-title")
    heading.text = title
    svg.insert(0, heading)
