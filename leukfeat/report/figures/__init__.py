"""Figures of a run, for papers and for pages."""

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.drawings import Drawing, list_drawings, write_figures
from leukfeat.report.figures.saving import save_figure, save_png_and_svg, svg_text

__all__ = [
    "Drawing",
    "FigureData",
    "list_drawings",
    "save_figure",
    "save_png_and_svg",
    "svg_text",
    "write_figures",
]
