"""Inner folds: every training row held out once, nothing related fitted on; reasons where there are none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import RidgeClassifier

from leukfeat.evaluation import InnerSplits, inner_splits, make_splits

LABELS = ["a", "a", "b"] * 40
SUBJECTS = [f"p{row // 4}" for row in range(120)]


def check_invariants(inner: InnerSplits, labels: list[str], n_inner: int) -> None:
    assert inner.pairs is not None
    assert len(inner.pairs) == n_inner
    assert sorted(np.concatenate([held_out for _, held_out in inner.pairs])) == inner.train.tolist()
    for fit, held_out in inner.pairs:
        assert fit.dtype == held_out.dtype == np.intp
        assert (np.diff(fit) > 0).all()
        assert (np.diff(held_out) > 0).all()
        assert len(held_out) > 0
        assert set(fit) <= set(inner.train) - set(held_out)
        assert {labels[row] for row in fit} == {labels[row] for row in inner.train}


def same_pairs(first: InnerSplits, second: InnerSplits) -> bool:
    assert first.pairs is not None
    assert second.pairs is not None
    return all(
        np.array_equal(one, other)
        for pair, twin in zip(first.pairs, second.pairs, strict=True)
        for one, other in zip(pair, twin, strict=True)
    )


def parts(values: list[str], inner: InnerSplits) -> bool:
    """Whether a value is on both sides of an inner fold."""
    assert inner.pairs is not None
    return any({values[r] for r in fit} & {values[r] for r in held_out} for fit, held_out in inner.pairs)


@given(st.integers(0, 99), st.integers(2, 4), st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_whole_subjects_are_held_out_under_grouped(seed: int, n_folds: int, n_inner: int) -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS, n_folds=n_folds, seed=seed)
    for fold in splits.folds:
        inner = inner_splits(splits, fold.train, n_inner, seed)
        check_invariants(inner, LABELS, n_inner)
        assert not parts(SUBJECTS, inner)
        assert inner.note == ""
        assert same_pairs(inner, inner_splits(splits, fold.train, n_inner, seed))


def test_inner_folds_can_be_divided_again() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS)
    outer = inner_splits(splits, splits.folds[0].train)
    assert outer.pairs is not None
    nested = inner_splits(splits, outer.pairs[0][0])
    check_invariants(nested, LABELS, 3)
    assert not parts(SUBJECTS, nested)


def test_few_subjects_make_fewer_inner_folds_and_one_makes_none() -> None:
    labels, subjects = list("aaaaaabbbbbbbbbb"), [*"uuvvwwdefghijklm"]
    splits = make_splits(labels, subjects=subjects, n_folds=3)
    inner = inner_splits(splits, splits.folds[0].train, 5)
    check_invariants(inner, labels, 2)
    assert inner.note == "2 inner folds instead of 5: the training side has too few subjects of a class."
    none = inner_splits(splits, np.flatnonzero(~np.isin(subjects, ["u", "v"])))
    assert none.pairs is None
    assert none.positions is None
    assert none.note == (
        "No inner folds: even each of two needs subjects of every class beside those that it holds out. "
        "On the training side there are: 'a': 1, 'b': 10."
    )


def test_a_class_that_is_not_there_is_a_reason() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS)
    none = inner_splits(splits, np.flatnonzero(np.array(LABELS) == "a"))
    assert none.pairs is None
    assert "'b': 0" in none.note


def order_of(rows: NDArray[np.intp], labels: list[str], sequence: list[int]) -> dict[int, tuple[str, int]]:
    """Class and position of each row among those of its class that are in `rows`."""
    order: dict[int, tuple[str, int]] = {}
    for label in set(labels):
        members = sorted((row for row in rows if labels[row] == label), key=lambda row: sequence[row])
        order |= {row: (label, position) for position, row in enumerate(members)}
    return order


def far(row: int, others: NDArray[np.intp], order: dict[int, tuple[str, int]], embargo: int) -> bool:
    label, position = order[row]
    return all(order[o][0] != label or abs(order[o][1] - position) > embargo for o in others)


def test_blocks_are_held_out_with_the_embargo_under_blocks() -> None:
    sequence = np.random.default_rng(1).permutation(120).tolist()
    splits = make_splits(LABELS, sequence=sequence, n_folds=3, embargo=3)
    for fold in splits.folds:
        inner = inner_splits(splits, fold.train)
        check_invariants(inner, LABELS, 3)
        assert inner.note == ""
        assert inner.pairs is not None
        order = order_of(fold.train, LABELS, sequence)
        for fit, held_out in inner.pairs:
            for label in "ab":
                places = sorted(order[row][1] for row in held_out if LABELS[row] == label)
                assert places == [*range(places[0], places[-1] + 1)]
            assert fit.tolist() == [row for row in fold.train if far(row, held_out, order, 3)]


def test_an_embargo_too_wide_is_cut_and_named() -> None:
    labels = ["a"] * 400 + ["b"] * 80
    splits = make_splits(labels, sequence=range(480), n_folds=4, embargo=20)
    inner = inner_splits(splits, splits.folds[0].train)
    check_invariants(inner, labels, 3)
    assert inner.pairs is not None
    assert inner.note == (
        "The embargo of 20 images is cut inside training sides, to a quarter of a class at most."
    )
    order = order_of(splits.folds[0].train, labels, [*range(480)])
    for fit, held_out in inner.pairs:
        allowed = {"a": 20, "b": 6}
        expected = [row for row in inner.train if far(row, held_out, order, allowed[labels[row]])]
        assert fit.tolist() == expected
        n_others = sum(labels[row] == "b" for row in inner.train) - sum(
            labels[row] == "b" for row in held_out
        )
        assert sum(labels[row] == "b" for row in fit) >= n_others / 2


@given(st.integers(2, 30), st.integers(2, 30), st.integers(0, 50), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_blocks_of_any_size_leave_every_class_to_fit_on(
    n_a: int, n_b: int, embargo: int, n_inner: int
) -> None:
    labels = ["a"] * n_a + ["b"] * n_b
    splits = make_splits(labels, sequence=range(n_a + n_b), protocol="blocks", n_folds=2, embargo=0)
    wider = replace(splits.plan, recipe=replace(splits.plan.recipe, embargo=embargo))
    splits = replace(splits, plan=wider)
    check_invariants(inner_splits(splits, np.arange(n_a + n_b), n_inner), labels, min(n_inner, n_a, n_b))


@pytest.mark.parametrize("protocol", ["random", "blocks"])
def test_identical_images_stay_together_inside(protocol: str) -> None:
    rng = np.random.default_rng(4)
    same = np.where(rng.random(120) < 0.3, rng.integers(0, 12, 120), -1).tolist()
    splits = make_splits(LABELS, sequence=range(120), same=same, protocol=protocol, n_folds=3, embargo=0)
    for fold in splits.folds:
        inner = inner_splits(splits, fold.train)
        check_invariants(inner, LABELS, 3)
        assert not parts([str(g) if g >= 0 else f"row {row}" for row, g in enumerate(same)], inner)


def test_single_images_are_held_out_evenly_under_random() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS, protocol="random", n_folds=4)
    inner = inner_splits(splits, splits.folds[1].train, 3, seed=9)
    check_invariants(inner, LABELS, 3)
    assert inner.pairs is not None
    assert [sum(LABELS[row] == "a" for row in held_out) for _, held_out in inner.pairs] == [20, 20, 20]
    assert not same_pairs(inner, inner_splits(splits, splits.folds[1].train, 3, seed=10))


FOLDS = [f"f{row // 4 % 5}" for row in range(120)]


def test_official_folds_hold_out_subjects_where_each_image_has_one() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS, folds=FOLDS)
    inner = inner_splits(splits, splits.folds[0].train)
    check_invariants(inner, LABELS, 3)
    assert not parts(SUBJECTS, inner)


def test_official_folds_without_subjects_are_held_out_whole() -> None:
    splits = make_splits(LABELS, folds=FOLDS, sequence=range(120))
    inner = inner_splits(splits, splits.folds[0].train, 4)
    check_invariants(inner, LABELS, 4)
    assert not parts(FOLDS, inner)
    assert inner.note == ""


def test_two_official_folds_leave_blocks_or_images() -> None:
    folds = ["x"] * 60 + ["y"] * 60
    by_image = make_splits(LABELS, folds=folds)
    inner = inner_splits(by_image, by_image.folds[0].train)
    check_invariants(inner, LABELS, 3)
    assert inner.note.startswith("Inner folds divide single images")
    in_order = make_splits(LABELS, folds=folds, sequence=range(120), embargo=2)
    blocks = inner_splits(in_order, in_order.folds[0].train)
    check_invariants(blocks, LABELS, 3)
    assert blocks.note == ""
    assert blocks.pairs is not None
    assert len(blocks.pairs[1][0]) + len(blocks.pairs[1][1]) == 60 - 2 * 2 * 2


def test_all_rows_outside_of_the_test_split_can_be_divided_for_the_last_model() -> None:
    split = ["test" if row >= 100 else "train" for row in range(120)]
    splits = make_splits(LABELS, subjects=SUBJECTS, split=split)
    inner = inner_splits(splits, np.arange(100))
    check_invariants(inner, LABELS, 3)
    assert not parts(SUBJECTS, inner)


def test_positions_serve_the_calibration_of_scikit_learn() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS, n_folds=3)
    train = splits.folds[0].train
    inner = inner_splits(splits, train)
    assert inner.positions is not None
    assert inner.pairs is not None
    for (fit, held_out), (fit_rows, held_rows) in zip(inner.positions, inner.pairs, strict=True):
        assert np.array_equal(train[fit], fit_rows)
        assert np.array_equal(train[held_out], held_rows)
    values = np.random.default_rng(0).normal(size=(120, 2))
    model = CalibratedClassifierCV(RidgeClassifier(), cv=inner.positions, ensemble=False)
    assert model.fit(values[train], np.array(LABELS)[train]).predict_proba(values).shape == (120, 2)


def test_arguments_that_cannot_work_are_refused() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS)
    with pytest.raises(ValueError, match="'n_inner' parameter of inner_splits must be an int of at least 2"):
        inner_splits(splits, np.arange(10), 1)
    with pytest.raises(ValueError, match="ascending"):
        inner_splits(splits, np.array([3, 2]))
    with pytest.raises(TypeError, match="'seed'"):
        inner_splits(splits, np.arange(10), seed=0.5)
