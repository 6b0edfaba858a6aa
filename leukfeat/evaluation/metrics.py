"""The table of metrics, and the scores of one test fold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from leukfeat.evaluation.label_metrics import LABEL_METRICS
from leukfeat.evaluation.labels import default_positive
from leukfeat.evaluation.metric import Metric, has
from leukfeat.evaluation.predictions import encode_predictions
from leukfeat.evaluation.probability_metrics import PROBABILITY_METRICS
from leukfeat.evaluation.ranking_metrics import RANKING_METRICS
from leukfeat.evaluation.subject_metrics import SUBJECT_METRICS
from leukfeat.evaluation.weighted import weigh

__all__ = ["METRICS", "score_predictions"]

METRICS: tuple[Metric, ...] = (*LABEL_METRICS, *RANKING_METRICS, *PROBABILITY_METRICS, *SUBJECT_METRICS)


def score_predictions(
    y_true: ArrayLike | Sequence[Any],
    y_pred: ArrayLike | Sequence[Any],
    scores: ArrayLike | None,
    classes: Sequence[Any],
    positive: Any = None,
    *,
    probabilities: ArrayLike | None = None,
) -> dict[str, float]:
    """Compute the metrics of one test fold that need neither thresholds nor subjects.

    Parameters
    ----------
    y_true : array-like, shape (n,)
        True labels.
    y_pred : array-like, shape (n,)
        Predicted labels, from the model's own ``predict``.
    scores : array-like of float, shape (n,) or (n, n_classes), or None
        What ranks the images: decision values or probabilities, calibrated or not. For two classes the score
        of `positive`; for several one column per class, in the order of `classes`. None for a model without.
    classes : sequence
        All classes of the run, at least two, whether or not this fold has them.
    positive : object, optional
        The positive class of two; by default the last in sorted order. It plays no part with several classes.
    probabilities : array-like of float, shape (n,) or (n, n_classes), default=None
        Calibrated probabilities, laid out as `scores`.

    Returns
    -------
    dict of str to float
        Value by key, in the order of `METRICS`, of those defined for this number of classes. NaN where the
        fold does not define it: ROC AUC without scores or with a single class present, precision and recall
        of two classes without positive images, log loss without probabilities.

    Raises
    ------
    ValueError
        If there is no image, lengths or shapes do not fit, a label is not in `classes`, scores are NaN or
        infinite, or probabilities are not in [0, 1] or do not add up to 1.

    Notes
    -----
    A class never predicted has precision 0 and F1 0, as in scikit-learn. Averages over classes leave out a
    class absent from the fold. Average precision is not interpolated; the log loss clips probabilities to
    [eps, 1 - eps] of float64; Matthews' correlation of several classes is Gorodkin's [2]_. The expected
    calibration error sorts images by the probability of the positive class (several classes: of the most
    probable one [5]_) into 15 bins of equal width, closed on the right, and averages over the images
    ``|mean probability - share of positives|`` of their bin [4]_. It is above 0 for perfect probabilities,
    too, and more so the smaller the fold.

    References
    ----------
    .. [1] Hanley and McNeil, 1982, :doi:`10.1148/radiology.143.1.7063747` (area under the curve from ranks)
    .. [2] Gorodkin, 2004, :doi:`10.1016/j.compbiolchem.2004.09.006` (correlation of several classes)
    .. [3] Brier, 1950, :doi:`10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2`
    .. [4] Naeini et al., 2015, :doi:`10.1609/aaai.v29i1.9602` (expected calibration error, two classes)
    .. [5] Guo et al., 2017, :arxiv:`1706.04599` (the same of the most probable class)

    Examples
    --------
    >>> from leukfeat.evaluation import score_predictions
    >>> score_predictions(["a", "b", "b"], ["a", "b", "a"], [0.1, 0.9, 0.4], ["a", "b"])["roc_auc"]
    1.0
    """
    chosen = default_positive(classes) if positive is None else positive
    fold = encode_predictions(y_true, y_pred, scores, classes, chosen, probabilities=probabilities)
    once = weigh(fold, np.ones((1, 1), dtype=np.intp))
    return {
        metric.key: float(metric.function(once)[0]) if has(fold, metric) else float("nan")
        for metric in METRICS
        if _applies(metric, len(classes))
    }


def _applies(metric: Metric, n_classes: int) -> bool:
    """Whether a fold of so many classes could have it, given scores and probabilities."""
    other = "several_classes" if n_classes == 2 else "two_classes"
    return not {other, "cut_90", "cut_95", "subjects"} & set(metric.needs)
