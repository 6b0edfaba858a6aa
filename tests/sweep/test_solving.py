import warnings

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from leukfeat.sweep import CORE, Candidate, dual_discriminant, gram, solving, table_pipeline
from leukfeat.sweep.boosting import needs_no_more, once_binned
from leukfeat.sweep.prepared import Prepared, prepare
from leukfeat.sweep.solving import solve, stock
from leukfeat.sweep.sources import load_object

SVC = "sklearn.svm:SVC"
RIDGE = "sklearn.linear_model:RidgeClassifier"
RIDGE_CV = "sklearn.linear_model:RidgeClassifierCV"
LDA = "sklearn.discriminant_analysis:LinearDiscriminantAnalysis"
XGB = "xgboost:XGBClassifier"
FIVE = {"alphas": (0.1, 1.0, 10.0, 100.0, 1000.0)}

FAST = {
    "svc": Candidate("svc", SVC),
    "svc-weighted": Candidate("svc", SVC, {"C": 3.0}, "class_weight"),
    "svc-ovo": Candidate("svc", SVC, {"gamma": "auto", "decision_function_shape": "ovo"}),
    "svc-ties": Candidate("svc", SVC, {"gamma": 0.002, "break_ties": True}, "class_weight"),
    "svc-linear": Candidate("svc", SVC, {"kernel": "linear", "C": 0.1}),
    "svc-poly": Candidate("svc", SVC, {"kernel": "poly", "coef0": 1.0}, "class_weight"),
    "ridge": Candidate("ridge", RIDGE),
    "ridge-weighted": Candidate("ridge", RIDGE, {"alpha": 10.0}, "class_weight"),
    "ridge-dict": Candidate("ridge", RIDGE, {"class_weight": {0: 1.0, 1: 3.0}}),
    "ridge-origin": Candidate("ridge", RIDGE, {"alpha": 5.0, "fit_intercept": False}, "class_weight"),
    "loo": Candidate("loo", RIDGE_CV),
    "loo-weighted": Candidate("loo", RIDGE_CV, FIVE, "class_weight"),
    "loo-origin": Candidate("loo", RIDGE_CV, {**FIVE, "fit_intercept": False}, "class_weight"),
    "folds": Candidate("folds", RIDGE_CV, FIVE),
    "folds-weighted": Candidate("folds", RIDGE_CV, FIVE, "class_weight"),
    "folds-origin": Candidate("folds", RIDGE_CV, {**FIVE, "fit_intercept": False}, "class_weight"),
    "lda": Candidate("lda", LDA),
    "lda-priors": Candidate("lda", LDA, {}, "priors"),
    "lda-shrunk": Candidate("lda", LDA, {"solver": "lsqr", "shrinkage": 0.01}, "priors"),
    "lda-half": Candidate("lda", LDA, {"solver": "lsqr", "shrinkage": 0.5}),
    "lda-round": Candidate("lda", LDA, {"solver": "lsqr", "shrinkage": 1.0}),
}
SLOW = {
    "svc-sigmoid": Candidate("svc", SVC, {"kernel": "sigmoid"}),
    "ridge-svd": Candidate("ridge", RIDGE, {"solver": "svd"}),
    "ridge-positive": Candidate("ridge", RIDGE, {"positive": True}),
    "ridge-free": Candidate("ridge", RIDGE, {"solver": "lsqr"}),
    "loo-scored": Candidate("loo", RIDGE_CV, {"scoring": "balanced_accuracy"}),
    "loo-stored": Candidate("loo", RIDGE_CV, {"store_cv_results": True}),
    "folds-number": Candidate("folds", RIDGE_CV, {"cv": 3}),
    "lda-auto": Candidate("lda", LDA, {"solver": "lsqr", "shrinkage": "auto"}),
    "lda-hardly": Candidate("lda", LDA, {"solver": "lsqr", "shrinkage": 1e-6}),
    "tree": Candidate("tree", "sklearn.tree:DecisionTreeClassifier", {}, "class_weight"),
    "bayes": Candidate("bayes", "sklearn.naive_bayes:GaussianNB", {}, "sample_weight"),
    "logistic": Candidate("logistic", "sklearn.linear_model:LogisticRegression", {}, "class_weight"),
}


class Case:
    """A table, its classes as numbers, and a fold with inner folds."""

    def __init__(self, values, codes, share, folder):
        self.values, self.codes = values, codes
        self.n_classes = int(codes.max()) + 1
        rows = np.random.default_rng(3).permutation(len(codes))
        cut = round(share * len(codes))
        self.train, self.out = np.sort(rows[:cut]), np.sort(rows[cut:])
        self.prepared = prepare(values, self.train, self.out, folder)
        fold = np.random.default_rng(4).integers(0, 3, cut)
        self.cv = [(np.flatnonzero(fold != part), np.flatnonzero(fold == part)) for part in range(3)]

    def inner(self, candidate):
        return self.cv if candidate.name == "folds" and "cv" not in candidate.parameters else None

    def solve(self, candidate, **others):
        given = {"n_classes": self.n_classes, "seed": 0, "cv": self.inner(candidate), **others}
        return solve(candidate, self.prepared, self.codes[self.train], **given)

    def stock(self, candidate):
        """Return the stock pipeline, fitted from the table."""
        pipeline = table_pipeline(
            candidate, n_classes=self.n_classes, seed=0, shape=self.prepared.train.shape
        )
        if self.inner(candidate) is not None:
            pipeline[-1].estimator.set_params(cv=self.cv)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pipeline.fit(self.values[self.train], self.codes[self.train])


def random_table(n, p, n_classes, seed=0):
    """Draw correlated features of unequal classes, some missing."""
    rng = np.random.default_rng(seed)
    codes = np.sort((rng.random(n) ** 1.5 * n_classes).astype(int))
    values = rng.normal(size=(n, 6)) @ rng.normal(size=(6, p)) + rng.normal(size=(n, p))
    values[np.arange(n), codes] += 2.0
    values[rng.random(values.shape) < 0.01] = np.nan
    return values.astype(np.float32), codes


SHAPES = {
    "tall-two": (300, 60, 2),
    "tall-four": (300, 60, 4),
    "wide-two": (200, 400, 2),
    "wide-four": (200, 400, 4),
}


@pytest.fixture(scope="module", params=SHAPES)
def drawn(request, tmp_path_factory):
    return Case(*random_table(*SHAPES[request.param]), 0.75, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module", params=["tall-two", "tall-three", "wide-two", "wide-three"])
def real(request, real_table, tmp_path_factory):
    labels = real_table.frame["label"].to_numpy(dtype=str)
    values, rows = real_table.values, np.arange(len(labels))
    if "two" in request.param:
        rows = np.flatnonzero(labels != "neutrophil")
    if request.param == "tall-two":
        values = values[:, ::2]
    codes = np.unique(labels[rows], return_inverse=True)[1]
    case = Case(
        values[rows], codes, 0.55 if "wide" in request.param else 0.9, tmp_path_factory.mktemp("real")
    )
    assert (case.prepared.products is not None) == ("wide" in request.param)
    return case


def deviation(values, expected):
    """Return the largest difference relative to the scale of its column."""
    assert values.shape == expected.shape
    return float((np.abs(values - expected) / np.abs(expected).max(axis=0)).max())


def assert_equal(solved, pipeline, values, tolerance=1e-8):
    np.testing.assert_array_equal(solved.predicted, pipeline.predict(values))
    for name, found in (("decision_function", solved.decision), ("predict_proba", solved.probability)):
        assert hasattr(pipeline, name) == (found is not None)
        if found is not None:
            assert deviation(found, getattr(pipeline, name)(values)) <= tolerance


@pytest.mark.parametrize("name", FAST)
def test_fast_ways_equal_the_stock_pipeline(drawn, name):
    solved = drawn.solve(FAST[name])
    assert not solved.method.startswith("stock")
    assert_equal(solved, drawn.stock(FAST[name]), drawn.values[drawn.out])


@pytest.mark.realdata
@pytest.mark.parametrize("name", FAST)
def test_on_real_features_too(real, name):
    assert_equal(real.solve(FAST[name]), real.stock(FAST[name]), real.values[real.out])


@pytest.mark.realdata
@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_the_core_models_on_real_features(real, candidate):
    inner = {"cv": real.cv} if candidate.name == "RidgeClassifierCV" else {}
    pipeline = table_pipeline(candidate, n_classes=real.n_classes, seed=0, shape=real.prepared.train.shape)
    pipeline[-1].estimator.set_params(**inner)
    pipeline.fit(real.values[real.train], real.codes[real.train])
    solved = real.solve(candidate, **inner)
    assert_equal(solved, pipeline, real.values[real.out], 0.0 if "XGB" in candidate.name else 1e-8)
    assert solved.method.startswith("stock") == ("XGB" in candidate.name)


@pytest.mark.parametrize("name", SLOW)
def test_what_has_no_fast_way_is_fitted_itself(drawn, name):
    candidate, codes = SLOW[name], drawn.codes[drawn.train]
    weights = {"sample_weight": compute_sample_weight("balanced", codes)} if name == "bayes" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        solved = drawn.solve(candidate)
        model = candidate.build(drawn.n_classes, 0).fit(np.array(drawn.prepared.train), codes, **weights)
    assert solved.method == "stock"
    assert_equal(solved, model, np.array(drawn.prepared.out), tolerance=0.0)
    np.testing.assert_array_equal(solved.predicted, drawn.stock(candidate).predict(drawn.values[drawn.out]))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"max_cached_hist_node": 4},
        {"max_depth": 3, "learning_rate": 0.15, "colsample_bytree": 0.3, "subsample": 0.7},
        {"gamma": 0.3, "max_depth": 8, "min_child_weight": 0.1, "reg_lambda": 0.5},
    ],
    ids=["stock", "cached", "drawn", "deep"],
)
def test_xgboost_predicts_the_same_bits_with_few_histograms(drawn, parameters):
    candidate = Candidate("xgb", XGB, {"n_estimators": 8, "n_jobs": 1, **parameters})
    solved = drawn.solve(candidate)
    assert_equal(solved, drawn.stock(candidate), drawn.values[drawn.out], tolerance=0.0)
    wide = drawn.prepared.products is not None
    assert solved.method == ("stock, few histograms" if wide else "stock, leaf by leaf")


def test_xgboost_holds_no_rows_of_a_wide_table_that_it_has_put_into_bins(drawn, monkeypatch):
    released = []
    monkeypatch.setattr(solving, "release", released.append)
    drawn.solve(Candidate("xgb", XGB, {"n_estimators": 2, "n_jobs": 1}))
    is_wide = drawn.prepared.products is not None
    assert [array is drawn.prepared.train for array in released] == [True] * is_wide


def test_callbacks_of_ones_own_are_kept():
    estimator = load_object(XGB)(callbacks=[once_binned(list)])
    assert not needs_no_more(estimator)


def test_xgboost_weighs_samples(drawn):
    candidate = Candidate("xgb", XGB, {"n_estimators": 8, "n_jobs": 1}, "sample_weight")
    assert_equal(drawn.solve(candidate), drawn.stock(candidate), drawn.values[drawn.out], tolerance=0.0)


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_cached_hist_node": 8},
        {"colsample_bynode": 0.5},
        {"max_leaves": 4},
        {"tree_method": "exact"},
        {"booster": "gblinear"},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_other_trees_are_grown_as_they_were_asked_for(drawn, parameters):
    candidate = Candidate("xgb", XGB, {"n_estimators": 2, "n_jobs": 1, **parameters})
    solved = drawn.solve(candidate)
    assert solved.method == "stock"
    assert_equal(solved, drawn.stock(candidate), drawn.values[drawn.out], tolerance=0.0)


def test_small_tables_of_few_columns_are_left_to_libsvm(tmp_path):
    case = Case(*random_table(200, gram.FEWEST_COLUMNS - 1, 2), 0.75, tmp_path)
    assert case.solve(FAST["svc"]).method == "stock"


def test_a_gram_matrix_that_is_too_large_is_not_made(drawn, monkeypatch):
    monkeypatch.setattr(gram, "LARGEST_GRAM", 1000)
    assert drawn.solve(FAST["svc"]).method == "stock"


def test_rows_to_predict_are_taken_in_blocks(drawn, monkeypatch):
    whole = drawn.solve(FAST["svc-weighted"])
    monkeypatch.setattr(gram, "_ROWS_BYTES", 8 * len(drawn.train))
    blocks = drawn.solve(FAST["svc-weighted"])
    np.testing.assert_array_equal(blocks.predicted, whole.predicted)
    np.testing.assert_allclose(blocks.decision, whole.decision, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["svc", "ridge", "loo", "lda", "lda-shrunk"])
def test_equal_rows_and_equal_columns(tmp_path, name):
    values, codes = random_table(120, 50, 3)
    case = Case(np.tile(values, (2, 2)), np.tile(codes, 2), 0.8, tmp_path)
    assert_equal(case.solve(FAST[name]), case.stock(FAST[name]), case.values[case.out])


@pytest.mark.parametrize("shape", [(200, 60, 3), (80, 200, 3)])
def test_columns_that_tell_classes_apart_without_spread(tmp_path, shape):
    values, codes = random_table(*shape)
    values[:, 7] = codes
    case = Case(values, codes, 0.75, tmp_path)
    assert_equal(case.solve(FAST["lda"]), case.stock(FAST["lda"]), case.values[case.out])


@pytest.mark.parametrize("name", ["lda", "lda-priors"])
def test_lda_falls_back_where_inner_products_cannot_tell_the_rank(tmp_path, monkeypatch, name):
    case = Case(*random_table(100, 200, 2), 0.75, tmp_path)
    monkeypatch.setattr(dual_discriminant, "_ACCURACY", 1e-15)
    solved = case.solve(FAST[name])
    assert solved.method == "stock: its least singular value is too small for inner products"
    assert_equal(solved, case.stock(FAST[name]), case.values[case.out])


def test_inner_folds_without_a_class_are_left_to_scikit_learn(tmp_path):
    case = Case(*random_table(200, 60, 3), 0.75, tmp_path)
    codes = case.codes[case.train]
    cv = [(np.flatnonzero(codes != 0), np.flatnonzero(codes == 0)), *case.cv[1:]]
    assert case.solve(FAST["folds"]).method.startswith("inner folds")
    assert case.solve(FAST["folds"], cv=cv).method == "stock"


def test_the_choice_of_alpha_is_scikit_learns(drawn):
    for name in ("loo", "loo-weighted", "folds", "folds-weighted"):
        alpha = drawn.stock(FAST[name])[-1].estimator_.alpha_
        base = FAST[name]
        same = Candidate("ridge", RIDGE, {"alpha": float(alpha)}, base.balance)
        chosen, given = drawn.solve(base), drawn.solve(same)
        np.testing.assert_allclose(chosen.decision, given.decision, rtol=1e-9, atol=1e-12)


def test_times_are_told(drawn):
    solved = drawn.solve(FAST["ridge"])
    assert solved.fit_seconds > 0
    assert solved.predict_seconds > 0


def test_arrays_on_disk_are_left_as_they_were(drawn):
    before = np.array(drawn.prepared.train), np.array(drawn.prepared.out)
    for candidate in (*FAST.values(), SLOW["tree"], SLOW["logistic"]):
        drawn.solve(candidate)
    np.testing.assert_array_equal(drawn.prepared.train, before[0])
    np.testing.assert_array_equal(drawn.prepared.out, before[1])


def test_arrays_in_memory_do_as_well(drawn):
    held = drawn.prepared
    products = None if held.products is None else np.array(held.products)
    free = Prepared(np.array(held.train), np.array(held.out), products, held.columns, held.seconds)
    for name in ("svc", "ridge", "lda"):
        solved = solve(FAST[name], free, drawn.codes[drawn.train], n_classes=drawn.n_classes, seed=0)
        np.testing.assert_array_equal(solved.predicted, drawn.solve(FAST[name]).predicted)


def test_a_class_without_training_rows_is_refused(drawn):
    codes = np.ones(len(drawn.train), dtype=np.intp)
    with pytest.raises(ValueError, match="Class 0 of 2 has none"):
        solve(FAST["ridge"], drawn.prepared, codes, n_classes=2, seed=0)
    with pytest.raises(ValueError, match="Class 0 of 2 has none"):
        stock(FAST["ridge"], drawn.prepared.train, codes, n_classes=2, seed=0)


def fit_stock(case, candidate):
    codes, inner = case.codes[case.train], case.inner(candidate)
    return stock(candidate, case.prepared.train, codes, n_classes=case.n_classes, seed=0, cv=inner)


@pytest.mark.parametrize("name", FAST)
def test_estimators_to_keep_are_stock(drawn, name):
    kept, pipeline = fit_stock(drawn, FAST[name]), drawn.stock(FAST[name])
    expected = pipeline[-1].estimator_
    assert type(kept) is type(expected)
    assert kept.get_params().keys() == expected.get_params().keys()
    np.testing.assert_array_equal(kept.predict(drawn.prepared.out), expected.predict(drawn.prepared.out))
    values = expected.decision_function(drawn.prepared.out)
    assert deviation(kept.decision_function(drawn.prepared.out), values) <= 1e-8


def test_estimators_to_keep_weigh_samples(drawn):
    candidate = Candidate("xgb", XGB, {"n_estimators": 5, "n_jobs": 1}, "sample_weight")
    expected = drawn.stock(candidate)[-1].estimator_.predict_proba(drawn.prepared.out)
    kept = fit_stock(drawn, candidate).predict_proba(drawn.prepared.out)
    np.testing.assert_array_equal(kept, expected)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("balance", ["none", "priors"])
def test_a_wide_discriminant_to_keep_has_what_its_own_fit_would_leave(tmp_path, n_classes, balance):
    case = Case(*random_table(400, 600, n_classes), 0.75, tmp_path)
    candidate = Candidate("lda", LDA, {"solver": "lsqr", "shrinkage": 0.01}, balance)
    kept = fit_stock(case, candidate)
    expected = candidate.build(n_classes, 0).fit(np.array(case.prepared.train), case.codes[case.train])
    assert vars(kept).keys() == vars(expected).keys() - {"covariance_"}
    for name in ("coef_", "means_"):
        found, wanted = getattr(kept, name), getattr(expected, name)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-8 * np.abs(wanted).max())
    np.testing.assert_allclose(kept.intercept_, expected.intercept_, rtol=1e-8)
    np.testing.assert_allclose(kept.priors_, expected.priors_, rtol=1e-15)
    np.testing.assert_array_equal(kept.classes_, expected.classes_)
    assert kept.n_features_in_ == expected.n_features_in_
    with pytest.raises(NotImplementedError):
        kept.transform(case.prepared.out)
