"""A page read as a program sees it: its elements, with their attributes and texts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

__all__ = ["Element", "read_page"]

_EMPTY = {"meta", "link", "input", "img", "br", "line", "rect", "path", "use"}


@dataclass
class Element:
    """One element and what is in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    own_text: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join([*self.own_text, *(child.text for child in self.children)])

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Return the elements below this one that have a tag and attributes."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        below = [found for child in self.children for found in child.all(tag, **attributes)]
        fits = self.tag == tag and wanted.items() <= self.attributes.items()
        return [self, *below] if fits else below

    def one(self, tag: str, **attributes: str) -> "Element":
        (found,) = self.all(tag, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].own_text.append(data)


def read_page(page: str | Path) -> Element:
    """Parse a page, or its file."""
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8") if isinstance(page, Path) else page)
    return reader.root
