"""The benchmark of sweeps runs, and its sides agree."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_all_sides_predict_the_same(tmp_path):
    command = [sys.executable, "benchmarks/sweep.py", "--quick", "--together", "--tables", "tall"]
    subprocess.run([*command, "--reports", str(tmp_path)], cwd=ROOT, check=True)  # noqa: S603
    result = json.loads((tmp_path / "sweep.json").read_text())
    assert [pair["peer"] for pair in result["pairs"]] == ["lazypredict", "cross_validate"]
    for pair in result["pairs"]:
        assert set(pair["predicted_otherwise"].values()) == {0}
        assert set(pair["largest_difference"].values()) == {0.0}
        assert all(value > 0 for side in ("ours", "theirs") for value in pair[side].values())
    assert "## 600 × 40 against lazypredict, one split" in (tmp_path / "sweep.md").read_text()
