"""From cells to columns."""

from leukfeat.features.cells import CellFeatures
from leukfeat.features.color import ColorFeatures
from leukfeat.features.family import CellFamily
from leukfeat.features.firstorder import FirstOrderFeatures
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.features.images import ImageFeatures
from leukfeat.features.lbp import LBPFeatures
from leukfeat.features.nc import NCFeatures
from leukfeat.features.population import PopulationFeatures
from leukfeat.features.registry import DEFAULT_FAMILIES, FAMILIES
from leukfeat.features.shape import ShapeFeatures
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.table import FeatureTable
from leukfeat.features.view import CellObject, CellView

__all__ = [
    "DEFAULT_FAMILIES",
    "FAMILIES",
    "CellFamily",
    "CellFeatures",
    "CellObject",
    "CellView",
    "ColorFeatures",
    "FeatureSpec",
    "FeatureTable",
    "FirstOrderFeatures",
    "GLCMFeatures",
    "ImageFeatures",
    "LBPFeatures",
    "NCFeatures",
    "PopulationFeatures",
    "ShapeFeatures",
]
