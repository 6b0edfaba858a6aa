"""What scores with intervals cost: seconds per model, at 10,000 images, five folds and 2,000 draws.

    python benchmarks/intervals.py [--images N] [--draws N] [--repeat N]

Printed is the least of the repetitions, on one thread, with every metric of the problem: 80 subjects, or each
image a unit of its own, of two and of six classes; beside it the draws, which all models of a run share.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from leukfeat.evaluation import (
    FoldPredictions,
    draw_multiplicities,
    encode_predictions,
    estimate,
    find_strata,
)

N_FOLDS = 5


def main() -> None:
    """Time and print."""
    options = parse()
    problems = ((2, 80, True), (2, options.images, False), (6, options.images, False))
    with threadpool_limits(1):
        for n_classes, n_units, subjects in problems:
            units = np.arange(options.images) % n_units
            labels = np.random.default_rng(0).integers(0, n_classes, options.images)
            strata = find_strata(units, units % N_FOLDS, labels, n_units)
            draws = draw_multiplicities(strata, n_draws=options.draws)
            drawing = seconds(lambda s=strata: draw_multiplicities(s, n_draws=options.draws), options.repeat)
            scoring = seconds(
                lambda u=units, t=labels, d=draws, s=subjects: estimate(predict(u, t, subjects=s), d),
                options.repeat,
            )
            print(
                f"{options.images} images, {n_units} units, {n_classes} classes, {options.draws} draws: "
                f"{scoring:.2f} s per model; draws {drawing:.2f} s per run",
                flush=True,
            )


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=5)
    return parser.parse_args()


def predict(units: np.ndarray, labels: np.ndarray, *, subjects: bool) -> list[FoldPredictions]:
    """Draw a model's predictions; encoding them anew in each repetition belongs to the cost."""
    n_classes = int(labels.max()) + 1
    names = np.array([f"class {code}" for code in range(n_classes)])
    logits = np.random.default_rng(1).normal(size=(len(labels), n_classes)) + 1.5 * np.eye(n_classes)[labels]
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = proba[:, 1] if n_classes == 2 else proba
    parts = [np.flatnonzero(units % N_FOLDS == fold) for fold in range(N_FOLDS)]
    return [
        encode_predictions(
            names[labels[rows]],
            names[logits[rows].argmax(axis=1)],
            scores[rows],
            list(names),
            names[-1],
            probabilities=scores[rows],
            cuts={90: 0.5, 95: 0.7} if n_classes == 2 else None,
            subjects=units[rows] if subjects else None,
            units=units[rows],
        )
        for rows in parts
    ]


def seconds(work: Callable[[], object], repeat: int) -> float:
    """Return the least wall time of some repetitions."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main()
