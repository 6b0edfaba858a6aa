"""The models that are compared, and the rows that show what little suffices: one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from leukfeat._validation import check_choice

__all__ = ["BALANCES", "CORE", "Candidate", "shortcuts"]

BALANCES = {
    "class_weight": "class weights",
    "sample_weight": "sample weights",
    "priors": "equal priors",
    "none": "nothing",
}


@dataclass(frozen=True)
class Candidate:
    """One row of the leaderboard before it has numbers.

    Parameters
    ----------
    name : str
        As the leaderboard shows it.
    estimator : str
        Where its class is found, as `module:Class`; imported when it is built.
    parameters : mapping of str to object, default={}
        What differs from the class' defaults.
    balance : {"class_weight", "sample_weight", "priors", "none"}, default="none"
        By what unequal classes are made to weigh the same.
    columns : tuple of str, default=None
        The only features it may see; None means all.
    kind : {"model", "nested", "shortcut", "chance"}, default="model"
        Shortcuts and chance are there to be beaten; they are never saved. `"nested"` stands for the model
        that inner folds choose anew in each fold.
    """

    name: str
    estimator: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    balance: str = "none"
    columns: tuple[str, ...] | None = None
    kind: str = "model"

    def __post_init__(self) -> None:
        check_choice("Candidate", "balance", self.balance, BALANCES)
        check_choice("Candidate", "kind", self.kind, ("model", "nested", "shortcut", "chance"))

    def build(self, n_classes: int, seed: int) -> Any:
        """Make the estimator, unfitted.

        Parameters
        ----------
        n_classes : int
            Number of classes, at least 2.
        seed : int
            For its `random_state`, where it has one.

        Returns
        -------
        estimator
            With balanced class weights or equal priors where `balance` says so.
        """
        module, _, name = self.estimator.partition(":")
        estimator = getattr(import_module(module), name)(**self.parameters)
        known = estimator.get_params()
        if "random_state" in known:
            estimator.set_params(random_state=seed)
        if self.balance == "class_weight":
            estimator.set_params(class_weight="balanced")
        if self.balance == "priors":
            estimator.set_params(priors=[1 / n_classes] * n_classes)
        return estimator


_SVC = "sklearn.svm:SVC"
_LDA = "sklearn.discriminant_analysis:LinearDiscriminantAnalysis"

CORE: tuple[Candidate, ...] = (
    Candidate("SVC", _SVC, {"C": 3.0, "cache_size": 500}, "class_weight"),
    Candidate(
        "XGBClassifier",
        "xgboost:XGBClassifier",
        {"n_estimators": 300, "learning_rate": 0.15, "max_depth": 3, "n_jobs": 1},
        "sample_weight",
    ),
    Candidate("LinearDiscriminantAnalysis", _LDA, {"solver": "lsqr", "shrinkage": 0.01}, "priors"),
    Candidate("RidgeClassifier", "sklearn.linear_model:RidgeClassifier", {"alpha": 10.0}, "class_weight"),
    Candidate(
        "RidgeClassifierCV",
        "sklearn.linear_model:RidgeClassifierCV",
        {"alphas": (0.1, 1.0, 10.0, 100.0, 1000.0)},
        "class_weight",
    ),
)

_CHANCE = Candidate("Chance", "sklearn.dummy:DummyClassifier", {"strategy": "prior"}, kind="chance")
_BACKGROUND = ("background_mean_lab_l", "background_mean_lab_a", "background_mean_lab_b")


def shortcuts(scene: str, format_columns: tuple[str, ...] = ()) -> tuple[Candidate, ...]:
    """List the rows that every table holds besides the models.

    Parameters
    ----------
    scene : {"masked", "cell", "field"}
        What the images show.
    format_columns : tuple of str, default=()
        Columns of size and format of the image files, where these vary.

    Returns
    -------
    tuple of Candidate
        Chance (always the most frequent class of the training side), and RBF SVCs on area alone (of the
        nucleus, or in a field the fraction of it that cells cover), on the mean colour of the background
        alone, and on size and format of the files alone.
    """
    area = "population_area_fraction" if scene == "field" else "shape_area_nucleus_px"
    given = {"Area only": (area,), "Background only": _BACKGROUND, "Format only": format_columns}
    return (
        _CHANCE,
        *(
            Candidate(name, _SVC, {}, "class_weight", columns=columns, kind="shortcut")
            for name, columns in given.items()
            if columns
        ),
    )
