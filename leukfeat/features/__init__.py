"""From cells to columns."""

from leukfeat.features.background import BackgroundFeatures
from leukfeat.features.cells import CellFeatures
from leukfeat.features.choice import choose_families
from leukfeat.features.chromatin import ChromatinFeatures
from leukfeat.features.cnn import FrozenCNN
from leukfeat.features.color import ColorFeatures
from leukfeat.features.contour import ContourFeatures
from leukfeat.features.family import CellFamily
from leukfeat.features.firstorder import FirstOrderFeatures
from leukfeat.features.fractal import FractalFeatures
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.features.images import ImageFeatures
from leukfeat.features.lbp import LBPFeatures
from leukfeat.features.nc import NCFeatures
from leukfeat.features.pixels import PixelFeatures
from leukfeat.features.population import PopulationFeatures
from leukfeat.features.registry import DEFAULT_FAMILIES, FAMILIES
from leukfeat.features.shape import ShapeFeatures
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.table import FeatureTable
from leukfeat.features.view import CellView, CellViews
from leukfeat.features.wavelet import WaveletFeatures

__all__ = [
    "DEFAULT_FAMILIES",
    "FAMILIES",
    "BackgroundFeatures",
    "CellFamily",
    "CellFeatures",
    "CellView",
    "CellViews",
    "ChromatinFeatures",
    "ColorFeatures",
    "ContourFeatures",
    "FeatureSpec",
    "FeatureTable",
    "FirstOrderFeatures",
    "FractalFeatures",
    "FrozenCNN",
    "GLCMFeatures",
    "ImageFeatures",
    "LBPFeatures",
    "NCFeatures",
    "PixelFeatures",
    "PopulationFeatures",
    "ShapeFeatures",
    "WaveletFeatures",
    "choose_families",
]
