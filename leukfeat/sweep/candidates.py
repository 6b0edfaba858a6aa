"""The models that are compared, and the rows that show what little suffices: one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leukfeat._validation import check_choice
from leukfeat.sweep.sources import find_source_file, make_estimator

__all__ = ["BALANCES", "CORE", "Candidate", "PerColumn", "shortcuts"]

BALANCES = {
    "class_weight": "class weights",
    "sample_weight": "sample weights",
    "priors": "equal priors",
    "none": "nothing",
}


@dataclass(frozen=True)
class PerColumn:
    """A parameter that grows with the number of columns.

    Parameters
    ----------
    each : float or tuple of float
        Its value, or values, for one column.
    """

    each: float | tuple[float, ...]

    def of(self, n_features: int) -> float | tuple[float, ...]:
        """Return the value for a table.

        Parameters
        ----------
        n_features : int
            Number of columns.

        Returns
        -------
        float or tuple of float
            `each` times the number.
        """
        if isinstance(self.each, tuple):
            return tuple(each * n_features for each in self.each)
        return self.each * n_features


@dataclass(frozen=True)
class Candidate:
    """One row of the leaderboard before it has numbers.

    Parameters
    ----------
    name : str
        As the leaderboard shows it.
    estimator : str
        Where its class is found, as `module:Class` or `path/to/file.py:Class`; imported when it is built. A
        function that returns an estimator, and an estimator made beforehand, will do as well.
    parameters : mapping of str to object, default={}
        What differs from the class' defaults.
    balance : {"class_weight", "sample_weight", "priors", "none"}, default="none"
        By what unequal classes are made to weigh the same.
    columns : tuple of str, default=None
        The only features it may see; None means all.
    kind : {"model", "nested", "shortcut", "chance"}, default="model"
        Shortcuts and chance are there to be beaten; they are never saved. `"nested"` stands for the model
        that inner folds choose anew in each fold.
    wide : mapping of str to object, default={}
        What replaces `parameters`, or joins them, where there are more columns than rows to train on; a
        `PerColumn` is multiplied by their number.
    """

    name: str
    estimator: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    balance: str = "none"
    columns: tuple[str, ...] | None = None
    kind: str = "model"
    wide: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice("Candidate", "balance", self.balance, BALANCES)
        check_choice("Candidate", "kind", self.kind, ("model", "nested", "shortcut", "chance"))

    def parameters_for(self, n_samples: int, n_features: int) -> dict[str, Any]:
        """Return the parameters for a table of some size.

        Parameters
        ----------
        n_samples : int
            Number of rows to train on.
        n_features : int
            Number of columns.

        Returns
        -------
        dict
            `parameters`, and `wide` over them where the table has more columns than rows.
        """
        changed = self.wide if n_features > n_samples else {}
        return {
            name: value.of(n_features) if isinstance(value, PerColumn) else value
            for name, value in {**self.parameters, **changed}.items()
        }

    def build(self, n_classes: int, seed: int, shape: tuple[int, int] | None = None) -> Any:
        """Make the estimator, unfitted.

        Parameters
        ----------
        n_classes : int
            Number of classes, at least 2.
        seed : int
            For its `random_state`, and those of estimators inside it, where they have one that is not set.
        shape : tuple of int, default=None
            Numbers of rows to train on and of columns; None takes more rows than columns for granted.

        Returns
        -------
        estimator
            With balanced class weights or equal priors where `balance` says so.
        """
        parameters = dict(self.parameters) if shape is None else self.parameters_for(*shape)
        estimator = make_estimator(self.estimator, parameters)
        states = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
        unset = [name for name in states if estimator.get_params()[name] is None]
        estimator.set_params(**dict.fromkeys(unset, seed))
        if self.balance == "class_weight":
            estimator.set_params(class_weight="balanced")
        if self.balance == "priors":
            estimator.set_params(priors=[1 / n_classes] * n_classes)
        return estimator

    def source_file(self) -> Path | None:
        """Find the file whose change changes the model.

        Returns
        -------
        pathlib.Path or None
            Where the estimator is defined; None for one of scikit-learn's and XGBoost's, which their versions
            describe, and for one that stands in no file.
        """
        return find_source_file(self.estimator)


_SVC = "sklearn.svm:SVC"
_LDA = "sklearn.discriminant_analysis:LinearDiscriminantAnalysis"

# What holds for wide tables was measured on DeepAPL, patients apart: on 40,000 pixels, and on 309 features
# of 100 and of 250 cells (balanced accuracy, blast against lymphocyte; pixels, then features of 250).
CORE: tuple[Candidate, ...] = (
    # 0.934 and 0.950 with either C: the smaller one costs nothing, and gains with six classes.
    Candidate("SVC", _SVC, {"C": 3.0, "cache_size": 500}, "class_weight", wide={"C": 1.0}),
    Candidate(
        "XGBClassifier",
        "xgboost:XGBClassifier",
        {"n_estimators": 300, "learning_rate": 0.15, "max_depth": 3, "n_jobs": 1},
        "sample_weight",
        # One fit on 40,000 columns of 2,399 cells: 0.941 in 48 s, 20 s of it for the bins; with 100 trees at
        # 0.15 0.946 in 89 s; with 256 bins half a second more for each tree, and no better. All histograms
        # of a tree of that depth are kept.
        wide={
            "n_estimators": 50,
            "learning_rate": 0.3,
            "colsample_bytree": 0.1,
            "max_bin": 32,
            "max_cached_hist_node": 8,
        },
    ),
    # 0.820 and 0.941 with a shrinkage of 0.01, 0.911 and 0.958 with 0.9.
    Candidate(
        "LinearDiscriminantAnalysis",
        _LDA,
        {"solver": "lsqr", "shrinkage": 0.01},
        "priors",
        wide={"shrinkage": 0.9},
    ),
    # 0.819 and 0.954 with an alpha of 10, 0.916 and 0.962 with 3 per column.
    Candidate(
        "RidgeClassifier",
        "sklearn.linear_model:RidgeClassifier",
        {"alpha": 10.0},
        "class_weight",
        wide={"alpha": PerColumn(3.0)},
    ),
    Candidate(
        "RidgeClassifierCV",
        "sklearn.linear_model:RidgeClassifierCV",
        {"alphas": (0.1, 1.0, 10.0, 100.0, 1000.0)},
        "class_weight",
        wide={"alphas": PerColumn((0.003, 0.03, 0.3, 3.0, 30.0))},
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
