"""The score of choosing: in each fold the model that inner folds of its training side prefer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.fold_result import FoldResult

__all__ = ["NESTED", "choose_in_each_fold"]

NESTED = Candidate("Best of these (nested)", "", kind="nested")


def choose_in_each_fold(candidates: Sequence[Candidate], results: Sequence[FoldResult]) -> list[FoldResult]:
    """Take each fold's predictions from the model with the highest balanced accuracy on its inner folds.

    The choice sees the training side of the fold alone: what it scores is what to expect of "the best of
    these" on other images [1]_, while the best row of a table is better there than it will be elsewhere.

    Parameters
    ----------
    candidates : sequence of Candidate
        Of which the models are chosen from.
    results : sequence of FoldResult
        Of `fit_folds`.

    Returns
    -------
    list of FoldResult
        One per fold, called as `NESTED`; its `fit_seconds` are those of all models together, its
        `transform_seconds` and `peak_bytes` the largest among them. Empty where no model has inner folds in
        some fold.

    References
    ----------
    .. [1] Varma, Simon, 2006, :doi:`10.1186/1471-2105-7-91`
    """
    models = {item.name for item in candidates if item.kind == "model"}
    folds = dict.fromkeys((item.repeat, item.fold) for item in results)
    chosen = [
        list(_sound(item for item in results if item.model in models and (item.repeat, item.fold) == fold))
        for fold in folds
    ]
    if not all(chosen):
        return []
    return [_best(rivals) for rivals in chosen]


def _sound(results: Iterator[FoldResult]) -> Iterator[FoldResult]:
    return (item for item in results if not item.reason and not np.isnan(item.inner_score))


def _best(rivals: Sequence[FoldResult]) -> FoldResult:
    best = max(rivals, key=lambda item: item.inner_score)
    seconds = sum(item.fit_seconds for item in rivals)
    return replace(
        best,
        model=NESTED.name,
        fit_seconds=seconds,
        transform_seconds=max(item.transform_seconds for item in rivals),
        peak_bytes=max(item.peak_bytes for item in rivals),
        warnings=(),
    )
