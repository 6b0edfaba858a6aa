"""The scores of a model over its folds, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.metric import Metric, explain_absence, has
from leukfeat.evaluation.metrics import METRICS
from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.ratios import mean_defined
from leukfeat.evaluation.weighted import weigh
from leukfeat.evaluation.widening import CONFIDENCE, widen

__all__ = ["Estimate", "estimate", "percentile_interval"]

_NAN = float("nan")
_UNDEFINED = "No test fold defines it: classes are absent there."
_BLOCK, _FEWEST_DRAWS = 2**20, 64  # weights held at once


@dataclass(frozen=True, eq=False)
class Estimate:
    """One metric of one model.

    Parameters
    ----------
    value : float
        Unweighted mean over the folds and repeats that define it; NaN where none does.
    low, high : float
        Percentile interval of the draws at 95 %; NaN where there is none.
    sd : float
        Standard deviation over these folds with n - 1 in the denominator; NaN for fewer than two.
    n_folds : int
        Number of folds that define it.
    n_undefined : int
        Number of folds that do not, left out of value and sd.
    by_fold : array of float64, shape (n_folds + n_undefined,)
        The value of each fold, in the order given; NaN where undefined.
    draws : array of float64, shape (n_draws,)
        The value of each draw of the bootstrap; NaN, and left out of the interval, where no fold defines it.
    reason : str, default=""
        Why there is no value or no interval, a full sentence; empty where there are both.
    """

    value: float
    low: float
    high: float
    sd: float
    n_folds: int
    n_undefined: int
    by_fold: NDArray[np.float64]
    draws: NDArray[np.float64]
    reason: str = ""

    @property
    def n_undefined_draws(self) -> int:
        """Number of draws that no fold defines.

        Returns
        -------
        int
            From 0 to the number of draws.
        """
        return int(np.isnan(self.draws).sum())


def estimate(
    folds: Sequence[FoldPredictions],
    multiplicities: NDArray[np.integer],
    metrics: Sequence[Metric] = METRICS,
    widening: float = 1.0,
) -> dict[str, Estimate]:
    """Score a model and say how far each score may be from what it would be with other subjects.

    Parameters
    ----------
    folds : sequence of FoldPredictions
        The model's predictions of every test fold of every repeat, at least one.
    multiplicities : array of int, shape (n_draws, n_units)
        How often each unit counts in each draw; see `leukfeat.evaluation.draw_multiplicities`. The same for
        models that are to be compared.
    metrics : sequence of Metric, default=METRICS
        What to compute.
    widening : float, default=1.0
        By what to multiply the distance of draws from the value; see
        `leukfeat.evaluation.measure_widening`.

    Returns
    -------
    dict of str to Estimate
        By key of the metric.

    Raises
    ------
    ValueError
        If there is no fold.

    Notes
    -----
    A draw weighs every image by the multiplicity of its unit and is then treated as the data are: scored in
    each fold, averaged over the folds that define it. The interval lies between the 2.5 % and the 97.5 %
    quantile of the draws [1]_, after widening; it is cut where no value can be.

    References
    ----------
    .. [1] Efron and Tibshirani, 1993, :doi:`10.1201/9780429246593` (chapter 13)
    """
    if not folds:
        raise ValueError("estimate expects the predictions of at least one fold. Got none.")
    ones = np.ones((1, multiplicities.shape[1]), dtype=np.uint16)
    values, draws = _by_fold(folds, ones, metrics), _by_fold(folds, multiplicities, metrics)
    return {
        metric.key: _summarize(
            metric, values[metric.key][:, 0], draws[metric.key], explain_absence(folds, metric), widening
        )
        for metric in metrics
    }


def percentile_interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Return the percentile interval of the defined draws.

    Parameters
    ----------
    draws : array of float64, shape (n_draws,)
        NaN where undefined.

    Returns
    -------
    tuple of float
        Low and high at 95 %, quantiles interpolated linearly; NaN without a defined draw.
    """
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return _NAN, _NAN
    low, high = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _by_fold(
    folds: Sequence[FoldPredictions], multiplicities: NDArray[np.integer], metrics: Sequence[Metric]
) -> dict[str, NDArray[np.float64]]:
    """Compute every metric of every fold and draw, shape (n_folds, n_draws); NaN where undefined."""
    n_draws = len(multiplicities)
    values = {metric.key: np.full((len(folds), n_draws), np.nan) for metric in metrics}
    for number, fold in enumerate(folds):
        possible = [metric for metric in metrics if has(fold, metric)]
        block = max(_FEWEST_DRAWS, _BLOCK // len(fold))
        for start in range(0, n_draws, block):
            drawn = slice(start, start + block)
            weighted = weigh(fold, multiplicities[drawn])
            for metric in possible:
                values[metric.key][number, drawn] = metric.function(weighted)
    return values


def _summarize(
    metric: Metric,
    by_fold: NDArray[np.float64],
    draws_by_fold: NDArray[np.float64],
    absence: str,
    widening: float,
) -> Estimate:
    defined, draws = by_fold[~np.isnan(by_fold)], mean_defined(draws_by_fold)
    if absence or not len(defined):
        nothing = np.full_like(by_fold, _NAN), np.full_like(draws, _NAN)
        return Estimate(_NAN, _NAN, _NAN, _NAN, 0, len(by_fold), *nothing, absence or _UNDEFINED)
    value = float(defined.mean())
    return Estimate(
        value,
        *percentile_interval(_spread(metric, draws, value, widening)),
        sd=float(defined.std(ddof=1)) if len(defined) > 1 else _NAN,
        n_folds=len(defined),
        n_undefined=len(by_fold) - len(defined),
        by_fold=by_fold,
        draws=draws,
        reason=_doubt(metric, widening),
    )


def _spread(metric: Metric, draws: NDArray[np.float64], value: float, widening: float) -> NDArray[np.float64]:
    """Return what the interval is taken of; NaN for a metric that has none."""
    if metric.interval == "none":
        return np.full_like(draws, _NAN)
    center = float(mean_defined(draws)) if metric.interval == "centred" else value
    return np.clip(widen(draws, center, value, widening), *metric.bounds)


def _doubt(metric: Metric, widening: float) -> str:
    """Say why a value has no interval; empty where it has."""
    if metric.interval == "none":
        return "It has no interval: no draw goes below the worst that was seen."
    return "It has no interval: the test folds have too few units of a kind." if np.isinf(widening) else ""
