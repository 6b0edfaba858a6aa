"""Run folders made of drawn predictions: what a report reads, without fits or images."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from leukfeat._tables import write_json, write_parquet
from tests.predicted import run_frame

__all__ = ["HOSTILE", "KINDS", "STRENGTHS", "hostile_frame", "write_run"]

STRENGTHS = {"Area only": 0.5, "Fair": 1.0, "Good": 2.0, "Twin": 2.0, "Chance": 0.0}
KINDS = {
    "Fair": "model",
    "Good": "model",
    "Twin": "model",
    "Broken": "model",
    "Area only": "shortcut",
    "Chance": "chance",
}
HOSTILE = {
    "script": "<script>document.title='owned'</script>",
    "quotes": "\"quoted\" 'twice' onmouseover=alert(1) & $x_1^2$ {{ 7 * 7 }} %s",
    "right to left": "\u05d0\u05d1\u05d2 \u0627\u0644\u062f\u0645 \u202eoverridden",
    "long": "L" * 300,
}


def hostile_frame() -> pd.DataFrame:
    """Draw predictions in which classes, models and subjects have names that pages and formulas trip over."""
    frame = run_frame(STRENGTHS, n_classes=4, kinds=KINDS)
    names = dict(zip(frame.attrs["classes"], HOSTILE.values(), strict=True))
    attrs = dict(frame.attrs)
    frame = frame.rename(
        columns={
            f"{kind}_{name}": f"{kind}_{new}" for name, new in names.items() for kind in ("score", "proba")
        }
    )
    frame = frame.assign(
        label=frame["label"].map(names),
        predicted=frame["predicted"].map(names),
        path=[f"/images/<b>{Path(path).name}" for path in frame["path"]],
    )
    for old, new in {"s000": HOSTILE["script"], "s001": HOSTILE["long"]}.items():
        frame = frame.replace({"subject": {old: new}, "unit": {old: new}})
    model = {"Good": f"Good {HOSTILE['script']}", "Broken": HOSTILE["long"]}
    frame["model"] = frame["model"].replace(model)
    kinds = {model.get(name, name): kind for name, kind in KINDS.items()}
    # Classes are sorted in every run.
    frame.attrs = {**attrs, "classes": sorted(HOSTILE.values()), "kinds": kinds}
    return frame


def write_run(
    folder: Path, frame: pd.DataFrame, *, reason: str = "fold 0: killed after 1 s", **record: Any
) -> Path:
    """Write a run folder of predictions, with times; a model without predictions has a reason."""
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(frame, folder / "predictions.parquet", dict(frame.attrs))
    rows = [_row(model, kind, frame, reason) for model, kind in frame.attrs["kinds"].items()]
    outcome: Mapping[str, Any] = {"rows": rows, "leaks": False, "interrupted": False, "notes": ["A note."]}
    outcome = {**outcome, **{key: record.pop(key) for key in ("leaks", "notes") if key in record}}
    write_json(outcome, folder / "leaderboard.json")
    told = {
        "source": "/data/manifest.csv",
        "settings": {"labels": ["blast", "early"], "nested": True, "n_folds": 5},
        "seconds": {"extract": 12.5, "sweep": 3.25},
        "versions": {"python": "3.11", "leukfeat": "0.1"},
        "machine": {"system": "Linux", "processor": "x86_64", "cores": 2},
        "features": {"columns": 3, "scene": "cell", "size": 200, "hash": "f" * 64, "families": []},
        "images": {"used": frame["path"].nunique(), "failed": 0, "hash": "a" * 64},
        "warnings": {},
        "audit": [],
        **record,
    }
    write_json(told, folder / "run.json")
    return folder


def _row(model: str, kind: str, frame: pd.DataFrame, reason: str) -> dict[str, Any]:
    known = model in set(frame["model"])
    return {
        "Model": model,
        "Kind": kind,
        "Reason": None if known else reason,
        "Time Taken": 1.5 if known else None,
        "Transform Time": 0.5 if known else None,
        "Fit Time": 0.75 if known else None,
        "Predict Time": 0.25 if known else None,
        "Predict ms/Image": 0.125 if known else None,
        "Peak Memory": 212.4,
    }
