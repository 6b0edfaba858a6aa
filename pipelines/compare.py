"""Compare the models on a manifest, or on synthetic cells when none is given.

    python pipelines/compare.py                      # 600 synthetic cells of 24 subjects
    python pipelines/compare.py path/to/manifest.csv

Copy it and change what you like: the classes, the feature families, the protocol, the models.
"""

import logging
import sys
from pathlib import Path

from rich.console import Console

from leukfeat import Settings, compare
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.errors import LeukfeatError
from leukfeat.report.run_folder import default_run_folder
from leukfeat.report.terminal import print_results, show_progress
from leukfeat.sweep import find_candidates

SYNTHETIC = Path("data/synthetic")
MODELS = "core"  # or "wide", or names separated by commas: see `leukfeat models --wide`


def main() -> int:
    """Run the comparison; return 1 when some images could not be used, 130 after Ctrl-C."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("leukfeat").setLevel(logging.INFO)
    if len(sys.argv) > 1:
        manifest = Path(sys.argv[1])
        settings = Settings(protocol="auto", n_folds=5, seed=0)
    else:
        manifest = write_synthetic(SYNTHETIC, 600, n_subjects=24, overwrite=True)
        settings = Settings(positive="blast", protocol="auto", n_folds=5, seed=0)

    with show_progress(Console(stderr=True)) as progress:
        folder = default_run_folder(manifest)
        models = find_candidates(MODELS)
        comparison = compare(
            manifest, folder, settings, candidates=models, progress=progress, watch=progress.watch
        )

    print_results(comparison.results, Console())
    for path, reason in zip(comparison.errors["path"], comparison.errors["reason"], strict=True):
        print(f"{path}: {reason}")
    page = comparison.folder / "report.html"
    if page.is_file():
        print(f"Report: {page}")
    print(f"Results: {comparison.folder}")
    if comparison.results.interrupted:
        return 130
    return 1 if len(comparison.errors) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (LeukfeatError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
