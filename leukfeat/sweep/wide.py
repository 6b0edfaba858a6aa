"""Many more models: those that lazypredict fits, but for what cannot run, and two that it leaves out."""

from typing import TYPE_CHECKING, Any

from leukfeat.sweep.candidates import CORE, Candidate

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV

__all__ = ["LEFT_OUT", "WIDE", "calibrated_linear_svc"]

_META = "it wraps another estimator, which it must be given"
_OPTIONAL = "no dependency of leukfeat; where it is installed, ask for {0}"

LEFT_OUT: dict[str, str] = {
    "CategoricalNB": "it wants categories as whole numbers from 0; standardised features are negative, too",
    "DummyClassifier": "it stands in every table, as Chance",
    "FixedThresholdClassifier": _META,
    "SelfTrainingClassifier": f"{_META}; with a label in every row it is that estimator",
    "StackingClassifier": f"{_META}, several in fact",
    "TunedThresholdClassifierCV": _META,
    "CatBoostClassifier": _OPTIONAL.format("catboost:CatBoostClassifier"),
    "ExplainableBoostingClassifier": _OPTIONAL.format("interpret.glassbox:ExplainableBoostingClassifier"),
    "LGBMClassifier": _OPTIONAL.format("lightgbm:LGBMClassifier"),
    "PerpetualBooster": _OPTIONAL.format("perpetual:PerpetualBooster"),
}


def calibrated_linear_svc(**parameters: Any) -> "CalibratedClassifierCV":
    """Make scikit-learn's CalibratedClassifierCV round a LinearSVC that converges.

    Parameters
    ----------
    **parameters
        Of the CalibratedClassifierCV.

    Returns
    -------
    sklearn.calibration.CalibratedClassifierCV
        Unfitted. Its inner folds divide images, not subjects.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import LinearSVC

    return CalibratedClassifierCV(LinearSVC(C=0.1, max_iter=20_000), **parameters)


_NEIGHBOURS = {"kernel": "knn", "n_neighbors": 7, "n_jobs": 1}  # rbf gives NaN on hundreds of columns
_ENSEMBLE = "sklearn.ensemble"
_LINEAR = "sklearn.linear_model"

WIDE: tuple[Candidate, ...] = (
    *CORE,
    Candidate("AdaBoostClassifier", f"{_ENSEMBLE}:AdaBoostClassifier", {}, "sample_weight"),
    Candidate(
        "BaggingClassifier",
        f"{_ENSEMBLE}:BaggingClassifier",
        {"n_jobs": 1},
        "sample_weight",
        wide={"max_features": 0.1},
    ),
    Candidate("BernoulliNB", "sklearn.naive_bayes:BernoulliNB", {}, "sample_weight"),
    Candidate(
        "CalibratedClassifierCV",
        "leukfeat.sweep.wide:calibrated_linear_svc",
        {"cv": 3, "ensemble": False, "n_jobs": 1},
        "sample_weight",
    ),
    Candidate(
        "DecisionTreeClassifier",
        "sklearn.tree:DecisionTreeClassifier",
        {"min_samples_leaf": 10},
        "class_weight",
    ),
    Candidate("ExtraTreeClassifier", "sklearn.tree:ExtraTreeClassifier", {}, "class_weight"),
    Candidate(
        "ExtraTreesClassifier",
        f"{_ENSEMBLE}:ExtraTreesClassifier",
        {"n_estimators": 300, "n_jobs": 1},
        "class_weight",
    ),
    Candidate("GaussianNB", "sklearn.naive_bayes:GaussianNB", {}, "priors"),
    Candidate(
        "HistGradientBoostingClassifier",
        f"{_ENSEMBLE}:HistGradientBoostingClassifier",
        {"max_leaf_nodes": 15, "max_bins": 63, "early_stopping": False},
        "class_weight",
        wide={"max_features": 0.1},
    ),
    Candidate(
        "KNeighborsClassifier", "sklearn.neighbors:KNeighborsClassifier", {"n_neighbors": 15, "n_jobs": 1}
    ),
    Candidate("LabelPropagation", "sklearn.semi_supervised:LabelPropagation", _NEIGHBOURS),
    Candidate("LabelSpreading", "sklearn.semi_supervised:LabelSpreading", _NEIGHBOURS),
    Candidate("LinearSVC", "sklearn.svm:LinearSVC", {"C": 0.1, "max_iter": 20_000}, "class_weight"),
    Candidate(
        "LogisticRegression", f"{_LINEAR}:LogisticRegression", {"C": 0.1, "max_iter": 5000}, "class_weight"
    ),
    Candidate(
        "MLPClassifier",
        "sklearn.neural_network:MLPClassifier",
        {"alpha": 1.0, "max_iter": 2000},
        "sample_weight",
    ),
    Candidate("NearestCentroid", "sklearn.neighbors:NearestCentroid", {}, "priors"),
    Candidate("NuSVC", "sklearn.svm:NuSVC", {"nu": 0.1, "cache_size": 500}, "class_weight"),
    # The class of this name leaves scikit-learn in 1.10, which names these parameters in its place.
    Candidate(
        "PassiveAggressiveClassifier",
        f"{_LINEAR}:SGDClassifier",
        {"loss": "hinge", "penalty": None, "learning_rate": "pa1", "eta0": 1.0, "n_jobs": 1},
        "class_weight",
    ),
    Candidate("Perceptron", f"{_LINEAR}:Perceptron", {"n_jobs": 1}, "class_weight"),
    Candidate(
        "QuadraticDiscriminantAnalysis",
        "sklearn.discriminant_analysis:QuadraticDiscriminantAnalysis",
        {"solver": "eigen", "shrinkage": 0.1},
        "priors",
    ),
    Candidate(
        "RandomForestClassifier",
        f"{_ENSEMBLE}:RandomForestClassifier",
        {"n_estimators": 300, "n_jobs": 1},
        "class_weight",
    ),
    Candidate("SGDClassifier", f"{_LINEAR}:SGDClassifier", {"alpha": 0.01, "n_jobs": 1}, "class_weight"),
)
