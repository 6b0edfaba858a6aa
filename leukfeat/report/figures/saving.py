"""Figures as files and as parts of a page."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from leukfeat._tables import replacing, write_text
from leukfeat.report.figures.style import INK, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_figure", "save_png_and_svg", "svg_text"]

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DPI = 150
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_HEADER = '<?xml version="1.0" encoding="utf-8"?>\n'


def save_figure(figure: "Figure", path: str | Path, dpi: int = _DPI) -> None:
    """Write a figure as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : str or pathlib.Path
        The file.
    dpi : int, default=150
        Dots per inch.
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a class may be called $a$
    with replacing(path) as temporary, _quiet_about_glyphs():
        figure.savefig(temporary, format="png", dpi=dpi, metadata={"Software": None})


def save_png_and_svg(figure: "Figure", folder: Path, name: str, title: str, description: str = "") -> None:
    """Write a figure as PNG of 300 dots per inch and as SVG; equal figures give equal files.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    folder : pathlib.Path
        Where to write.
    name : str
        Name of both files without the ending.
    title : str
        Title of the SVG.
    description : str, default=""
        What it shows, for those who cannot see it.
    """
    text = svg_text(figure, name, title, description, page=False)
    write_text(f"{_HEADER}{text}\n", folder / f"{name}.svg")
    figure.set_layout_engine("none")  # everything is in its place by now
    save_figure(figure, folder / f"{name}.png", dpi=300)


def svg_text(
    figure: "Figure", name: str, title: str = "", description: str = "", *, page: bool = True
) -> str:
    """Return a figure as an SVG element.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    name : str
        Different for each figure of a page: ids begin with it, so that they never clash.
    title : str, default=""
        Its `<title>`; none where it is empty.
    description : str, default=""
        Its `<desc>`; none where it is empty.
    page : bool, default=True
        Whether it becomes part of a page: without background, text and axes in the colour of the text around
        it (`currentColor`).

    Returns
    -------
    str
        `<svg …>` with width, height and viewBox, text as text, and no XML declaration; the same for equal
        figures.
    """
    buffer = io.StringIO()
    with house_style(svg_hashsalt=name), _quiet_about_glyphs():
        _settle(figure)
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=metadata, transparent=page)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - matplotlib wrote it a moment ago
    _name_apart(root, name)
    if page:
        _take_color_around(root)
    _describe(root, title, description)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    return ET.tostring(root, encoding="unicode")


def _settle(figure: "Figure") -> None:
    """Lay a figure out once, and round where its axes lie: solving for it differs in the last bits."""
    if figure.get_layout_engine() is None:
        return
    figure.savefig(io.StringIO(), format="svg")
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = axes.get_position(original=True).bounds
        axes.set_position((round(left, 4), round(bottom, 4), round(width, 4), round(height, 4)))


def _name_apart(root: ET.Element, name: str) -> None:
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, f"{prefix}-{value}")
            elif key in ("href", f"{{{_XLINK}}}href") and value.startswith("#"):
                element.set(key, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def _take_color_around(root: ET.Element) -> None:
    for element in root.iter():
        for key, value in element.attrib.items():
            if INK in value:
                element.set(key, value.replace(INK, "currentColor"))


def _describe(root: ET.Element, title: str, description: str) -> None:
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        if text:
            element = ET.Element(f"{{{_SVG}}}{tag}")
            element.text = text
            root.insert(place, element)
    root.set("role", "img")
    if title:
        root.set("aria-label", title)


@contextmanager
def _quiet_about_glyphs() -> Iterator[None]:
    """Draw a letter that the font lacks as a box, and say nothing."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield
