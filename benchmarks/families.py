"""What each feature family adds: the models' scores without it, and with it alone.

    python benchmarks/families.py TABLE [--labels a,b] [--positive a] [--models NAME,...] [--jobs N]

TABLE is what `leukfeat extract` wrote. All families together, then all but one, then each alone are compared
on the same folds. Printed are means over the models and folds; the best model's score is not, for choosing it
anew in every row would flatter each. The result lands in reports/benchmarks/families_TABLE.json.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from leukfeat.comparison import Settings
from leukfeat.comparison.divide import divide
from leukfeat.comparison.evaluate import Sweep
from leukfeat.datasets.selection import select_rows
from leukfeat.evaluation import Splits
from leukfeat.features import FAMILIES, FeatureTable
from leukfeat.report.statistics import summarize_predictions
from leukfeat.sweep import CORE, Candidate, Runner

METRICS = ["balanced_accuracy", "roc_auc"]


def main() -> None:
    """Compare, print and save."""
    options = parse()
    settings = Settings(labels=options.labels, positive=options.positive)
    table = FeatureTable.read(options.table)
    table = table.take(select_rows(table.manifest, settings.labels, settings.positive)[0])
    candidates = [candidate for candidate in CORE if candidate.name in options.models]
    splits = divide(table.manifest, settings)
    rows = {}
    for name, families in subsets(table):
        part = restrict(table, families)
        rows[name] = {
            "columns": len(part.feature_names),
            **mean_scores(part, splits, settings, candidates, options.jobs),
        }
        print(
            f"{name:22s} {rows[name]['columns']:4d}", *(f"{rows[name][m]:.4f}" for m in METRICS), flush=True
        )
    save({"protocol": splits.protocol, "models": options.models, "rows": rows}, options)


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--labels", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--positive")
    parser.add_argument(
        "--models", type=lambda text: text.split(","), default=[candidate.name for candidate in CORE]
    )
    parser.add_argument("--jobs", type=int, default=1)
    reports = Path(__file__).resolve().parents[1] / "reports" / "benchmarks"
    parser.add_argument("--reports", type=Path, default=reports, help="where to write")
    return parser.parse_args()


def mean_scores(
    table: FeatureTable, splits: Splits, settings: Settings, candidates: Sequence[Candidate], jobs: int
) -> dict[str, float]:
    """Return the mean over the models of what they score on the test folds."""
    sweep = Sweep(table, splits, settings, Runner(jobs))
    predictions = sweep.predictions(candidates, sweep.fit(candidates, calibrate=False))
    estimates = summarize_predictions(predictions).estimates
    return {metric: float(estimates[estimates["metric"] == metric]["value"].mean()) for metric in METRICS}


def subsets(table: FeatureTable) -> Iterator[tuple[str, list[str]]]:
    """Yield all families, all but one, and one alone."""
    present = [entry["name"] for entry in table.metadata["families"]]
    yield "all", present
    for left_out in present:
        yield f"without {left_out}", [name for name in present if name != left_out]
    for alone in present:
        yield f"{alone} alone", [alone]


def restrict(table: FeatureTable, families: list[str]) -> FeatureTable:
    """Keep the columns of some families."""
    names = [spec.name for family in families for spec in FAMILIES[family]().specs()]
    others = [name for name in table.feature_names if name not in names]
    return FeatureTable(table.frame.drop(columns=others), tuple(names), table.metadata)


def save(result: dict[str, object], options: argparse.Namespace) -> None:
    """Write the figures."""
    labels = "" if options.labels is None else "_" + "_".join(options.labels)
    target = options.reports / f"families_{options.table.stem}{labels}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(pd.DataFrame(result["rows"]).T.round(4).to_string())


if __name__ == "__main__":
    main()
