"""Where real images are found, what is skipped and why, and a cache that no test shares."""

import os
from pathlib import Path

import pytest

_WEIGHTS = os.environ.get("LEUKFEAT_WEIGHTS")  # before any test sets it


def pytest_addoption(parser):
    parser.addoption("--run-slow", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow; --run-slow runs it")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def data_dir():
    """Return the folder of real data sets, or skip."""
    chosen = os.environ.get("LEUKFEAT_DATA")
    folder = Path(chosen) if chosen else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; LEUKFEAT_DATA names their folder")
    return folder


@pytest.fixture(scope="session")
def weights_dir():
    """Return the folder of real weights, or skip."""
    folder = Path(_WEIGHTS) if _WEIGHTS else Path(__file__).parents[2] / "shared" / "weights"
    if not folder.is_dir():
        pytest.skip(f"no weights in {folder}; LEUKFEAT_WEIGHTS names their folder")
    return folder


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LEUKFEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LEUKFEAT_WEIGHTS", raising=False)


@pytest.fixture(autouse=True)
def _compiled_before(monkeypatch):
    """Let no test's output depend on whether it is the first to need the kernels."""
    monkeypatch.setattr("leukfeat.measurement.is_kept", lambda kernel: True)


@pytest.fixture(scope="session")
def synthetic_manifest(tmp_path_factory):
    """Return the manifest of 24 small synthetic cells of six subjects, with their true regions; read only."""
    from leukfeat.datasets.synthetic import write_synthetic

    return write_synthetic(tmp_path_factory.mktemp("synthetic"), 24, n_subjects=6, size=96)


@pytest.fixture(scope="session")
def synthetic_paths(synthetic_manifest):
    """Return the absolute paths of the 24 synthetic cells."""
    from leukfeat.datasets import read_manifest

    return tuple(read_manifest(synthetic_manifest)["path"])


@pytest.fixture(scope="session")
def synthetic_table(synthetic_manifest, tmp_path_factory):
    """Return the feature table of the 24 synthetic cells, colour and shape alone; read only."""
    from leukfeat.datasets import read_manifest
    from leukfeat.extraction import extract
    from leukfeat.features import CellFeatures, ImageFeatures
    from leukfeat.imaging import LoadCells

    images = ImageFeatures(LoadCells(96, "cell"), CellFeatures(("color", "shape")))
    table = extract(read_manifest(synthetic_manifest), images, jobs=1, cache=False).table
    return table.write(tmp_path_factory.mktemp("table") / "features.parquet")


@pytest.fixture(scope="session")
def binary_run(synthetic_table, tmp_path_factory):
    """Return a finished comparison of two classes, models kept; read only."""
    from leukfeat.comparison import Settings, compare

    folder = tmp_path_factory.mktemp("runs") / "binary"
    return compare(synthetic_table, folder, Settings(n_folds=3), jobs=1)


@pytest.fixture(scope="session")
def several_run(tmp_path_factory):
    """Return a finished comparison of four classes on a numeric table, one model failing; read only."""
    from leukfeat.comparison import Settings, compare
    from leukfeat.sweep import CORE, Candidate
    from tests.tables import FOUR, make_table

    folder = tmp_path_factory.mktemp("runs")
    table = make_table(FOUR, n=120, effect=1.2).write(folder / "table.parquet")
    candidates = (Candidate("Broken|\nmodel", "no_such_module:Model"), *CORE)
    return compare(table, folder / "several", Settings(n_folds=3), candidates=candidates, jobs=1)
