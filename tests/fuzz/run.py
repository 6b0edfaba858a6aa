"""Score thousands of mutated files with a model: `make fuzz`, or

    python tests/fuzz/run.py [N] [SEED] [FOLDER]

Every file must become a row, with a prediction or a reason, and no worker may die or hang.
"""

import collections
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

_SUSPICIOUS = re.compile(r"died|no result within|cannot be measured")


def main() -> int:
    """Return 1 if a file is not a row, or has brought down its worker."""
    n, seed = (int(given) for given in [*sys.argv[1:3], "10000", "0"][:2])
    with tempfile.TemporaryDirectory() as folder:
        return fuzz(Path(sys.argv[3] if len(sys.argv) > 3 else folder), n, seed)


def fuzz(folder: Path, n: int, seed: int) -> int:
    """Make files, a model and scores; print what came of them."""
    from leukfeat.datasets import read_manifest
    from leukfeat.datasets.synthetic import write_synthetic
    from leukfeat.scoring import Scorer
    from tests.fuzz.mutator import mutated_files
    from tests.fuzz.small_model import small_model

    manifest = read_manifest(write_synthetic(folder / "synthetic", 24, n_subjects=6, size=96))
    source = np.random.default_rng(seed).integers(0, 256, (48, 40, 3), dtype=np.uint8)
    (folder / "mutated").mkdir()
    paths = [str(path) for path in mutated_files(folder / "mutated", source, n, seed)]
    started = time.perf_counter()
    rows = []
    for table in Scorer(small_model(manifest), jobs=2, cache=False, timeout=20.0).score(paths):
        rows += list(zip(table["path"], table["reason"], strict=True))
    seconds = time.perf_counter() - started
    reasons = collections.Counter(re.sub(r"\d+", "N", reason)[:70] or "scored" for _, reason in rows)
    for reason, count in reasons.most_common(25):
        print(f"{count:6d}  {reason}")
    bad = [(path, reason) for path, reason in rows if _SUSPICIOUS.search(reason)]
    for path, reason in bad:
        print(f"{path}: {reason}")
    print(f"{len(rows)} rows of {n} files, seed {seed}, {seconds:.0f} s; brought down: {len(bad)}.")
    return int([path for path, _ in rows] != paths or bool(bad))


if __name__ == "__main__":
    sys.exit(main())
