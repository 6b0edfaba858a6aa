"""Classify every image of a folder with a model that a comparison kept.

    python pipelines/score.py reports/runs/synthetic/models/SVC.joblib path/to/images

A model is a plain scikit-learn pipeline from image paths to classes. Loading one runs code from the file:
load only models you trust.
"""

import csv
import os
import sys
from pathlib import Path

import joblib

from leukfeat.datasets import find_images
from leukfeat.errors import ImageError, LeukfeatError


def main() -> int:
    """Print one line per image: path, class, or why there is none; return 1 when some could not be used."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    model = joblib.load(sys.argv[1])
    features, classifier = model[0], model[1:]

    failed = 0
    table = csv.writer(sys.stdout)
    table.writerow(["path", "predicted", "reason"])
    for path, row in features.iterate(find_images(Path(sys.argv[2]))):
        if isinstance(row, ImageError):
            failed += 1
            table.writerow([path, "", row.reason])
        else:
            table.writerow([path, classifier.predict(row[None])[0], ""])
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
