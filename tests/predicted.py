"""Predictions whose truth is known: one test fold for metrics, whole runs for statistics."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.evaluation import FoldPredictions, encode_predictions

__all__ = ["CLASSES", "fold_of", "make_fold", "run_frame"]

CLASSES = ("blast", "early", "pre", "pro")


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn decision values into probabilities."""
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def make_fold(
    n_classes: int, *, n: int = 200, n_units: int = 25, ties: bool = False, seed: int = 0
) -> FoldPredictions:
    """Draw a fold of unequal classes whose units are subjects of one class each."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, n_classes + 1)
    class_of_unit = rng.choice(n_classes, n_units, p=shares / shares.sum())
    class_of_unit[: 2 * n_classes] = np.tile(np.arange(n_classes), 2)
    units = np.concatenate([np.arange(n_units), rng.integers(0, n_units, n - n_units)])
    truth = class_of_unit[units]
    logits = rng.normal(size=(n, n_classes)) + np.eye(n_classes)[truth]
    if ties:
        logits = np.round(logits)
    return fold_of(truth, logits, units, units)


def fold_of(
    truth: NDArray[np.intp],
    logits: NDArray[np.float64],
    units: NDArray[np.intp],
    subjects: NDArray[np.intp] | None = None,
) -> FoldPredictions:
    """Encode a fold of class numbers and one decision value per class."""
    n_classes = logits.shape[1]
    names = np.array(CLASSES[:n_classes])
    proba = softmax(logits)
    binary = n_classes == 2
    return encode_predictions(
        names[truth],
        names[logits.argmax(axis=1)],
        logits[:, 1] - logits[:, 0] if binary else logits,
        list(names),
        names[-1],
        probabilities=proba[:, 1] if binary else proba,
        cuts={90: 0.6, 95: 1.0} if binary else None,
        subjects=subjects,
        units=units,
    )


def run_frame(
    strengths: Mapping[str, float],
    *,
    n_classes: int = 2,
    n_subjects: int = 20,
    per_subject: int = 10,
    n_folds: int = 5,
    n_repeats: int = 1,
    kinds: Mapping[str, str] | None = None,
    unscored: Sequence[str] = (),
    seed: int = 0,
) -> pd.DataFrame:
    """Draw the predictions of models of given strengths on the same images; each subject has one class."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(n_subjects), per_subject)
    truth = subject % n_classes
    shared = rng.normal(size=(n_subjects, n_classes))[subject] + rng.normal(size=(len(subject), n_classes))
    names = np.array(CLASSES[:n_classes])
    images = pd.DataFrame(
        {
            "path": [f"/images/{index:04d}.png" for index in range(len(subject))],
            "subject": [f"s{number:03d}" for number in subject],
            "label": names[truth],
            "unit": [f"s{number:03d}" for number in subject],
        }
    )
    parts = []
    for repeat in range(n_repeats):
        order = rng.permutation(n_subjects // n_classes)
        fold = order[(subject // n_classes) % len(order)] % n_folds
        for model, strength in strengths.items():
            noise = rng.normal(scale=0.5, size=shared.shape)
            logits = shared + noise + strength * np.eye(n_classes)[truth]
            columns = _columns(names, logits, scored=model not in unscored)
            parts.append(images.assign(model=model, repeat=repeat, fold=fold, **columns))
    frame = pd.concat(parts, ignore_index=True)
    frame.attrs = {
        "classes": list(names),
        "positive": str(names[-1]) if n_classes == 2 else None,
        "protocol": "grouped",
        "seed": 3,
        "n_draws": 200,
        "kinds": dict(kinds or dict.fromkeys(strengths, "model")),
        "ranked_by": "balanced_accuracy",
    }
    return frame


def _columns(
    names: NDArray[np.str_], logits: NDArray[np.float64], *, scored: bool
) -> dict[str, NDArray[np.generic]]:
    columns: dict[str, NDArray[np.generic]] = {"predicted": names[logits.argmax(axis=1)]}
    proba = softmax(logits)
    nothing = np.full(len(logits), np.nan)
    binary = len(names) == 2
    for code in range(1 if binary else 0, len(names)):
        score = logits[:, 1] - logits[:, 0] if binary else logits[:, code]
        columns[f"score_{names[code]}"] = score if scored else nothing
        columns[f"proba_{names[code]}"] = proba[:, code] if scored else nothing
    if binary:
        columns |= {name: np.full(len(logits), cut) for name, cut in (("cut_90", 0.5), ("cut_95", 1.0))}
    return columns
