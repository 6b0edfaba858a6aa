"""What a run predicted, as one table from which all its scores follow."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.evaluation import Fold
from leukfeat.sweep import FoldResult

__all__ = ["N_DRAWS", "RANKED_BY", "predictions_table"]

RANKED_BY = "balanced_accuracy"
N_DRAWS = 2000
_IMAGE_COLUMNS = ["path", "subject", "label", "unit"]


def predictions_table(
    images: pd.DataFrame,
    units: Sequence[str] | NDArray[Any],
    folds: Sequence[Fold],
    results: Sequence[FoldResult],
    *,
    classes: Sequence[str],
    positive: str | None,
    kinds: Mapping[str, str],
    protocol: str,
    seed: int,
) -> pd.DataFrame:
    """List every prediction of every model in every test fold.

    Parameters
    ----------
    images : pandas.DataFrame
        `path`, `label` and, where known, `subject`, in the order that folds index.
    units : sequence of str, shape (n_images,)
        What a bootstrap resamples each image with.
    folds : sequence of Fold
        Rows to train and to test on.
    results : sequence of FoldResult
        Of every model and fold.
    classes : sequence of str
        All classes, sorted.
    positive : str or None
        The positive class of two; None with several.
    kinds : mapping of str to str
        By model, what kind of row it is.
    protocol : str
        How images were split.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        `path`, `subject`, `label`, `model`, `repeat`, `fold`, `predicted`, `unit`; `score_CLASS` and
        `proba_CLASS` (calibrated; missing without inner folds), of the positive class only for two classes;
        and for two classes `cut_90` and `cut_95`, the scores from which an image is called positive at these
        specificities. In `attrs` what `leukfeat.report.statistics.summarize_predictions` needs besides.
    """
    tested = {(fold.repeat, fold.fold): fold.test for fold in folds}
    described = images.assign(unit=list(units))
    if "subject" not in described:
        described = described.assign(subject=None)
    scored = list(classes) if positive is None else [positive]
    parts = [
        _rows(described[_IMAGE_COLUMNS].iloc[tested[item.repeat, item.fold]], item, scored, positive)
        for item in results
        if not item.reason
    ]
    columns = _columns(scored, positive)
    table = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    table.attrs = {
        "classes": list(classes),
        "positive": positive,
        "protocol": protocol,
        "seed": int(seed),
        "n_draws": N_DRAWS,
        "kinds": dict(kinds),
        "ranked_by": RANKED_BY,
    }
    return table


def _columns(scored: Sequence[str], positive: str | None) -> list[str]:
    values = [f"{prefix}_{name}" for prefix in ("score", "proba") for name in scored]
    cuts = [] if positive is None else ["cut_90", "cut_95"]
    return ["path", "subject", "label", "model", "repeat", "fold", "predicted", "unit", *values, *cuts]


def _rows(
    images: pd.DataFrame, item: FoldResult, scored: Sequence[str], positive: str | None
) -> pd.DataFrame:
    part = images.assign(model=item.model, repeat=item.repeat, fold=item.fold, predicted=item.predicted)
    for prefix, values in (("score", item.ranking), ("proba", item.probabilities)):
        filled = values.reshape(len(part), -1) if values.size else np.full((len(part), len(scored)), np.nan)
        part = part.assign(**{f"{prefix}_{name}": filled[:, k] for k, name in enumerate(scored)})
    if positive is None:
        return part
    low, high = item.cuts if item.cuts.size else (np.nan, np.nan)
    return part.assign(cut_90=low, cut_95=high)
