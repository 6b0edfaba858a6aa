"""Templates filled in: numbers for people, texts of a run as text, and nothing fetched from anywhere."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from leukfeat._text import visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["axis_of", "render_template"]

_WIDTH = 96.0  # of an interval's line, in pixels
_MISSING = "–"


def render_template(name: str, **context: Any) -> str:
    """Fill in a template of a page.

    Parameters
    ----------
    name : str
        Its file.
    **context : object
        What it shows.

    Returns
    -------
    str
        HTML with its style and its script inside. All texts are escaped; controls that show nothing, or turn
        the direction of what follows, stand as a replacement character.
    """
    from markupsafe import Markup

    script = _read("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Of files that ship with the package: nothing of a run is in them.
    shipped = {"style": Markup(_read("page.css")), "script": Markup(script), "script_hash": digest}  # noqa: S704
    return _environment().get_template(name).render(**shipped, **context)


def axis_of(values: Sequence[float | None]) -> tuple[float, float] | None:
    """Return the range that lines are drawn on.

    Parameters
    ----------
    values : sequence of float or None
        What is drawn.

    Returns
    -------
    tuple of float or None
        Smallest and largest, a little apart; None without a value.
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    return (low, high) if high > low else (low - 0.01, high + 0.01)


def _read(name: str) -> str:
    return (resources.files("leukfeat.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_visible,
        loader=FunctionLoader(_read),
    )
    environment.filters.update(num=_number, raw=_raw, signed=_signed, place=_place, span=_span)
    return environment


def _visible(value: Any) -> Any:
    """Replace what a page cannot show, or should not obey."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return visible(value)


def _number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return _MISSING
    return f"{value:.{digits}f}"


def _raw(value: float | None) -> str:
    """Write a number in full, as the summary holds it."""
    return "" if value is None else repr(value)


def _signed(value: float | None) -> str:
    if value is None:
        return _MISSING
    text = f"{abs(value):.3f}"
    return text if text == "0.000" else f"{'+' if value > 0 else '−'}{text}"


def _place(axis: tuple[float, float], value: float) -> str:
    low, high = axis
    return f"{_WIDTH * min(max((value - low) / (high - low), 0.0), 1.0):.1f}"


def _span(axis: tuple[float, float] | None) -> str:
    return "" if axis is None else f"{axis[0]:.2f} to {axis[1]:.2f}"
