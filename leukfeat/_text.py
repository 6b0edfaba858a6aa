"""Texts of others, shown as text: nothing in them is obeyed by a terminal, a page or Markdown."""

import re
from html import escape

__all__ = ["code_span", "plain_markdown", "visible"]

# Controls, what turns the direction of all text behind it, and what has no width or ends a line unseen.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_SPECIAL = re.compile(r"([\\`*_|~$\[\]]|(?<=\])\()")  # what Markdown obeys inside a line


def visible(text: str) -> str:
    """Return a text with a replacement character for what cannot be shown, or should not be obeyed."""
    return _INVISIBLE.sub("\ufffd", text).encode("utf-8", "replace").decode("utf-8")


def plain_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", escape(visible(" ".join(text.split())), quote=False))


def code_span(text: str) -> str:
    """Return a text that Markdown shows as code, on one line; quotes stand for its backticks."""
    return f"`{visible(' '.join(text.split())).replace('`', chr(39)).replace('|', '¦')}`"
