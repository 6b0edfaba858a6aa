"""Do patients leak? Scores on synthetic cells whose classes do not differ, only their subjects.

python benchmarks/leaks.py [--n 2400] [--seeds 5]

With one class per subject a random split by image can tell the classes by telling the subjects; with whole
subjects kept apart, nothing can. With both classes in every subject nothing can under any protocol. Balanced
accuracy of every row, mean over seeds; the result lands in reports/benchmarks/leaks.json.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import pandas as pd

from leukfeat import Settings, compare, extract, read_manifest
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.features import FAMILIES

SUBJECT_EFFECT = 1.5
CASES = (("both", 24, "grouped"), ("one", 60, "random"), ("one", 60, "grouped"))


def main() -> int:
    """Print the mean scores; return 1 when a bound is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=2400)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    scores = pd.concat([run_seed(options.n, seed) for seed in range(options.seeds)])
    means = scores.groupby(["case", "model"])["balanced_accuracy"].mean().unstack("case")
    print(means.to_string(float_format="{:.3f}".format))
    bounds = {
        "both, grouped: every row 0.5 ± 0.06": bool(((means["both grouped"] - 0.5).abs() <= 0.06).all()),
        "one, random: best row at least 0.80": bool(means["one random"].max() >= 0.80),
        "one, grouped: every row 0.5 ± 0.10": bool(((means["one grouped"] - 0.5).abs() <= 0.10).all()),
    }
    for bound, met in bounds.items():
        print(f"{bound}: {'met' if met else 'MISSED'}")
    target = Path("reports/benchmarks/leaks.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    summary = {
        "images": options.n,
        "seeds": options.seeds,
        "balanced_accuracy": means.to_dict(),
        "bounds": bounds,
    }
    target.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return 0 if all(bounds.values()) else 1


def run_seed(n: int, seed: int) -> pd.DataFrame:
    """Return the scores of every row for one seed."""
    parts = []
    with tempfile.TemporaryDirectory() as name:
        for classes, n_subjects in {(classes, n_subjects) for classes, n_subjects, _ in CASES}:
            folder = Path(name) / classes
            manifest = write_synthetic(
                folder,
                n,
                n_subjects=n_subjects,
                class_effect=0.0,
                subject_effect=SUBJECT_EFFECT,
                subject_classes=classes,
                seed=seed,
                n_jobs=2,
            )
            background = [FAMILIES["background"]()]  # what the shortcut of this name sees
            measured = extract(read_manifest(manifest), aside=background, cache=False).table
            table = measured.write(folder / "features.parquet")
            protocols = [case[2] for case in CASES if case[0] == classes]
            parts += [run_protocol(table, protocol, classes, seed) for protocol in protocols]
    return pd.concat(parts)


def run_protocol(table: Path, protocol: str, classes: str, seed: int) -> pd.DataFrame:
    """Return the scores of every row under one protocol."""
    settings = Settings(protocol=protocol, seed=seed)
    board = compare(table, table.parent / protocol, settings).results.leaderboard
    return pd.DataFrame(
        {
            "case": f"{classes} {protocol}",
            "model": board["Model"],
            "balanced_accuracy": board["Balanced Accuracy"],
        }
    )


if __name__ == "__main__":
    sys.exit(main())
