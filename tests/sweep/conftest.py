"""Features of real cells, measured once."""

import pytest


@pytest.fixture(scope="session")
def real_table(data_dir):
    """Return the default features of 120 cells of each of three classes of DeepAPL; read only."""
    from leukfeat.datasets import read_manifest
    from leukfeat.extraction import extract
    from leukfeat.features import ImageFeatures

    manifest = read_manifest(data_dir / "deepapl" / "manifest.csv")
    chosen = manifest[manifest["label"].isin(["blast", "lymphocyte", "neutrophil"])]
    some = chosen.groupby("label").sample(120, random_state=0).sort_index().reset_index(drop=True)
    return extract(some, ImageFeatures(), jobs=1, cache=False).table
