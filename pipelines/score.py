"""Classify every image of a folder with a model that a comparison kept.

    python pipelines/score.py reports/runs/synthetic/models/SVC.joblib path/to/images

`leukfeat score` does the same, and more. Loading a .joblib file runs code from it: load only models that
you trust.
"""

import os
import sys

from leukfeat.errors import LeukfeatError
from leukfeat.scoring import Scorer, load_model
from leukfeat.scoring.inputs import gather_inputs


def main() -> int:
    """Print one line per image: class, probabilities, or why there is none; return 1 when some have none."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    failed = 0
    scorer = Scorer(load_model(sys.argv[1]))
    for number, table in enumerate(scorer.score(gather_inputs([sys.argv[2]]))):
        table.to_csv(sys.stdout, index=False, header=number == 0)
        sys.stdout.flush()
        failed += int((table["reason"] != "").sum())
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever reads the lines, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (LeukfeatError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
