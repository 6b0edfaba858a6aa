"""Draws: units resampled whole, within test folds, and by class where every unit has one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.evaluation import draw_multiplicities, find_strata


def partition(strata: np.ndarray) -> set[frozenset[int]]:
    """Return which units are in one stratum, whatever its number."""
    return {frozenset(np.flatnonzero(strata == stratum).tolist()) for stratum in np.unique(strata)}


def test_units_of_one_class_are_drawn_by_fold_and_class() -> None:
    units, folds, labels = [0, 0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 1, 0]
    assert partition(find_strata(units, folds, labels, 6)) == {
        frozenset({0}),
        frozenset({1, 2}),
        frozenset({3, 5}),
        frozenset({4}),
    }


def test_one_unit_of_two_classes_ends_the_stratification() -> None:
    units, folds, labels = [0, 0, 1, 2, 3], [0, 0, 0, 1, 1], [0, 1, 1, 0, 1]
    assert partition(find_strata(units, folds, labels, 4)) == {frozenset({0, 1}), frozenset({2, 3})}


def test_folds_that_share_a_unit_are_drawn_as_one() -> None:
    units, folds, labels = [0, 0, 1, 2, 3, 4], [0, 1, 1, 2, 3, 3], [0] * 6
    expected = {frozenset({0, 1}), frozenset({2}), frozenset({3, 4})}
    assert partition(find_strata(units, folds, labels, 5)) == expected


def test_a_unit_that_is_not_tested_is_refused() -> None:
    for units, n_units in (([0, 2], 3), ([0, 1], 3)):
        with pytest.raises(ValueError, match=r"tested in the first repeat\. 1 of 3 are not"):
            find_strata(units, [0, 1], [0, 1], n_units)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_each_draw_has_as_many_units_of_each_stratum_as_there_are(strata: list[int], seed: int) -> None:
    draws = draw_multiplicities(strata, n_draws=20, seed=seed)
    assert draws.shape == (20, len(strata))
    for stratum in set(strata):
        members = np.array(strata) == stratum
        assert (draws[:, members].sum(axis=1) == members.sum()).all()


def test_draws_are_the_same_for_the_same_seed_only() -> None:
    strata = np.repeat([0, 1], [30, 50])
    first = draw_multiplicities(strata, n_draws=50, seed=4)
    assert (first == draw_multiplicities(strata, n_draws=50, seed=4)).all()
    assert (first != draw_multiplicities(strata, n_draws=50, seed=5)).any()
    assert (first[:10] == draw_multiplicities(strata, n_draws=50, seed=4)[:10]).all()


def test_multiplicities_are_those_of_drawing_with_replacement() -> None:
    """Mean 1, variance 1 - 1/n, covariance -1/n, within Monte-Carlo error."""
    draws = draw_multiplicities(np.zeros(10, dtype=int), n_draws=20_000, seed=0).astype(float)
    covariance = np.cov(draws.T)
    assert draws.mean(axis=0) == pytest.approx(1, abs=0.03)
    assert covariance == pytest.approx(np.eye(10) - 0.1, abs=0.04)


def test_draws_do_not_depend_on_how_many_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    strata = np.repeat([0, 1, 2], [7, 1, 20])
    whole = draw_multiplicities(strata, n_draws=33, seed=1)
    monkeypatch.setattr("leukfeat.evaluation.resampling._BLOCK", 40)
    assert (whole == draw_multiplicities(strata, n_draws=33, seed=1)).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_draws": 0}, ValueError, "n_draws"),
        ({"n_draws": 1.5}, TypeError, "n_draws"),
        ({"seed": -1}, ValueError, "seed"),
    ],
)
def test_arguments_are_checked(arguments: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        draw_multiplicities([0, 0], **arguments)
