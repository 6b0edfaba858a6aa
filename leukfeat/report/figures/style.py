"""How figures look: sizes for print, colours that everyone tells apart, and names shown as they are."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLORS",
    "FULL_WIDTH",
    "HALF_WIDTH",
    "INK",
    "MUTED",
    "describe",
    "house_style",
    "label_rows",
    "name_handles",
    "new_figure",
    "number",
    "styled",
]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito
INK = "#1b1b1c"  # of text and axes; pages that are dark replace it
MUTED = "#7a7a7b"
FULL_WIDTH, HALF_WIDTH = 170.0, 110.0  # mm, of a figure over two columns and over one and a half
_MM = 1 / 25.4
_CHARACTERS_PER_MM = 0.68  # at 8 points
_LONGEST = 28  # characters of a name

_STYLE: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("font.size", "axes.titlesize", "axes.labelsize", "figure.titlesize", "figure.labelsize"),
            *("xtick.labelsize", "ytick.labelsize", "legend.fontsize"),
        ),
        8.0,
    ),
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    "font.family": ["DejaVu Sans"],
    "text.usetex": False,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "grid.color": MUTED,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "savefig.dpi": 300,
    "figure.facecolor": "white",
}


@contextmanager
def house_style(**others: Any) -> Iterator[None]:
    """Set what decides the looks of figures, whatever the user has set; and set it back.

    Parameters
    ----------
    **others : object
        Further settings, `svg_hashsalt` for `svg.hashsalt`.
    """
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = {**_STYLE, **{name.replace("_", ".", 1): value for name, value in others.items()}}
        mpl.rcParams.update(settings)
        yield


def styled(draw: Callable[..., "Figure"]) -> Callable[..., "Figure"]:
    """Draw in this style, whatever the style of the user.

    Parameters
    ----------
    draw : callable
        Returns a figure.

    Returns
    -------
    callable
        The same; no text of its figure is read as mathematics.
    """

    @wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> "Figure":
        from matplotlib.text import Text

        with house_style():
            figure = draw(*args, **kwargs)
            for text in figure.findobj(Text):
                text.set_parse_math(False)
        return figure

    return drawn


def new_figure(width: float, height: float, title: str, caption: str) -> "Figure":
    """Make an empty figure with its title on top.

    Parameters
    ----------
    width, height : float
        In millimetres; the title takes its part of the height.
    title : str
        What is shown.
    caption : str
        What was compared and how; wrapped to the width.

    Returns
    -------
    matplotlib.figure.Figure
        Laid out by constraints.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    lines = [
        line for part in (title, caption) for line in textwrap.wrap(part, int(width * _CHARACTERS_PER_MM))
    ]
    figure = Figure(
        figsize=(width * _MM, height * _MM), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    )
    figure.suptitle("\n".join(lines), x=0.012, ha="left", linespacing=1.35)
    return figure


def describe(name: object, longest: int = _LONGEST, n_last: int = 0) -> str:
    """Return a name as a figure shows it.

    Parameters
    ----------
    name : object
        Of a class, a model or a subject; anybody's text.
    longest : int, default=28
        Characters that it may have.
    n_last : int, default=0
        How many at the end of a long one stay, where names differ there.

    Returns
    -------
    str
        On one line, what cannot be printed replaced, an ellipsis in the place of what is too long.
    """
    text = " ".join(str(name).split())
    printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    if len(printable) <= longest:
        return printable
    return f"{printable[: longest - 1 - n_last].rstrip()}…{printable[len(printable) - n_last :]}"


def number(value: float, signed: bool = False) -> str:
    """Return a score with three digits and a proper minus.

    Parameters
    ----------
    value : float
        Not NaN.
    signed : bool, default=False
        Whether a plus stands before what is above 0.

    Returns
    -------
    str
        Such as `0.970` or `−0.012`.
    """
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("-", "\N{MINUS SIGN}")


def label_rows(panel: "Axes", names: Sequence[str]) -> None:
    """Name the rows of a panel, the first on top.

    Parameters
    ----------
    panel : matplotlib.axes.Axes
        Its y axis counts rows from 0.
    names : sequence of str
        As they are shown.
    """
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)


def name_handles(place: "Axes | Figure", handles: Sequence[Any], names: Sequence[str], **where: Any) -> None:
    """Put a legend into a panel or a figure, names as they are; matplotlib hides those that begin with `_`.

    Parameters
    ----------
    place : matplotlib.axes.Axes or matplotlib.figure.Figure
        Where to put it.
    handles : sequence of matplotlib artists
        What is named.
    names : sequence of str
        Their names.
    **where : object
        As their `legend` takes it.
    """
    numbers = [str(number) for number in range(len(names))]
    legend = place.legend(handles, numbers, **where, alignment="left")
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)
