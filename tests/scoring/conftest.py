"""Models fitted in this process on 24 synthetic cells, as a comparison keeps them."""

from dataclasses import replace

import numpy as np
import pytest

from leukfeat.features import FeatureTable
from leukfeat.features.configuration import rebuild_images
from leukfeat.scoring import Evidence, fit_domain, image_pipeline, save_model
from leukfeat.sweep import CORE, fit_calibration, ranking_method, ranking_scores, table_pipeline
from tests.scoring.light_model import make_model

BY_NAME = {candidate.name: candidate for candidate in CORE}
THREE = ("blast", "lymphocyte", "monocyte")


@pytest.fixture(scope="session")
def table(synthetic_table):
    """Return the features of the synthetic cells."""
    return FeatureTable.read(synthetic_table)


@pytest.fixture(scope="session")
def fit(table):
    """Return a function that fits a candidate, calibrates it and gives it a domain."""

    def fit_candidate(candidate="RidgeClassifier", *, several=False):
        chosen = BY_NAME[candidate] if isinstance(candidate, str) else candidate
        if chosen.name == "XGBClassifier":
            chosen = replace(chosen, parameters={**chosen.parameters, "n_estimators": 5})
        labels = table.frame["label"].to_numpy(dtype=str)
        if several:
            labels = np.where(np.arange(len(labels)) % 3 == 0, "monocyte", labels)
        classes = list(np.unique(labels))
        pipeline = table_pipeline(chosen, n_classes=len(classes), seed=0, shape=table.values.shape)
        pipeline.fit(table.values, labels)
        method = ranking_method(pipeline, len(classes))
        if method is not None:
            scores = ranking_scores(pipeline, table.values, classes, classes[-1])
            pipeline[-1].calibration_ = fit_calibration(scores, np.searchsorted(classes, labels), method)
        halves = np.arange(0, len(labels), 2), np.arange(1, len(labels), 2)
        pipeline[-1].domain_ = fit_domain(table.values, [halves, halves[::-1]])
        return image_pipeline(rebuild_images(table), pipeline)

    return fit_candidate


@pytest.fixture(scope="session")
def ridge(fit):
    """Return one fitted model; read only."""
    return fit()


@pytest.fixture
def saved(ridge, tmp_path):
    """Return the file of a model that was kept with all that is known of it."""
    evidence = Evidence(
        positive="blast",
        threshold={"value": 0.25, "how": "By hand."},
        training={"images": 24, "hash": "0", "labels": {"blast": 12}, "subjects": None, "split_off": 0},
        protocol="grouped",
        scores=({"metric": "accuracy", "title": "Accuracy", "value": 0.9, "low": 0.8, "high": float("nan")},),
        by_subject={"number": 6, "lowest": 0.5, "tenth": 0.6, "median": 0.9, "mean": 0.85},
        notes=("One note.",),
    )
    return save_model(ridge, tmp_path / "models" / "ridge.joblib", evidence, quality={"focus": (1, 9.5)})


@pytest.fixture(scope="session")
def small_table(synthetic_table):
    """Return the features of the synthetic cells, for models as light as can be."""
    return FeatureTable.read(synthetic_table)


@pytest.fixture(scope="session")
def model(small_table):
    """Return what `load_model` returns, of LinearDiscriminantAnalysis on the synthetic cells."""
    return make_model(small_table, BY_NAME["LinearDiscriminantAnalysis"])
