"""Networks in a comparison, and fewer columns in their place."""

import json
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import Settings, compare
from leukfeat.comparison.source import check_source, read_source
from leukfeat.errors import ConfigurationError
from leukfeat.features import FeatureTable
from leukfeat.imaging.compact import encode_compact
from leukfeat.sweep import CORE, table_pipeline
from leukfeat.sweep.reduction import ReduceColumns
from leukfeat.testing import example_cells
from tests.networks import WIDTH, write_network
from tests.tables import make_table

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")
FAST = {"candidates": (RIDGE,), "jobs": 1}
SETTINGS = Settings(n_folds=3)
SMALL = Settings(n_folds=2, families=("none",), size=64, scene="cell")


def with_network(n_embedded=6):
    """A table whose last columns come from a network, by their names."""
    table = make_table(n_features=10)
    names = [
        f"emb_net_{place:04d}" if place >= 10 - n_embedded else name
        for place, name in enumerate(table.feature_names)
    ]
    frame = table.frame.rename(columns=dict(zip(table.feature_names, names, strict=True)))
    return FeatureTable(frame, tuple(names), table.metadata)


def test_components_are_found_on_each_training_side(tmp_path):
    table = with_network()
    path = table.write(tmp_path / "table.parquet")
    run = compare(path, tmp_path / "run", replace(SETTINGS, n_components=2), **FAST)
    predictions = run.results.predictions.query("model == 'RidgeClassifier'")
    labels = table.frame["label"].to_numpy(dtype=str)
    for _, rows in predictions.groupby("fold"):
        tested = table.frame["path"].isin(rows["path"]).to_numpy()
        stock = table_pipeline(
            RIDGE, n_classes=2, seed=0, reduction=ReduceColumns(2, columns=tuple(range(4, 10)))
        )
        stock.fit(table.values[~tested], labels[~tested])
        expected = dict(zip(table.frame["path"][tested], stock.predict(table.values[tested]), strict=True))
        assert list(rows["predicted"]) == [expected[name] for name in rows["path"]]
    assert any("6 of the features, those of networks, are reduced to 2" in note for note in run.results.notes)
    assert json.loads((run.folder / "run.json").read_text())["settings"]["n_components"] == 2


def test_another_number_of_components_is_fitted_anew(tmp_path):
    path = with_network().write(tmp_path / "table.parquet")
    first = compare(path, tmp_path / "run", replace(SETTINGS, n_components=2), **FAST)
    second = compare(path, tmp_path / "run", replace(SETTINGS, n_components=3), **FAST)
    assert first.fits["fitted"] == second.fits["fitted"]
    assert second.fits["found"] == 0


def test_a_model_of_embeddings_is_kept_from_image_to_class(synthetic_manifest, synthetic_paths, tmp_path):
    network = write_network(tmp_path / "net.onnx", size=64)
    settings = replace(SMALL, embeddings=(str(network),), n_components=3)
    run = compare(synthetic_manifest, tmp_path / "run", settings, **FAST)
    assert len(run.table.feature_names) == WIDTH
    model = joblib.load(run.folder / "models" / "RidgeClassifier.joblib")
    assert model[-1].estimator_.coef_.size == 3
    paths = list(run.table.frame["path"])
    np.testing.assert_array_equal(model.predict(paths), model[1:].predict(run.table.values))
    assert run.results.leaderboard.set_index("Model").loc["RidgeClassifier", "Reason"] == ""


def test_a_table_with_other_networks_than_asked_for_is_refused(synthetic_manifest, tmp_path):
    network = str(write_network(tmp_path / "net.onnx", size=64))
    run = compare(synthetic_manifest, tmp_path / "run", replace(SMALL, embeddings=(network,)), **FAST)
    table = run.folder / "features.parquet"
    again = compare(table, tmp_path / "again", replace(SMALL, embeddings=(network,)), **FAST)
    assert again.results.best == "RidgeClassifier"
    with pytest.raises(ConfigurationError, match=r"'embeddings' .*net.onnx.*, not \('other',\)"):
        compare(table, tmp_path / "third", replace(SMALL, embeddings=("other",)), **FAST)


def test_without_a_network_there_is_nothing_to_reduce(synthetic_manifest, tmp_path):
    message = r"Nothing to reduce: n_components=8 \(--reduce\) is for the columns of networks"
    table = make_table().write(tmp_path / "table.parquet")
    for source in (synthetic_manifest, table):
        with pytest.raises(ConfigurationError, match=message):
            check_source(source, replace(SETTINGS, n_components=8), root=None)
    check_source(with_network().write(table), replace(SETTINGS, n_components=8), root=None)


def test_what_must_be_known_of_the_features_is_a_note_of_the_run(tmp_path):
    table = make_table()
    told = FeatureTable(table.frame, table.feature_names, {**table.metadata, "notes": ["They are small."]})
    path = told.write(tmp_path / "table.parquet")
    _, notes = read_source(path, SETTINGS, root=None, jobs=1, cache=False, progress=None)
    assert notes[-1] == "They are small."


def test_copies_that_are_enlarged_for_a_network_are_named_by_the_run(tmp_path):
    rows = []
    for place, cell in enumerate(example_cells(8, 48)):
        path = tmp_path / f"{place}.png"
        path.write_bytes(encode_compact(cell, 2.0, "cell"))
        rows.append({"path": str(path), "label": "ab"[place % 2], "subject": f"s{place}"})
    network = str(write_network(tmp_path / "net.onnx", size=64))
    settings = replace(SMALL, size=48, embeddings=(network,))
    _, notes = read_source(pd.DataFrame(rows), settings, root=None, jobs=1, cache=False, progress=None)
    assert "48 pixels a side were enlarged to 64" in notes[-1]


def test_without_families_there_must_be_a_network(synthetic_manifest, tmp_path):
    with pytest.raises(ConfigurationError, match="there must be an embedding"):
        compare(synthetic_manifest, tmp_path / "run", SMALL, **FAST)
