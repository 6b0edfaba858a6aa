"""Models as files: the whole pipeline from image path to class."""

from pathlib import Path

import joblib
from sklearn.pipeline import Pipeline

from leukfeat._tables import replacing
from leukfeat.features import ImageFeatures

__all__ = ["image_pipeline", "save_pipeline"]


def image_pipeline(images: ImageFeatures, table: Pipeline) -> Pipeline:
    """Join fitted image features and a fitted table pipeline.

    Parameters
    ----------
    images : ImageFeatures
        Fitted: paths to features.
    table : sklearn.pipeline.Pipeline
        Fitted on the features of `images`: features to classes.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted: image paths to classes.
    """
    return Pipeline([("images", images), *table.steps])


def save_pipeline(pipeline: Pipeline, path: str | Path) -> Path:
    """Write a fitted pipeline with joblib.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted.
    path : str or pathlib.Path
        The file, `NAME.joblib`. Read it with `joblib.load`, which runs code from the file: load only what you
        trust.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    target = Path(path)
    with replacing(target) as temporary:
        joblib.dump(pipeline, temporary, compress=3)
    return target
