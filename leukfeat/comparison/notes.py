"""What a reader must know, in sentences."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from leukfeat.comparison.evaluate import interval_of
from leukfeat.extraction import Extraction
from leukfeat.report.leaderboard import TITLES
from leukfeat.report.run_folder import Results
from leukfeat.report.tested import RANKED_BY
from leukfeat.report.verdict import verdict
from leukfeat.sweep import NESTED, Candidate, SweepData, Tuning
from leukfeat.sweep.candidates import BALANCES
from leukfeat.sweep.reduction import embedding_columns

__all__ = ["notes_of_data", "notes_of_scores", "notes_of_tuning"]

_METRIC = "balanced accuracy"
_VACUOUS = 0.5  # width of an interval that holds chance and perfection, or nearly so


def notes_of_data(
    data: SweepData, candidates: Sequence[Candidate], extraction: Extraction
) -> tuple[str, ...]:
    """Say what was compared, besides how images were split.

    Parameters
    ----------
    data : SweepData
        Features and labels.
    candidates : sequence of Candidate
        The models.
    extraction : Extraction
        Where the features come from.

    Returns
    -------
    tuple of str
        Full sentences.
    """
    counts = ", ".join(f"{label} {(data.labels == label).sum()}" for label in data.classes)
    scene = extraction.table.metadata["scene"]
    notes = [f"{len(data.labels)} images: {counts}; scene: {scene}; {data.n_shown} features."]
    if data.n_components is not None and (n_embedded := len(embedding_columns(data.feature_names))):
        notes.append(
            f"{n_embedded} of the features, those of networks, are reduced to {data.n_components} principal "
            "components at most, found anew on each training side."
        )
    if n_empty := _n_without_cells(extraction):
        notes.append(f"Images in which no cell was found: {n_empty}; medians stand in for their features.")
    if len(extraction.errors):
        notes.append(f"Images that could not be used: {len(extraction.errors)}; errors.parquet says why.")
    if len(data.classes) == 2:
        notes.append(f"Positive class: {data.positive}.")
    means = "; ".join(
        f"{item.name} by {BALANCES[item.balance]}" for item in candidates if item.balance != "none"
    )
    if means:
        notes.append(f"Classes are made to weigh the same: {means}.")
    return tuple(notes)


def notes_of_tuning(tuning: Sequence[Tuning], candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Say where a model chooses its parameter by leave-one-out.

    Parameters
    ----------
    tuning : sequence of Tuning
        How each fold's training side, and those of its inner folds, are divided.
    candidates : sequence of Candidate
        The models.

    Returns
    -------
    tuple of str
        One sentence where there are such models and training sides; empty else.
    """
    names = [item.name for item in candidates if item.estimator.endswith(":RidgeClassifierCV")]
    undivided = [part for fold in tuning for part in (fold.whole, *fold.inner) if part is None]
    if not names or not undivided:
        return ()
    n_all = sum(1 + len(fold.inner) for fold in tuning)
    return (
        f"{', '.join(names)} chooses its alpha by leave-one-out where a training side cannot be divided "
        f"({len(undivided)} of {n_all}): images of one patient are then on both sides of that choice.",
    )


def notes_of_scores(results: Results) -> tuple[str, ...]:
    """Say what the scores mean.

    Parameters
    ----------
    results : Results
        What came out.

    Returns
    -------
    tuple of str
        Full sentences: how far the best model is ahead of shortcuts and of other models, what choosing it
        costs, what the embargo and the test split show, and why metrics are missing.
    """
    of_best = (_choice, _embargos, _test) if results.best is not None else ()
    others = (note for notes in (*of_best, _missing, _without_interval) for note in notes(results))
    return (*verdict(results.statistics), *others)


def _n_without_cells(extraction: Extraction) -> int:
    """Count the images in which nothing of a cell could be measured."""
    frame = extraction.table.frame
    return int((frame["population_n_cells"] == 0).sum()) if "population_n_cells" in frame else 0


def _choice(results: Results) -> Iterator[str]:
    board = results.leaderboard
    row = board[board["Model"] == NESTED.name]
    if row.empty:
        yield (
            "The best of several models is better in its own table than it will be on other images; "
            "--nested says by how much."
        )
        return
    title = TITLES[RANKED_BY]
    value, low, high = row[[title, f"{title} Low", f"{title} High"]].to_numpy(dtype=float)[0]
    yield f"Choosing the best of these scores {value:.3f} [{low:.3f}, {high:.3f}] in {_METRIC} (nested)."


def _embargos(results: Results) -> Iterator[str]:
    if results.embargos is None:
        return
    told = ", ".join(
        f"{row['embargo']}: {row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
        for row in results.embargos.to_dict("records")
        if not np.isnan(row["value"])
    )
    yield f"{results.best} by embargo, for neighbours may still be related: {told} ({_METRIC})."
    yield from _impossible(results.embargos)
    yield (
        "Intervals resample runs of neighbours; where one smear is longer than such a run, they are too "
        "narrow, and only known subjects would mend that."
    )


def _impossible(embargos: pd.DataFrame) -> Iterator[str]:
    """Say which embargos have no score; of those that differ in their number alone the smallest says why."""
    reasons: dict[str, list[tuple[int, str]]] = {}
    for row in embargos[embargos["reason"] != ""].to_dict("records"):
        kind = row["reason"].replace(f"an embargo of {row['embargo']} images", "")
        reasons.setdefault(kind, []).append((row["embargo"], row["reason"]))
    for alike in reasons.values():
        which, (_, why) = " and ".join(str(embargo) for embargo, _ in alike), alike[0]
        yield f"Embargo {which} {'is' if len(alike) == 1 else 'are'} not possible: {why}"


def _test(results: Results) -> Iterator[str]:
    if results.test_failure:
        yield (
            f"The test split is not scored: {results.best}, which cross-validation chose, could not be "
            f"fitted on all other images: {results.test_failure}."
        )
    test = results.test
    if test is None:
        return
    scores = {key: interval_of(test.statistics, test.model, key) for key in ("balanced_accuracy", "roc_auc")}
    told = ", ".join(
        f"{TITLES[key]} {value:.3f}" + ("" if np.isnan(low) else f" [{low:.3f}, {high:.3f}]")
        for key, (value, low, high) in scores.items()
        if not np.isnan(value)
    )
    yield (
        f"Test split, {len(test.predictions)} images, scored once by {test.model}, which cross-validation "
        f"chose: {told}."
    )
    known = [(low, high) for value, low, high in scores.values() if not np.isnan(value)]
    n_units = test.predictions["unit"].nunique()
    if any(np.isnan(low) for low, _ in known):
        yield f"The test split has too few subjects, or runs of neighbours, for an interval: {n_units}."
    elif any(high - low >= _VACUOUS for low, high in known):
        yield (
            "The interval on the test split is so wide that it says next to nothing: it has only "
            f"{n_units} subjects, or runs of neighbours."
        )


def _missing(results: Results) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for key, reason in results.statistics.missing.items():
        reasons.setdefault(reason, []).append(TITLES[key])
    for reason, titles in reasons.items():
        yield f"Not in the table: {', '.join(titles)}. {reason}"


def _without_interval(results: Results) -> Iterator[str]:
    """Say of rows with numbers why some cells have no value or no interval."""
    board, table = results.leaderboard, results.statistics.estimates
    sound = set(board.loc[board["Reason"] == "", "Model"])
    reasons: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    lacking = table[(table["reason"] != "") & table["model"].isin(sound)]
    for (key, reason), rows in lacking.groupby(["metric", "reason"], sort=False):
        reasons.setdefault((str(reason), tuple(rows["model"])), []).append(TITLES[str(key)])
    for (reason, models), titles in reasons.items():
        whose = "" if len(models) == len(sound) else f" of {', '.join(models)}"
        yield f"{', '.join(titles)}{whose}: {reason}"
