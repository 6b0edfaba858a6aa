"""Two runs of the same test images side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leukfeat._tables import write_text
from leukfeat._version import __version__
from leukfeat.evaluation import adjust_holm, compare_estimates
from leukfeat.report.layout import render_template
from leukfeat.report.plain import plain
from leukfeat.report.same_images import PairedEstimates, estimate_in_pairs, require_same_images
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.summary import summarise
from leukfeat.report.write import Written

__all__ = ["summarise_side_by_side", "write_side_by_side"]

_SHOWN = ("accuracy", "roc_auc", "f1_weighted")  # besides what models are ranked by
_APART = (
    "Both runs tested the same images, but in other folds: scores cannot be paired, and differences have no "
    "interval."
)


def summarise_side_by_side(first: SavedRun, second: SavedRun) -> dict[str, Any]:
    """Summarise two runs of the same test images, without fitting anything.

    Parameters
    ----------
    first, second : SavedRun
        The runs.

    Returns
    -------
    dict
        As JSON holds it: `first` and `second` (`title`, `folder`, `verdict`, `warnings`), `paired` (whether
        differences have intervals), `metrics`, `models` (those of both, with the scores of each and, by
        metric, the difference second minus first), `only` (models of one alone), `settings` (those that
        differ) and `sentences`.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If their test images, labels or classes differ.
    """
    named = require_same_images(first, second)
    paired = estimate_in_pairs(*named)
    summaries = [summarise(run, pairs=False) for run in (first, second)]
    ranked_by = summaries[0]["run"]["ranked_by"]
    metrics = [item for item in summaries[0]["metrics"] if item["key"] in (ranked_by, *_SHOWN)]
    rows = [{row["model"]: row for row in summary["leaderboard"]} for summary in summaries]
    models = [
        _compare(model, rows, [item["key"] for item in metrics], paired)
        for model in rows[0]
        if model in rows[1]
    ]
    _correct(models, ranked_by)
    found = plain(
        {
            "version": __version__,
            "first": _describe(first, summaries[0]),
            "second": _describe(second, summaries[1]),
            "paired": paired is not None,
            "ranked_by": ranked_by,
            "metrics": metrics,
            "models": models,
            "only": [[name for name in own if name not in other] for own, other in (rows, rows[::-1])],
            "settings": _settings(first, second),
            "sentences": _sentences(models, summaries, ranked_by, paired is not None),
            "data": summaries[0]["data"],
        }
    )
    return dict(found)


def write_side_by_side(
    first: SavedRun | str | Path, second: SavedRun | str | Path, output: str | Path | None = None
) -> Written:
    """Write a page of two runs side by side.

    Parameters
    ----------
    first, second : SavedRun, str or pathlib.Path
        Run folders.
    output : str or pathlib.Path, default=None
        The file; None takes `report_NAME.html` in the second folder, with the name of the first.

    Returns
    -------
    Written
        The file, and what it says.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If one is no run folder, or their test images differ.
    """
    runs = [run if isinstance(run, SavedRun) else SavedRun.read(run) for run in (first, second)]
    summary = summarise_side_by_side(runs[0], runs[1])
    target = runs[1].folder / f"report_{runs[0].name}.html" if output is None else Path(output)
    write_text(render_template("side_by_side.html", both=summary), target)
    return Written(target, summary, tuple(summary["sentences"]))


def _describe(run: SavedRun, summary: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": run.name,
        "folder": str(run.folder),
        **{name: summary[name] for name in ("verdict", "warnings", "run")},
    }


def _compare(
    model: str, rows: list[dict[str, Any]], metrics: list[str], paired: PairedEstimates | None
) -> dict[str, Any]:
    scores = {}
    for key in metrics:
        first, second = (row[model]["scores"].get(key, {}) for row in rows)
        values = first.get("value"), second.get("value")
        gap = None if values[0] is None or values[1] is None else values[1] - values[0]
        found = {"first": first, "second": second, "difference": gap, "low": None, "high": None, "p": None}
        if paired is not None and gap is not None:
            difference = compare_estimates(
                paired.second[model][key], paired.first[model][key], paired.widening
            )
            found |= plain({"low": difference.low, "high": difference.high, "p": difference.p})
        scores[key] = found
    return {"model": model, "kind": rows[0][model]["kind"], "scores": scores}


def _correct(models: list[dict[str, Any]], ranked_by: str) -> None:
    """Correct the p-values of the metric that models are ranked by for the number of models."""
    scores = [row["scores"][ranked_by] for row in models]
    p_values = [float("nan") if score["p"] is None else score["p"] for score in scores]
    for score, p_holm in zip(scores, adjust_holm(p_values).tolist(), strict=True):
        score["p_holm"] = plain(p_holm)


def _settings(first: SavedRun, second: SavedRun) -> list[dict[str, str]]:
    """List what the runs were told, and made with, that differs."""
    told = [
        {
            "source": run.record.get("source"),
            **run.record.get("settings", {}),
            **{f"{name} (version)": value for name, value in run.record.get("versions", {}).items()},
            "features (hash)": run.record.get("features", {}).get("hash"),
        }
        for run in (first, second)
    ]
    names = dict.fromkeys([*told[0], *told[1]])
    return [
        {"name": name, "first": _text(told[0].get(name)), "second": _text(told[1].get(name))}
        for name in names
        if told[0].get(name) != told[1].get(name)
    ]


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sentences(
    models: list[dict[str, Any]], summaries: list[dict[str, Any]], ranked_by: str, paired: bool
) -> list[str]:
    titles = [summary["title"] for summary in summaries]
    said = [
        f"{title}: {summary['verdict']['sentences'][0]}"
        for title, summary in zip(titles, summaries, strict=True)
    ]
    if not paired:
        return [*said, _APART]
    sure = [row for row in models if (p := row["scores"][ranked_by]["p_holm"]) is not None and p < 0.05]
    if not sure:
        return [*said, "No row differs between the runs by more than chance (paired bootstrap, Holm, 5 %)."]
    told = ", ".join(f"{row['model']} by {row['scores'][ranked_by]['difference']:+.3f}" for row in sure)
    return [*said, f"From the first run to the second these change by more than chance: {told}."]
