"""One model, asked in every way that there is: the same classes, and probabilities to 1e-9."""

import joblib
import numpy as np
import pandas as pd
import pytest

from leukfeat.features import FeatureTable
from leukfeat.scoring import Scorer, convert_model, load_model, read_scores, score_to_file
from leukfeat.sweep import CORE


@pytest.fixture(scope="module", params=[candidate.name for candidate in CORE])
def kept(request, binary_run):
    """Return the file of a kept model, and what its table pipeline says of the run's own features."""
    path = binary_run.folder / "models" / f"{request.param}.joblib"
    table = FeatureTable.read(binary_run.folder / "features.parquet")
    on_table = joblib.load(path)[1:]
    paths = list(table.frame["path"])
    return path, paths, on_table.predict(table.values), on_table.predict_proba(table.values)


def check(kept, predicted, probabilities):
    assert list(predicted) == list(kept[2])
    np.testing.assert_allclose(np.asarray(probabilities, dtype=float), kept[3], rtol=0, atol=1e-9)


def check_table(kept, table):
    assert list(table["reason"]) == [""] * len(kept[1])
    check(kept, table["predicted"], table[["proba_blast", "proba_lymphocyte"]])


def test_plain_joblib(kept):
    model = joblib.load(kept[0])
    check(kept, model.predict(kept[1]), model.predict_proba(kept[1]))


@pytest.mark.parametrize("chunk", [1, 7, 256])
def test_the_scorer_with_any_chunk(kept, chunk):
    tables = Scorer(load_model(kept[0]), jobs=1, cache=False, chunk=chunk).score(kept[1])
    check_table(kept, pd.concat(list(tables), ignore_index=True))


def test_without_a_pickle(kept, tmp_path):
    pytest.importorskip("skops")
    target = tmp_path / f"{kept[0].stem}.skops"
    convert_model(kept[0], target)
    model = load_model(target)
    assert model.id == load_model(kept[0]).id
    check_table(kept, pd.concat(list(Scorer(model, jobs=1, cache=False).score(kept[1]))))


def test_the_file_that_is_written(kept, tmp_path):
    score_to_file(Scorer(load_model(kept[0]), jobs=1, cache=False), kept[1], tmp_path / "s.csv")
    check_table(kept, read_scores(tmp_path / "s.csv"))


def test_many_workers_and_a_kept_models_gates(binary_run):
    path = binary_run.folder / "models" / "SVC.joblib"
    paths = list(FeatureTable.read(binary_run.folder / "features.parquet").frame["path"])
    model = load_model(path)
    one, many = (
        pd.concat(list(Scorer(model, jobs=jobs, cache=False, chunk=5).score(paths)), ignore_index=True)
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, many, rtol=1e-9, atol=1e-12)
    assert model.quality is not None
    assert set(model.quality) >= {"focus", "exposure", "cells", "width"}
    assert (one["quality"] == "").mean() > 0.9
    assert one["in_domain"].mean() > 0.7
    assert "decided" in one
