"""Every row of a leaderboard against every other."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from leukfeat.evaluation import (
    METRICS,
    adjust_holm,
    compare_estimates,
    draw_multiplicities,
    estimate,
    measure_widening,
)
from leukfeat.report.predictions import Predictions

__all__ = ["compare_all"]

_COLUMNS = ("metric", "first", "second", "difference", "low", "high", "p")


def compare_all(predictions: Predictions | pd.DataFrame | str | Path) -> pd.DataFrame:
    """Compare all rows in pairs, on the metric that models are ranked by.

    Parameters
    ----------
    predictions : Predictions, pandas.DataFrame, str or pathlib.Path
        As `leukfeat.report.statistics.summarize_predictions` takes them.

    Returns
    -------
    pandas.DataFrame
        `metric`, `first`, `second` (the higher value first), `difference` (first minus second), `low`,
        `high`, `p` (paired bootstrap) and `p_holm` (corrected for the number of pairs). Chance, and rows
        without predictions in every fold, have none. A pair with the best model has the difference, the
        interval and the p that `Statistics.pairs` holds; its `p_holm` is corrected for more tests.
    """
    run = predictions if isinstance(predictions, Predictions) else Predictions.read(predictions)
    metric = next(item for item in METRICS if item.key == run.ranked_by)
    strata = run.strata()
    widening = measure_widening(strata)
    multiplicities = draw_multiplicities(strata, n_draws=run.n_draws, seed=run.seed)
    rows = [name for name, kind in run.kinds.items() if kind != "chance" and not run.missing_fold(name)]
    found = {
        name: estimate(list(run.folds(name).values()), multiplicities, [metric], widening)[metric.key]
        for name in rows
    }
    ranked = sorted(
        (name for name in rows if not np.isnan(found[name].value)),
        key=lambda name: (-found[name].value, name),
    )
    pairs = []
    for first, second in combinations(ranked, 2):
        gap = compare_estimates(found[first], found[second], widening)
        pairs.append((metric.key, first, second, gap.value, gap.low, gap.high, gap.p))
    table = pd.DataFrame(pairs, columns=list(_COLUMNS))
    return table.assign(p_holm=adjust_holm(table["p"]))
