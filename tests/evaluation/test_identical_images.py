"""Identical images: never on both sides, whatever the protocol."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import make_splits


def refusal(*args: object, **kwargs: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        make_splits(*args, **kwargs)
    return str(caught.value)


def pairs(n: int, *groups: tuple[int, ...]) -> list[int]:
    """A column in which the rows of each group are identical."""
    same = [-1] * n
    for number, group in enumerate(groups):
        for row in group:
            same[row] = number
    return same


def test_a_pair_astride_two_blocks_goes_to_the_first() -> None:
    """Row 3 lies in block 1 of 'a', is tested with row 2 in fold 0, and its neighbours there are left out."""
    labels, sequence = ["a"] * 9 + ["b"] * 9, [*range(9), *range(9)]
    splits = make_splits(labels, sequence=sequence, same=pairs(18, (2, 3)), n_folds=3, embargo=1)
    assert [fold.test.tolist() for fold in splits.folds] == [
        [0, 1, 2, 3, 9, 10, 11],
        [4, 5, 12, 13, 14],
        [6, 7, 8, 15, 16, 17],
    ]
    assert [[row for row in fold.train if row < 9] for fold in splits.folds] == [
        [5, 6, 7, 8],
        [0, 1, 7, 8],
        [0, 1, 2, 3, 4],
    ]
    assert not splits.leaks


def test_a_twin_within_the_embargo_takes_its_twin_out_of_training() -> None:
    labels, sequence = ["a"] * 12 + ["b"] * 12, [*range(12), *range(12)]
    splits = make_splits(labels, sequence=sequence, same=pairs(24, (0, 7)), n_folds=3, embargo=1)
    assert splits.folds[0].test.tolist()[:5] == [0, 1, 2, 3, 7]
    assert splits.folds[0].train.tolist()[:4] == [5, 9, 10, 11]
    assert splits.folds[2].train.tolist()[:6] == [1, 2, 3, 4, 5, 6]  # row 7 is next to the tested row 8


@st.composite
def duplicated_sequences(draw: st.DrawFn) -> tuple[str, list[int], list[int], int, int]:
    n = draw(st.integers(16, 50))
    labels = "".join(draw(st.permutations("ab" * (n // 2))))
    sequence = draw(st.permutations(range(len(labels))))
    same = draw(st.lists(st.just(-1) | st.integers(-1, 9), min_size=len(labels), max_size=len(labels)))
    return labels, sequence, same, draw(st.integers(2, 4)), draw(st.integers(0, 4))


@given(duplicated_sequences())
@settings(max_examples=80, deadline=None)
def test_blocks_with_twins_train_on_exactly_what_is_far_from_all_that_is_tested(
    case: tuple[str, list[int], list[int], int, int],
) -> None:
    labels, sequence, same, n_folds, embargo = case
    try:
        splits = make_splits(
            list(labels), sequence=sequence, same=same, protocol="blocks", n_folds=n_folds, embargo=embargo
        )
    except ConfigurationError as error:
        assert "left" in str(error)  # noqa: PT017
        return
    rows = range(len(labels))
    place = {
        row: sorted(sequence[r] for r in rows if labels[r] == labels[row]).index(sequence[row])
        for row in rows
    }
    counts = {label: labels.count(label) for label in "ab"}
    block = {
        row: next(
            k
            for k, members in enumerate(np.array_split(np.arange(counts[labels[row]]), n_folds))
            if place[row] in members
        )
        for row in rows
    }
    fold_of = {row: min(block[r] for r in rows if r == row or (same[r] == same[row] != -1)) for row in rows}
    for fold in splits.folds:
        assert fold.test.tolist() == [row for row in rows if fold_of[row] == fold.fold]
        core = [row for row in rows if fold.fold in (fold_of[row], block[row])]
        near = {
            row
            for row in rows
            if any(labels[c] == labels[row] and abs(place[c] - place[row]) <= embargo for c in core)
        }
        taken = {same[row] for row in near} - {-1}
        assert fold.train.tolist() == [row for row in rows if row not in near and same[row] not in taken]


def test_blocks_refuse_twins_that_leave_nothing() -> None:
    labels, sequence = ["a"] * 6 + ["b"] * 6, [*range(6), *range(6)]
    options = {"sequence": sequence, "n_folds": 3, "embargo": 0}
    message = refusal(labels, same=pairs(12, (0, 2, 4), (1, 3, 5)), **options)
    assert "fold 0 (counted from 0) is left without training images of 'a'" in message
    pulled = pairs(12, (0, 2), (1, 3), (6, 8), (7, 9))
    assert "fold 1 (counted from 0) is left without test images" in refusal(labels, same=pulled, **options)


def test_a_class_that_follows_its_twins_is_noted_as_absent() -> None:
    labels, sequence = ["a"] * 6 + ["b"] * 6, [*range(6), *range(6)]
    splits = make_splits(labels, sequence=sequence, same=pairs(12, (0, 2), (1, 3)), n_folds=3, embargo=0)
    assert (
        splits.notes[1]
        == "Class 'a' is absent from test fold 1 (counted from 0); ROC AUC is undefined there."
    )


@given(st.lists(st.integers(-1, 9), min_size=40, max_size=40), st.integers(0, 99), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_random_deals_the_first_and_the_others_follow(same: list[int], seed: int, n_folds: int) -> None:
    labels = ["a", "b"] * 20
    try:
        splits = make_splits(labels, same=same, protocol="random", n_folds=n_folds, seed=seed)
    except ConfigurationError as error:
        assert "different images of every class" in str(error)  # noqa: PT017
        return
    assert sorted(np.concatenate([fold.test for fold in splits.folds])) == list(range(40))
    first = [row for row in range(40) if same[row] == -1 or same.index(same[row]) == row]
    for fold in splits.folds:
        assert not {same[row] for row in fold.train} & {same[row] for row in fold.test} - {-1}
        assert {labels[row] for row in fold.train} == {"a", "b"}
    for label in "ab":
        dealt = [sum(labels[row] == label and row in first for row in fold.test) for fold in splits.folds]
        assert max(dealt) - min(dealt) <= 1


@pytest.mark.parametrize("missing", [-1, -1.0, None, np.nan, "", "-1"])
def test_images_without_a_twin_change_nothing(missing: object) -> None:
    labels = ["a", "b"] * 10
    same = [missing] * 20
    same[5] = 3
    reference = StratifiedKFold(4, shuffle=True, random_state=2).split(labels, labels)
    folds = make_splits(labels, same=same, protocol="random", n_folds=4, seed=2).folds
    for fold, (train, test) in zip(folds, reference, strict=True):
        assert np.array_equal(fold.train, train)
        assert np.array_equal(fold.test, test)


def test_grouped_refuses_identical_images_of_two_subjects_unless_allowed() -> None:
    labels, subjects = ["a", "b"] * 6, [f"p{row // 2}" for row in range(12)]
    options = {"subjects": subjects, "n_folds": 2}
    inside = make_splits(labels, same=pairs(12, (0, 1)), **options)
    assert not inside.leaks
    message = refusal(labels, same=pairs(12, (0, 1), (3, 4)), **options)
    assert "groups of identical images of several subjects: 1" in message
    assert "--merge-leaks" in message
    allowed = make_splits(labels, same=pairs(12, (3, 4)), allow_leaks=True, **options)
    assert allowed.leaks
    assert "images of one patient are on both sides" in allowed.notes[0]


def test_columns_of_another_length_are_refused() -> None:
    assert "Got 4 labels and 1 same" in refusal(["a", "b"] * 2, same=[1], protocol="random")
    assert "Got 4 labels and 3 folds" in refusal(["a", "b"] * 2, folds=[1, 2, 3])
    assert "Got 4 labels and 2 split" in refusal(["a", "b"] * 2, split=["train", "val"])
