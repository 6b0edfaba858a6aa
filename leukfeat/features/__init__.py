"""From cells to columns."""

from leukfeat.features.cells import CellFeatures
from leukfeat.features.family import CellFamily
from leukfeat.features.images import ImageFeatures
from leukfeat.features.registry import DEFAULT_FAMILIES, FAMILIES
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
    "FeatureSpec",
    "FeatureTable",
    "ImageFeatures",
]
