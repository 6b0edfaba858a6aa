"""What `load_model` returns, as light as can be."""

from types import SimpleNamespace

import numpy as np


class Nearness:
    """A domain that measures the distance to the mean, in standard deviations of the first columns."""

    def __init__(self, X, threshold):
        self.mean, self.scale, self.threshold = X.mean(axis=0), X.std(axis=0) + 1e-9, threshold

    def distance(self, X):
        return np.abs((np.asarray(X, dtype=np.float64) - self.mean) / self.scale).max(axis=1)


def make_model(table, candidate, **changes):
    from leukfeat.features.configuration import rebuild_images
    from leukfeat.scoring import image_pipeline, quality_limits
    from leukfeat.sweep import refit
    from tests.tables import sweep_data

    (fitted,) = refit(sweep_data(table), [candidate])
    pipeline = image_pipeline(rebuild_images(table), fitted.pipeline)
    values = np.nan_to_num(table.values)
    known = {
        "pipeline": pipeline,
        "facts": {},
        "id": "0123456789abcdef",
        "classes": tuple(pipeline.classes_),
        "positive": max(pipeline.classes_),
        "threshold": None,
        "domain": Nearness(values, 50.0),
        "quality": quality_limits(table.frame),
    }
    return SimpleNamespace(**{**known, **changes})
