"""What each feature family adds: the models' scores without it, and with it alone.

    python benchmarks/families.py TABLE [--labels a,b] [--positive a] [--models NAME,...] [--jobs N]

TABLE is what `leukfeat extract` wrote. All families together, then all but one, then each alone are compared
on the same folds. Printed are means over the models and folds; the best model's score is not, for choosing it
anew in every row would flatter each. The result lands in reports/benchmarks/families_TABLE.json.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from leukfeat.evaluation import make_splits
from leukfeat.features import FAMILIES, FeatureTable
from leukfeat.sweep import CORE, SweepData, build_leaderboard, fit_folds

COLUMNS = ["Balanced Accuracy", "ROC AUC"]


def main() -> None:
    """Compare, print and save."""
    options = parse()
    table = FeatureTable.read(options.table)
    table = table.take(chosen_rows(table, options.labels))
    candidates = [candidate for candidate in CORE if candidate.name in options.models]
    splits = split(table)
    rows = {}
    for name, families in subsets(table):
        data = restrict(table, families, options.positive)
        board = build_leaderboard(candidates, fit_folds(data, candidates, splits.folds, jobs=options.jobs))
        rows[name] = {"columns": data.values.shape[1], **board[COLUMNS].mean().to_dict()}
        print(
            f"{name:22s} {rows[name]['columns']:4d}", *(f"{rows[name][c]:.4f}" for c in COLUMNS), flush=True
        )
    save({"protocol": splits.protocol, "models": options.models, "rows": rows}, options)


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--labels", type=lambda text: text.split(","))
    parser.add_argument("--positive", default="")
    parser.add_argument(
        "--models", type=lambda text: text.split(","), default=[candidate.name for candidate in CORE]
    )
    parser.add_argument("--jobs", type=int, default=1)
    reports = Path(__file__).resolve().parents[1] / "reports" / "benchmarks"
    parser.add_argument("--reports", type=Path, default=reports, help="where to write")
    return parser.parse_args()


def chosen_rows(table: FeatureTable, labels: list[str] | None) -> np.ndarray:
    """Mark the rows that take part."""
    return np.ones(len(table.frame), bool) if labels is None else table.frame["label"].isin(labels).to_numpy()


def split(table: FeatureTable):
    """Divide the rows as a comparison does."""
    manifest = table.manifest
    columns = {
        name: manifest[name].to_numpy(dtype=object) for name in ("subject", "sequence") if name in manifest
    }
    return make_splits(
        manifest["label"].to_numpy(dtype=object),
        subjects=columns.get("subject"),
        sequence=columns["sequence"].astype(float) if "sequence" in columns else None,
    )


def subsets(table: FeatureTable) -> Iterator[tuple[str, list[str]]]:
    """Yield all families, all but one, and one alone."""
    present = [entry["name"] for entry in table.metadata["families"]]
    yield "all", present
    for left_out in present:
        yield f"without {left_out}", [name for name in present if name != left_out]
    for alone in present:
        yield f"{alone} alone", [alone]


def restrict(table: FeatureTable, families: list[str], positive: str) -> SweepData:
    """Keep the columns of some families."""
    names = [spec.name for family in families for spec in FAMILIES[family]().specs()]
    labels = table.frame["label"].to_numpy(dtype=str)
    classes = tuple(str(label) for label in np.unique(labels))
    values = table.frame[names].to_numpy(dtype=np.float32)
    return SweepData(values, labels, tuple(names), classes, positive or classes[-1], 0)


def save(result: dict[str, object], options: argparse.Namespace) -> None:
    """Write the figures."""
    labels = "" if options.labels is None else "_" + "_".join(options.labels)
    target = options.reports / f"families_{options.table.stem}{labels}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(pd.DataFrame(result["rows"]).T.round(4).to_string())


if __name__ == "__main__":
    main()
