"""Tables on disk to compare, and no pictures, which take longest."""

import pytest

from leukfeat.features import FeatureTable
from tests.tables import make_table


@pytest.fixture(autouse=True)
def _no_figures(request, monkeypatch):
    """Leave out the pictures unless a test uses draw_figures."""
    if "draw_figures" not in request.fixturenames:
        monkeypatch.setattr("leukfeat.report.run_folder._write_figures", lambda *args: None)
        monkeypatch.setattr("leukfeat.comparison.run.write_first_report", lambda *args: None)


@pytest.fixture
def draw_figures():
    """Ask for the pictures."""


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a table, with columns changed, and returns its path."""

    def write_table(table=None, drop=(), **columns):
        table = make_table() if table is None else table
        frame = table.frame.drop(columns=list(drop)).assign(**columns)
        changed = FeatureTable(frame, table.feature_names, table.metadata)
        return changed.write(tmp_path / "table.parquet")

    return write_table
