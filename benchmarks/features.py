"""How fast the features are: against the peers, from file to row, and with more images and cores.

    python benchmarks/features.py [--quick] [--cells N] [--repeats N] [--files N] [--data DIR] [--reports DIR]

On one core and on the same cells, leukfeat against scikit-image, mahotas and cp_measure (with numba), as far
as they are installed: family by family, and the whole vector. Every repetition runs all contenders in turn on
the same few cells, so that the noise of the machine hits all alike; figures are medians over repetitions, and
ratios medians of the ratios within one repetition. Cells are synthetic, mixed with real ones where the folder
of real data exists. Writes features.json and features.md, unless it is quick; the exit code is 1 when a
target is missed.
"""

import argparse
import os
import sys
from pathlib import Path

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def main() -> int:
    """Measure, print and write everything; return 1 when a target is missed."""
    options = arguments()
    os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
    from side_by_side.run import run  # libraries read the limits when they are imported

    return run(options)


def arguments() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    data = Path(os.environ.get("LEUKFEAT_DATA", root.parent / "shared" / "data"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few cells, files and repetitions")
    parser.add_argument("--cells", type=int, help="cells (default: 500, quick: 40)")
    parser.add_argument("--slice", type=int, help="cells of one repetition (default: 16, quick: 8)")
    parser.add_argument("--repeats", type=int, help="times that each slice is run (default: 1)")
    parser.add_argument("--files", type=int, help="files of each kind (default: 960, quick: 320)")
    parser.add_argument("--rounds", type=int, help="rounds over files and sizes (default: 5, quick: 2)")
    parser.add_argument("--data", type=Path, default=data, help="folder of the real data sets")
    parser.add_argument(
        "--reports", type=Path, help="where to write (default: reports/benchmarks; quick: nowhere)"
    )
    options = with_defaults(parser.parse_args())
    if options.reports is None and not options.quick:
        options.reports = root / "reports" / "benchmarks"
    return options


def with_defaults(options: argparse.Namespace) -> argparse.Namespace:
    """Fill in what was not asked for."""
    usual = {"cells": 500, "slice": 16, "repeats": 1, "files": 960, "rounds": 5}
    quick = {"cells": 40, "slice": 8, "repeats": 1, "files": 320, "rounds": 2}
    for name, value in (quick if options.quick else usual).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


if __name__ == "__main__":
    sys.exit(main())
