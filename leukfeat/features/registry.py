"""The families by name."""

from leukfeat.features.background import BackgroundFeatures
from leukfeat.features.chromatin import ChromatinFeatures
from leukfeat.features.color import ColorFeatures
from leukfeat.features.contour import ContourFeatures
from leukfeat.features.family import CellFamily
from leukfeat.features.firstorder import FirstOrderFeatures
from leukfeat.features.fractal import FractalFeatures
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.features.lbp import LBPFeatures
from leukfeat.features.nc import NCFeatures
from leukfeat.features.pixels import PixelFeatures
from leukfeat.features.population import PopulationFeatures
from leukfeat.features.shape import ShapeFeatures
from leukfeat.features.wavelet import WaveletFeatures

__all__ = ["DEFAULT_FAMILIES", "FAMILIES"]

FAMILIES: dict[str, type[CellFamily]] = {
    "shape": ShapeFeatures,
    "nc": NCFeatures,
    "contour": ContourFeatures,
    "firstorder": FirstOrderFeatures,
    "glcm": GLCMFeatures,
    "lbp": LBPFeatures,
    "wavelet": WaveletFeatures,
    "chromatin": ChromatinFeatures,
    "fractal": FractalFeatures,
    "color": ColorFeatures,
    "population": PopulationFeatures,
    "background": BackgroundFeatures,
    "pixels": PixelFeatures,
}
# The background tells slides apart, not cells: it is there for shortcuts and for checks of quality.
# Pixels are there to be compared with: what models make of an image in which nothing has been measured.
_ON_REQUEST = ("background", "pixels")
DEFAULT_FAMILIES: tuple[str, ...] = tuple(name for name in FAMILIES if name not in _ON_REQUEST)
