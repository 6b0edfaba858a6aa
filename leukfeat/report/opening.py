"""What a report says first: the verdict in two sentences, then warnings; and the notes that are left."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from leukfeat.report.leaderboard import TITLES
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.statistics import Statistics
from leukfeat.report.verdict import verdict

__all__ = ["opening"]

_MOST_NAMED = 6
_UNDONE = ("Not kept: ", "The test split is not scored: ", "Not drawn: ")


def opening(
    saved: SavedRun, statistics: Statistics, rows: Sequence[dict[str, Any]], data: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, str]], list[str]]:
    """Say what came out, what to beware of, and what else a reader must know.

    Parameters
    ----------
    saved : SavedRun
        The run.
    statistics : Statistics
        Of its predictions.
    rows : sequence of dict
        As `leukfeat.report.board.board_rows` returns them.
    data : dict
        As `leukfeat.report.counts.count_data` returns it.

    Returns
    -------
    verdict : dict
        `best`, `value`, `low`, `high`, `alike`, `patients` (`apart`, `unknown` or `mixed`), and `sentences`:
        two, and one on shortcuts where there are any.
    warnings : list of dict
        `kind` (`leak`, `interrupted`, `audit`, `shortcut`, `failed` or `missing`) and `text`, the gravest
        first.
    notes : list of str
        The notes of the run that stand nowhere else.
    """
    patients, ranked_by = _patients(saved, data), saved.predictions.attrs["ranked_by"]
    told = verdict(statistics)
    against = told[:1] if len(statistics.against_shortcuts) and told else ()
    first, second = _best_sentence(statistics, rows, ranked_by), _patients_sentence(patients, saved, data)
    row = next((row for row in rows if row["model"] == statistics.best), None)
    score = {} if row is None else row["scores"][ranked_by]
    found = {
        "best": statistics.best,
        **{name: score.get(name) for name in ("value", "low", "high")},
        "alike": _alike(statistics),
        "patients": patients,
        "sentences": [first, second, *against],
    }
    warnings = list(_warnings(saved, statistics, rows))
    said = {*told, *(item["text"] for item in warnings)}
    return found, warnings, [note for note in _notes(saved) if note not in said]


def _notes(saved: SavedRun) -> list[str]:
    return [str(note) for note in saved.outcome.get("notes") or saved.record.get("notes") or []]


def _alike(statistics: Statistics) -> list[str]:
    pairs = statistics.pairs
    return [str(name) for name in pairs.loc[pairs["like_best"].astype(bool), "model"]]


def _best_sentence(statistics: Statistics, rows: Sequence[dict[str, Any]], metric: str) -> str:
    if statistics.best is None:
        return f"No model has a score: {sum(row['kind'] == 'model' for row in rows)} were tried."
    n_models = sum(row["kind"] == "model" for row in rows)
    n_scored = sum(row["kind"] == "model" and not row["reason"] for row in rows)
    score = next(row for row in rows if row["model"] == statistics.best)["scores"][metric]
    interval = "" if score["low"] is None else f" [{score['low']:.3f}, {score['high']:.3f}]"
    of = "is the only model"
    if n_models > 1:
        lone = f"is the only one of {n_models} models that has a score"
        of = f"is the best of {n_models} models" if n_scored > 1 else lone
    said = f"{statistics.best} {of}: {TITLES[metric].lower()} {score['value']:.3f}{interval}"
    return f"{said}{_rivals(_alike(statistics), n_scored, n_models)}."


def _rivals(alike: Sequence[str], n_scored: int, n_models: int) -> str:
    if n_scored < 2:
        return ""
    if not alike:
        whose = "" if n_scored == n_models else " that has a score"
        return f"; every other model{whose} is behind it"
    named = ", ".join(alike[:_MOST_NAMED])
    more = f" and {len(alike) - _MOST_NAMED} more" if len(alike) > _MOST_NAMED else ""
    return f"; it cannot be told from {named}{more}"


def _patients(saved: SavedRun, data: dict[str, Any]) -> str:
    """Say whether patients were kept apart, as far as the run knows."""
    if saved.outcome.get("leaks"):
        return "mixed"
    return "unknown" if data["subjects"] is None or data["without_subject"] else "apart"


def _patients_sentence(patients: str, saved: SavedRun, data: dict[str, Any]) -> str:
    if patients == "apart":
        folds = f"in {data['folds']} test folds" if data["folds"] > 1 else "in one test fold"
        return (
            f"Patients were kept apart: no image of the {data['subjects']} patients tested {folds} had "
            "another of the same patient on the training side."
        )
    if patients == "mixed":
        return (
            "Patients were not kept apart, or must be taken not to be: images of one patient are on both "
            "sides, and scores are inflated."
        )
    if saved.predictions.attrs.get("protocol") == "blocks":
        return (
            "Whether patients were kept apart is not known: runs of neighbouring images were, as they were "
            "acquired."
        )
    return (
        f"Whether patients were kept apart is not known: the patient of {data['without_subject']} of "
        f"{data['images']} images is not."
    )


def _warnings(
    saved: SavedRun, statistics: Statistics, rows: Sequence[dict[str, Any]]
) -> Iterator[dict[str, str]]:
    notes = _notes(saved)
    leaks, interrupted = (bool(saved.outcome.get(name)) for name in ("leaks", "interrupted"))
    for kind, text in zip(["leak"] * leaks + ["interrupted"] * interrupted, notes, strict=False):
        yield {"kind": kind, "text": text}
    audit = [str(note) for note in saved.record.get("audit", [])]
    yield from ({"kind": "audit", "text": note} for note in audit if note not in notes[: int(leaks)])
    yield from _shortcut_warning(statistics)
    for row in rows:
        if row["reason"] and row["kind"] in ("model", "nested"):
            yield {"kind": "failed", "text": f"{row['model']} has no score: {row['reason']}"}
    yield from ({"kind": "failed", "text": note} for note in notes if note.startswith(_UNDONE))
    if len(saved.errors):
        yield {
            "kind": "missing",
            "text": f"Images that could not be used: {len(saved.errors)}. They are listed under Data.",
        }


def _shortcut_warning(statistics: Statistics) -> Iterator[dict[str, str]]:
    table = statistics.against_shortcuts
    if table.empty or float(table.iloc[0]["low"]) > 0:
        return
    row = table.iloc[0]
    text = (
        f"Whether {row['best']} is better than the shortcut {row['shortcut']} cannot be said: there are too "
        "few patients, or runs of neighbours, for an interval."
    )
    if not math.isnan(row["low"]):
        text = (
            f"{row['best']} is not clearly better than the shortcut {row['shortcut']}: what is "
            "seen in the cells may add little to it."
        )
    yield {"kind": "shortcut", "text": text}
