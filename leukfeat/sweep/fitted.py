"""What a model fitted on prepared arrays can be asked."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from leukfeat.sweep.prepared import Prepared

__all__ = ["ByDecision", "Fitted", "Scores", "Stock", "choose"]

Scores = NDArray[np.float64] | None


class Fitted(Protocol):
    """A model that has seen its training rows and is about to predict the others.

    Attributes
    ----------
    method : str
        By what it was fitted.
    """

    method: str

    def predict(self) -> NDArray[Any]:
        """Return the number of each row's class, or what a model gives for it; called before `scores`."""

    def scores(self) -> tuple[Scores, Scores]:
        """Return decision values and probabilities, None for what the stock estimator does not have."""


def choose(decision: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the classes that decision values stand for.

    Parameters
    ----------
    decision : numpy.ndarray of float64, shape (m,) or (m, n_classes)
        Of two classes larger for class 1.

    Returns
    -------
    numpy.ndarray of intp, shape (m,)
        As scikit-learn's linear classifiers choose.
    """
    return (decision > 0).astype(np.intp) if decision.ndim == 1 else decision.argmax(axis=1)


class ByDecision:
    """A linear classifier, known by its decision values.

    Parameters
    ----------
    method : str
        By what it was fitted.
    decide : callable
        Returns the decision values of the rows to predict.
    probability : callable, default=None
        Turns these into probabilities.
    """

    def __init__(
        self,
        method: str,
        decide: Callable[[], NDArray[np.float64]],
        probability: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
    ) -> None:
        self.method = method
        self._decide = decide
        self._probability = probability

    def predict(self) -> NDArray[np.intp]:
        """Return the class of each row to predict."""
        self._decision = self._decide()
        return choose(self._decision)

    def scores(self) -> tuple[Scores, Scores]:
        """Return decision values and probabilities."""
        if self._probability is None:
            return self._decision, None
        return self._decision, self._probability(self._decision)


class Stock:
    """A stock estimator, fitted the stock way on the prepared arrays.

    Parameters
    ----------
    estimator : estimator
        Fitted on classes 0 … n_classes - 1.
    prepared : Prepared
        With the rows to predict.
    method : str, default="stock"
        With the reason, where there is a faster way that could not be gone.
    """

    def __init__(self, estimator: Any, prepared: Prepared, method: str = "stock") -> None:
        self.method = method
        self._estimator = estimator
        self._out = np.asarray(prepared.out)

    def predict(self) -> NDArray[Any]:
        """Return what the estimator gives for each row to predict."""
        return np.asarray(self._estimator.predict(self._out))

    def scores(self) -> tuple[Scores, Scores]:
        """Return decision values and probabilities, where the estimator has them."""
        return self._asked("decision_function"), self._asked("predict_proba")

    def _asked(self, name: str) -> Scores:
        if not hasattr(self._estimator, name):
            return None
        return np.asarray(getattr(self._estimator, name)(self._out), dtype=np.float64)
