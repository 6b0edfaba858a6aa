"""Look at a data set before fitting anything: counts by class, and sample cells with their regions.

    python pipelines/explore.py path/to/manifest.csv
    python pipelines/explore.py path/to/manifest.csv reports/runs/explore

Copy it and change what you like.
"""

import sys
from pathlib import Path

from leukfeat import LoadCells, read_manifest
from leukfeat.errors import LeukfeatError
from leukfeat.report.explore import count_images, draw_samples
from leukfeat.report.figures import save_figure


def main() -> int:
    """Print the counts and write samples.png."""
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    manifest = read_manifest(sys.argv[1])
    folder = Path(sys.argv[2]) if len(sys.argv) == 3 else Path("reports/runs/explore")

    print(count_images(manifest).to_string(index=False, float_format="{:.3f}".format))
    picture = folder / "samples.png"
    save_figure(draw_samples(manifest, LoadCells(), n_per_class=8), picture)
    print(f"Samples: {picture}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (LeukfeatError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
