"""Which cells a model takes for something else, and of which it is least certain."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.report.predictions import Predictions

__all__ = ["KINDS", "choose_cells"]

KINDS = ("most wrong", "least certain")
_COLUMNS = ["path", "subject", "label", "predicted", "model", "kind", "confidence"]


def choose_cells(run: Predictions, model: str, n_of_a_kind: int = 24) -> pd.DataFrame:
    """Choose the most wrong and the least certain cells of a model.

    Parameters
    ----------
    run : Predictions
        What it predicted in test folds; of several repeats the first is looked at.
    model : str
        Which model.
    n_of_a_kind : int, default=24
        How many of each kind, at most.

    Returns
    -------
    pandas.DataFrame
        `path`, `subject`, `label`, `predicted`, `model`, `kind` ("most wrong", wrong and surest first, then
        "least certain", right or wrong, least sure first, without those before) and `confidence`, the
        calibrated probability of the predicted class; NaN for a model without. Such a model is as sure as the
        score is far from where it decides otherwise, in standard deviations of the test fold; one that has
        neither has no cells.
    """
    rows = run.frame[(run.frame["model"] == model) & (run.frame["repeat"] == run.frame["repeat"].min())]
    confidence, sureness = _certainty(run, rows)
    described = rows.assign(confidence=confidence, sureness=sureness)
    known = described[described["sureness"].notna()]
    wrong = known[known["label"].astype(str) != known["predicted"].astype(str)]
    worst = wrong.sort_values(["sureness", "path"], ascending=[False, True]).head(n_of_a_kind)
    others = known.drop(index=worst.index)
    doubtful = others.sort_values(["sureness", "path"]).head(n_of_a_kind)
    parts = [part.assign(kind=kind) for part, kind in zip((worst, doubtful), KINDS, strict=True)]
    chosen: pd.DataFrame = pd.concat(parts, ignore_index=True)[_COLUMNS]
    return chosen


def _certainty(run: Predictions, rows: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probability of the predicted class, and how sure the model is, larger for surer."""
    probabilities = _values(run, rows, "proba")
    codes = (
        rows["predicted"].map({name: code for code, name in enumerate(run.classes)}).to_numpy(dtype=np.intp)
    )
    if probabilities is not None:
        confidence = probabilities[np.arange(len(rows)), codes]
        others = probabilities.copy()
        others[np.arange(len(rows)), codes] = -np.inf
        return confidence, confidence - others.max(axis=1)
    unknown, sureness = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for places in rows.reset_index(drop=True).groupby("fold").indices.values():
        scores = _values(run, rows.iloc[places], "score")
        if scores is not None:
            sureness[places] = _margins(
                scores, np.asarray(codes[places], dtype=np.intp), binary=run.positive is not None
            )
    return unknown, sureness


def _values(run: Predictions, rows: pd.DataFrame, prefix: str) -> NDArray[np.float64] | None:
    """Return a value of every class, shape (n, n_classes); None where any is missing."""
    values = rows[[f"{prefix}_{name}" for name in run.scored]].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(values).any():
        return None
    if run.positive is None:
        return values
    positive = run.classes.index(run.positive)
    rest = 1.0 - values if prefix == "proba" else -values
    return np.hstack([rest, values] if positive == 1 else [values, rest])


def _margins(scores: NDArray[np.float64], codes: NDArray[np.intp], *, binary: bool) -> NDArray[np.float64]:
    """Return by how much the predicted class's score is ahead of any other, in standard deviations."""
    spread = max(float(scores.std()), np.finfo(np.float64).tiny)
    if binary:
        values, chosen = scores[:, 1], codes == 1
        ends = values[chosen].min(initial=np.inf), values[~chosen].max(initial=-np.inf)
        boundary = float(np.mean([end for end in ends if np.isfinite(end)]))
        return np.asarray(np.where(chosen, values - boundary, boundary - values) / spread)
    own = scores[np.arange(len(codes)), codes]
    others = scores.copy()
    others[np.arange(len(codes)), codes] = -np.inf
    return np.asarray((own - others.max(axis=1)) / spread)
