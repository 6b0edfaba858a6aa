"""One side on one table, in this process: python -m sweeps.side SIDE FOLDER MODELS N_FOLDS JOBS OUT.

The clock runs from after the imports to the last prediction.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from leukfeat.sweep import Candidate
from sweeps.tables import read_table

STOCK = {
    candidate.name: candidate
    for candidate in (
        Candidate("SVC", "sklearn.svm:SVC"),
        Candidate("XGBClassifier", "xgboost:XGBClassifier"),
        Candidate("LinearDiscriminantAnalysis", "sklearn.discriminant_analysis:LinearDiscriminantAnalysis"),
        Candidate("RidgeClassifier", "sklearn.linear_model:RidgeClassifier"),
        Candidate("RidgeClassifierCV", "sklearn.linear_model:RidgeClassifierCV"),
    )
}
SCORES: dict[str, Callable[..., float]] = {
    "accuracy": accuracy_score,
    "balanced accuracy": balanced_accuracy_score,
    "F1": f1_score,
}
Folds = list[tuple[NDArray[np.intp], NDArray[np.intp]]]
Table = tuple[NDArray[np.float32], NDArray[np.intp], Folds]
# By model: seconds, and what is predicted in each fold.
Found = dict[str, tuple[float, list[NDArray[np.intp]]]]


def main() -> None:
    """Run a side and write its seconds, scores and predictions."""
    side, folder, models, n_folds, jobs, out = sys.argv[1:]
    warnings.simplefilter("ignore")
    values, codes, tested = read_table(Path(folder))
    folds = [(np.flatnonzero(tested != k), np.flatnonzero(tested == k)) for k in range(int(n_folds))]
    run = SIDES[side]((values, codes, folds), models.split(","), int(jobs))
    started = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - started
    rows = {name: describe(own, predicted, codes, folds) for name, (own, predicted) in found.items()}
    Path(out).write_text(json.dumps({"wall_s": seconds, "models": rows}), encoding="utf-8")


def describe(
    seconds: float, predicted: Sequence[NDArray[np.intp]], codes: NDArray[np.intp], folds: Folds
) -> dict[str, Any]:
    truth = [codes[test] for _, test in folds]
    scores = {
        name: [float(score(t, p)) for t, p in zip(truth, predicted, strict=True)]
        for name, score in SCORES.items()
    }
    return {"seconds": seconds, "scores": scores, "predicted": [p.tolist() for p in predicted]}


def leukfeat(table: Table, models: Sequence[str], jobs: int) -> Callable[[], Found]:
    """Our own sweep, no inner folds: each model charged in full for the work that it shares."""
    from leukfeat._isolation import Limits, Task, run_tasks
    from leukfeat.evaluation import Fold
    from leukfeat.sweep import SweepData, fit_folds
    from leukfeat.sweep.plan import modules_of

    values, codes, folds = table
    modules = modules_of([STOCK[name] for name in models])
    list(run_tasks([Task("imports", int, "0")], jobs=1, limits=Limits(), preload=modules))
    names = tuple(f"x_{index}" for index in range(values.shape[1]))
    data = SweepData(values, codes.astype(str), names, values.shape[1], ("0", "1"), "1", 0)
    divided = [Fold(0, number, train, test) for number, (train, test) in enumerate(folds)]

    def run() -> Found:
        results = fit_folds(data, [STOCK[name] for name in models], divided, jobs=jobs)
        failed = [f"{item.model}: {item.reason}" for item in results if item.reason]
        if failed:
            raise SystemExit(failed[0])
        own = {name: [item for item in results if item.model == name] for name in models}
        return {
            name: (
                sum(item.fit_seconds + item.predict_seconds for item in items),
                [np.asarray(item.predicted).astype(np.intp) for item in items],
            )
            for name, items in own.items()
        }

    return run


def lazypredict(table: Table, models: Sequence[str], jobs: int) -> Callable[[], Found]:  # noqa: ARG001
    """Its classifier as shipped, on one fold; medians stand for what is missing, as on the other side."""
    import pandas as pd
    import xgboost  # noqa: F401 - imported before the clock runs
    from lazypredict.Supervised import CLASSIFIERS, LazyClassifier

    values, codes, folds = table
    ((train, test),) = folds
    medians = np.nanmedian(values[train].astype(np.float64), axis=0)
    filled = np.where(np.isnan(values), medians, values.astype(np.float64))
    frames = [pd.DataFrame(filled[rows]).add_prefix("x_") for rows in (train, test)]
    chosen = [kind for name, kind in CLASSIFIERS if name in models]

    def run() -> Found:
        lazy = LazyClassifier(verbose=0, ignore_warnings=True, predictions=True, classifiers=chosen)
        board, predictions = lazy.fit(*frames, codes[train], codes[test])
        return {
            name: (float(board.loc[name, "Time Taken"]), [predictions[name].to_numpy(dtype=np.intp)])
            for name in models
        }

    return run


def cross_validate(table: Table, models: Sequence[str], jobs: int) -> Callable[[], Found]:  # noqa: ARG001
    """scikit-learn's function of this name on pipelines of the same steps, n_jobs=None."""
    import xgboost  # noqa: F401 - imported before the clock runs
    from sklearn import model_selection

    from leukfeat.sweep import table_pipeline

    values, codes, folds = table

    def one(name: str) -> tuple[float, list[NDArray[np.intp]]]:
        started = time.perf_counter()
        found = model_selection.cross_validate(
            table_pipeline(STOCK[name], n_classes=2, seed=0),
            values,
            codes,
            cv=folds,
            scoring=_keep,
            return_estimator=False,
            error_score="raise",
        )
        del found
        seconds = time.perf_counter() - started
        predicted, _KEPT[:] = list(_KEPT), []
        return seconds, predicted

    return lambda: {name: one(name) for name in models}


_KEPT: list[NDArray[np.intp]] = []


def _keep(model: Any, X: Any, y: Any) -> dict[str, float]:
    """Score by one prediction, as scikit-learn does for several metrics, and keep it."""
    predicted = np.asarray(model.predict(X))
    _KEPT.append(predicted)
    return {name: float(score(y, predicted)) for name, score in SCORES.items()}


SIDES = {"leukfeat": leukfeat, "lazypredict": lazypredict, "cross_validate": cross_validate}

if __name__ == "__main__":
    main()
