"""A model that is made in a moment."""

from typing import Any

import pandas as pd

__all__ = ["small_model"]


def small_model(manifest: pd.DataFrame) -> Any:
    """Return a model of two families, fitted on a manifest of synthetic cells."""
    from leukfeat.extraction import extract
    from leukfeat.features import CellFeatures, ImageFeatures
    from leukfeat.imaging import LoadCells
    from leukfeat.sweep import CORE
    from tests.scoring.light_model import make_model

    images = ImageFeatures(LoadCells(96, "cell"), CellFeatures(("color", "shape")))
    table = extract(manifest, images, jobs=1, cache=False).table
    ridge = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")
    return make_model(table, ridge)
