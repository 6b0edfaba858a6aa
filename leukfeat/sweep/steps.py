"""What every table passes through before a model, fitted inside the fold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.classifier import CellClassifier
from leukfeat.sweep.reduction import ReduceColumns

__all__ = ["as_float64", "table_pipeline"]


def as_float64(X: Any) -> NDArray[np.float64]:
    """Return a table as float64.

    Parameters
    ----------
    X : array-like of float, shape (n_samples, n_features)
        Features, float32 as a rule.

    Returns
    -------
    numpy.ndarray of float64, shape (n_samples, n_features)
        The same values.
    """
    return np.asarray(X, dtype=np.float64)


def table_pipeline(
    candidate: Candidate,
    *,
    n_classes: int,
    seed: int,
    shape: tuple[int, int] | None = None,
    reduction: ReduceColumns | None = None,
) -> Pipeline:
    """Make the pipeline from a feature table to a class.

    Parameters
    ----------
    candidate : Candidate
        The model.
    n_classes : int
        Number of classes.
    seed : int
        Of what is random in the model.
    shape : tuple of int, default=None
        Numbers of rows to train on and of columns, which parameters may depend on; see `Candidate.build`.
    reduction : ReduceColumns, default=None
        What puts few columns in the place of many, unfitted; None keeps all.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Columns reduced where that is wanted, medians for what could not be measured, constants dropped,
        columns standardised, then the model in a `CellClassifier`.
    """
    model: BaseEstimator = CellClassifier(
        candidate.build(n_classes, seed, shape), weigh_samples=candidate.balance == "sample_weight"
    )
    reduce = [] if reduction is None else [("reduce", reduction)]
    return Pipeline(
        [
            ("double", FunctionTransformer(as_float64, feature_names_out="one-to-one")),
            *reduce,
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("constant", VarianceThreshold()),
            ("scale", StandardScaler()),
            ("model", model),
        ]
    )
