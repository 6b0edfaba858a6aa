"""A part of the images: whole subjects, class shares, and never more than asked for without need."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import make_splits
from leukfeat.evaluation.subset import choose_subset


def drawn(seed, n=600, n_subjects=40, shares=(0.6, 0.3, 0.1)):
    """Draw labels and subjects of uneven size, each with images of several classes."""
    rng = np.random.default_rng(seed)
    subjects = rng.choice(n_subjects, n, p=rng.dirichlet(np.full(n_subjects, 3.0)))
    labels = rng.choice([f"c{i}" for i in range(len(shares))], n, p=shares)
    return labels, np.array([f"s{number}" for number in subjects])


@given(seed=st.integers(0, 10_000), n_images=st.integers(1, 700), n_folds=st.integers(2, 10))
@settings(max_examples=60, deadline=None)
def test_subjects_are_whole_and_no_more_than_asked_for(seed, n_images, n_folds):
    labels, subjects = drawn(seed)
    chosen = choose_subset(labels, subjects, n_images=n_images, n_folds=n_folds, seed=seed)
    assert (np.diff(chosen) > 0).all()
    inside = set(subjects[chosen])
    assert inside.isdisjoint(subjects[np.setdiff1d(np.arange(len(labels)), chosen)])
    assert set(labels[chosen]) == set(labels)
    if len(chosen) > n_images:  # one subject of each class needs it
        assert len(inside) <= len(set(labels))


@pytest.mark.parametrize("seed", range(5))
def test_about_as_many_as_asked_for_in_the_classes_shares(seed):
    labels, subjects = drawn(seed, n=3000, n_subjects=80)
    chosen = choose_subset(labels, subjects, n_images=600, seed=seed)
    assert 550 <= len(chosen) <= 600
    for label in set(labels):
        assert np.mean(labels[chosen] == label) == pytest.approx(np.mean(labels == label), abs=0.05)


@pytest.mark.parametrize("n_folds", [2, 5, 8])
def test_every_class_keeps_subjects_for_every_fold(n_folds):
    subjects = np.repeat([f"s{i:02d}" for i in range(30)], 20)
    labels = np.where(np.repeat(np.arange(30), 20) < 20, "a", "b")  # one class each
    chosen = choose_subset(labels, subjects, n_images=20 * 2 * n_folds, n_folds=n_folds)
    for label in "ab":
        assert len(set(subjects[chosen][labels[chosen] == label])) >= n_folds
    make_splits(labels[chosen], subjects=subjects[chosen], n_folds=n_folds)


def test_subjects_that_leave_room_are_preferred_where_many_are_needed():
    sizes = np.r_[[200], np.full(12, 10)]
    subjects = np.repeat(np.arange(13), sizes)
    labels = np.where(subjects % 2 == 0, "a", "b")
    chosen = choose_subset(labels, subjects, n_images=100, n_folds=5)
    assert len(chosen) == 100
    assert 0 not in subjects[chosen]


def test_one_subject_of_each_class_is_chosen_even_where_it_is_too_many():
    subjects = np.repeat(["p", "q", "r", "s"], 50)
    labels = np.repeat(["a", "a", "b", "b"], 50)
    chosen = choose_subset(labels, subjects, n_images=10)
    assert len(chosen) == 100
    assert set(labels[chosen]) == {"a", "b"}


def test_an_image_without_subject_stands_for_itself():
    labels = np.array(["a", "b"] * 50)
    subjects = np.array([None] * 90 + ["p"] * 10, dtype=object)
    chosen = choose_subset(labels, subjects, n_images=40)
    assert 30 <= len(chosen) <= 40
    assert np.isin(np.arange(90, 100), chosen).sum() in (0, 10)


def test_without_subjects_runs_of_neighbours_are_chosen():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b"], [500, 250])
    sequence = np.r_[rng.permutation(500), rng.permutation(250)].astype(float)
    chosen = choose_subset(labels, sequence=sequence, n_images=150, n_folds=5, seed=3)
    assert len(chosen) == 150
    for label, n in (("a", 100), ("b", 50)):
        places = np.sort(sequence[chosen][labels[chosen] == label])
        assert len(places) == n
        assert (np.diff(places) > 1).sum() == 4  # five runs
        total = (labels == label).sum()
        for stretch in range(5):  # one in each fifth
            inside = (places >= stretch * total / 5) & (places < (stretch + 1) * total / 5)
            assert inside.sum() == n / 5
            assert np.ptp(places[inside]) == n / 5 - 1


def test_every_block_of_a_split_is_one_run():
    labels, sequence = np.repeat(["a", "b"], 300), np.tile(np.arange(300.0), 2)
    chosen = choose_subset(labels, sequence=sequence, n_images=200, n_folds=4)
    splits = make_splits(labels[chosen], sequence=sequence[chosen], n_folds=4, embargo=3, protocol="blocks")
    for fold in splits.folds:
        for label in "ab":
            places = np.sort(sequence[chosen][fold.test][labels[chosen][fold.test] == label])
            assert (np.diff(places) == 1).all()


def test_without_anything_known_images_are_drawn_class_by_class():
    labels = np.repeat(["a", "b", "c"], [600, 300, 20])
    chosen = choose_subset(labels, n_images=92, n_folds=5)
    counts = {label: int((labels[chosen] == label).sum()) for label in "abc"}
    assert sum(counts.values()) == 92
    assert counts["c"] >= 5
    assert counts["a"] == pytest.approx(2 * counts["b"], abs=6)


@pytest.mark.parametrize("known", ["subjects", "sequence", "nothing"])
def test_the_seed_decides(known):
    labels, subjects = drawn(1)
    columns = {"subjects": {"subjects": subjects}, "sequence": {"sequence": np.arange(600)}, "nothing": {}}[
        known
    ]
    first, again, other = (choose_subset(labels, **columns, n_images=100, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_test_split_and_folds_of_the_manifest_keep_their_shares():
    subjects = np.repeat(np.arange(60), 10)
    labels = np.where(subjects % 2 == 0, "a", "b")
    split = np.where(subjects < 15, "test", "train")
    folds = np.array([None if s < 15 else f"fold_{s % 3}" for s in subjects], dtype=object)
    chosen = choose_subset(labels, subjects, folds=folds, split=split, n_images=240)
    assert 200 <= len(chosen) <= 240
    assert np.mean(split[chosen] == "test") == pytest.approx(0.25, abs=0.05)
    for fold in ("fold_0", "fold_1", "fold_2"):
        assert set(labels[chosen][folds[chosen] == fold]) == {"a", "b"}
        assert np.mean(folds[chosen] == fold) == pytest.approx(0.25, abs=0.05)


def test_all_images_where_there_are_no_more():
    labels = ["a", "b", "a"]
    np.testing.assert_array_equal(choose_subset(labels, n_images=3), [0, 1, 2])
    np.testing.assert_array_equal(choose_subset(labels, n_images=30), [0, 1, 2])


def test_what_cannot_be_chosen_from_is_refused():
    with pytest.raises(ConfigurationError, match=r"A limit is at least one image\. Got 0"):
        choose_subset(["a", "b"], n_images=0)
    with pytest.raises(ConfigurationError, match="at least two classes"):
        choose_subset(["a", "a"], n_images=1)
    with pytest.raises(ConfigurationError, match="label in every row"):
        choose_subset(["a", "b", None], n_images=1)
