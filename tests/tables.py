"""Numeric feature tables whose classes, subjects and difficulty are known; no image is behind them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from leukfeat.evaluation import default_positive
from leukfeat.features.table import FeatureTable, assemble
from leukfeat.sweep import SweepData

__all__ = ["AREA", "FOUR", "TWO", "make_table", "sweep_data"]

AREA = "shape_area_nucleus_px"
TWO = ("blast", "lymphocyte")
FOUR = ("blast", "erythroblast", "lymphocyte", "monocyte")


def make_table(
    classes: Sequence[str] = TWO,
    *,
    n: int = 120,
    n_features: int = 8,
    n_subjects: int = 24,
    effect: float = 1.5,
    seed: int = 0,
    weights: Sequence[float] | None = None,
) -> FeatureTable:
    """Draw Gaussian features; each class raises one feature, each subject has one class."""
    rng = np.random.default_rng(seed)
    shares = np.ones(len(classes)) if weights is None else np.asarray(weights)
    n_images = np.maximum(np.round(n * shares / shares.sum()).astype(int), 1)
    codes = np.repeat(np.arange(len(classes)), n_images)
    within = np.concatenate([np.arange(count) for count in n_images])
    per_class = n_subjects // len(classes)
    values = rng.normal(size=(len(codes), n_features))
    values[np.arange(len(codes)), codes] += effect
    manifest = pd.DataFrame(
        {
            "path": [f"/images/{index:04d}.png" for index in range(len(codes))],
            "label": np.asarray(classes, dtype=object)[codes],
            "subject": [f"{code}-{place % per_class}" for code, place in zip(codes, within, strict=True)],
            "sequence": np.arange(len(codes)),
        }
    )
    names = [AREA, *(f"test_value_{index}" for index in range(1, n_features))]
    metadata = {"version": "0", "scene": "cell", "size": 200, "families": [], "hash": "0"}
    digests = [f"{index:064x}" for index in range(len(codes))]
    return assemble(manifest, digests, values.astype(np.float32), names, metadata)


def sweep_data(
    table: FeatureTable,
    *,
    positive: str | None = None,
    seed: int = 0,
    aside: Mapping[str, ArrayLike] | None = None,
) -> SweepData:
    """Make what the candidates are fitted on, with columns set aside where some are given."""
    labels = table.frame["label"].to_numpy(dtype=str)
    classes = tuple(str(name) for name in np.unique(labels))
    chosen = default_positive(classes) if positive is None else positive
    more = {} if aside is None else dict(aside)
    values = np.column_stack([table.values, *more.values()]).astype(np.float32)
    names = (*table.feature_names, *more)
    return SweepData(values, labels, names, len(table.feature_names), classes, chosen, seed)
