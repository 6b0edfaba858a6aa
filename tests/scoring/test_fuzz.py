"""Mutated files: each one a row, with a prediction or a reason; `make fuzz` does ten thousand."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.scoring import Scorer
from tests.fuzz.mutator import mutated_files


def source(seed):
    return np.random.default_rng(seed).integers(0, 256, (48, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("n", "jobs"), [(300, 1), pytest.param(10_000, 2, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_each_file_is_a_row_with_a_prediction_or_a_reason(model, tmp_path, n, jobs, capfd):
    paths = [str(path) for path in mutated_files(tmp_path, source(0), n, seed=0)]
    tables = list(Scorer(model, jobs=jobs, cache=False, timeout=20.0).score(paths))
    found = pd.concat(tables, ignore_index=True)
    assert list(found["path"]) == paths
    scored = found["predicted"].notna()
    assert (scored == (found["reason"] == "")).all()
    assert 0.01 < scored.mean() < 0.6
    assert not found["reason"].str.contains("died|no result within|cannot be measured").any()
    assert capfd.readouterr() == ("", "")


def test_equal_seeds_give_equal_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (mutated_files(tmp_path / name, source(1), 150, seed=5) for name in "ab")
    assert [path.name for path in first] == [path.name for path in second]
    for left, right in zip(first, second, strict=True):
        if left.is_file():
            assert left.read_bytes() == right.read_bytes()
