"""The ranked table of all candidates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leukfeat.evaluation import METRICS, mean_scores
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.runner import FoldResult

__all__ = ["build_leaderboard", "scores_table"]

_FIRST = ("accuracy", "balanced_accuracy", "roc_auc", "f1_weighted")  # as LazyPredict's users know them
_TITLES = {metric.key: metric.title for metric in METRICS}


def build_leaderboard(candidates: Sequence[Candidate], results: Sequence[FoldResult]) -> pd.DataFrame:
    """Rank candidates by balanced accuracy, then ROC AUC.

    Parameters
    ----------
    candidates : sequence of Candidate
        In any order.
    results : sequence of FoldResult
        Of every candidate and fold.

    Returns
    -------
    pandas.DataFrame
        One row per candidate. `Model`; means over folds of `Accuracy`, `Balanced Accuracy`, `ROC AUC` and
        `F1 Score` (weighted); `Time Taken` (seconds to fit and predict, mean over folds); standard deviations
        over folds, `<metric> SD`; `Precision` and `Recall`; `Fit Seconds`; `Predict ms/Image`; `Kind`
        (model, shortcut or chance); `Reason`, why a row has no numbers. A candidate that failed in any fold
        has none and stands last.
    """
    rows = [
        _row(candidate, [item for item in results if item.model == candidate.name])
        for candidate in candidates
    ]
    table = pd.DataFrame(rows)
    order = table.sort_values(
        ["Balanced Accuracy", "ROC AUC", "Model"], ascending=[False, False, True], na_position="last"
    )
    return order.reset_index(drop=True)


def scores_table(results: Sequence[FoldResult]) -> pd.DataFrame:
    """List every score of every fold.

    Parameters
    ----------
    results : sequence of FoldResult
        Of every candidate and fold.

    Returns
    -------
    pandas.DataFrame
        `model`, `repeat`, `fold`, `metric` (a key of `leukfeat.evaluation.METRICS`, `fit_seconds` or
        `predict_seconds`), `value`.
    """
    rows = [
        (item.model, item.repeat, item.fold, key, float(value))
        for item in results
        for key, value in _values(item).items()
    ]
    return pd.DataFrame(rows, columns=["model", "repeat", "fold", "metric", "value"])


def _values(item: FoldResult) -> dict[str, float]:
    if item.reason:
        return {}
    return {**item.scores, "fit_seconds": item.fit_seconds, "predict_seconds": item.predict_seconds}


def _row(candidate: Candidate, results: Sequence[FoldResult]) -> dict[str, object]:
    failed = next((item for item in results if item.reason), None)
    scores = mean_scores([item.scores for item in results]) if failed is None else {}
    means = {key: scores[key].mean if key in scores else np.nan for key in _TITLES}
    spreads = {f"{_TITLES[key]} SD": scores[key].sd if key in scores else np.nan for key in _FIRST}
    others = {_TITLES[key]: value for key, value in means.items() if key not in _FIRST}
    return {
        "Model": candidate.name,
        **{_TITLES[key]: means[key] for key in _FIRST},
        "Time Taken": float(np.mean([item.fit_seconds + item.predict_seconds for item in results])),
        **spreads,
        **others,
        "Fit Seconds": float(np.mean([item.fit_seconds for item in results])),
        "Predict ms/Image": _milliseconds_per_image(results),
        "Kind": candidate.kind,
        "Reason": _explain(failed),
    }


def _milliseconds_per_image(results: Sequence[FoldResult]) -> float:
    if any(item.reason for item in results):
        return float("nan")
    seconds = sum(item.predict_seconds for item in results)
    return 1000 * seconds / sum(len(item.predicted) for item in results)


def _explain(failed: FoldResult | None) -> str:
    return "" if failed is None else f"fold {failed.fold}: {failed.reason}"
