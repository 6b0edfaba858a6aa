"""Splits: invariants of every protocol on random layouts, golden small cases, refusals."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import PROTOCOLS, Splits, make_splits

Layout = tuple[list[str], list[str]]


def layout_of(sizes: dict[str, Sequence[int]]) -> Layout:
    """Labels and subjects of a set in which every subject has one class and the given number of images."""
    labels, subjects = [], []
    for label, images in sizes.items():
        for number, n_images in enumerate(images):
            labels += [label] * n_images
            subjects += [f"{label}{number}"] * n_images
    return labels, subjects


@st.composite
def one_class_layouts(draw: st.DrawFn) -> tuple[Layout, int]:
    """Subjects of one class each, of very different sizes, at least as many per class as folds."""
    n_folds = draw(st.integers(2, 5))
    sizes = st.lists(st.integers(1, 40) | st.integers(200, 400), min_size=n_folds, max_size=2 * n_folds)
    return layout_of({label: draw(sizes) for label in "abc"[: draw(st.integers(2, 3))]}), n_folds


@st.composite
def mixed_layouts(draw: st.DrawFn) -> tuple[Layout, int]:
    """Subjects with images of one to three classes, at least as many subjects of every class as folds."""
    contents = st.text("abc", min_size=1, max_size=12)
    subjects = ["ab", "cb", "ca", *draw(st.lists(contents, min_size=1, max_size=9))]
    pairs = draw(st.permutations([(label, f"p{n}") for n, labels in enumerate(subjects) for label in labels]))
    n_folds = draw(st.integers(2, min(sum(label in labels for labels in subjects) for label in "abc")))
    return ([label for label, _ in pairs], [subject for _, subject in pairs]), n_folds


def check_invariants(splits: Splits, labels: Sequence[str], n_folds: int) -> None:
    assert [(fold.repeat, fold.fold) for fold in splits.folds] == [(0, fold) for fold in range(n_folds)]
    tested = np.concatenate([fold.test for fold in splits.folds])
    assert sorted(tested) == list(range(len(labels)))
    names = np.asarray(labels)
    for fold in splits.folds:
        assert fold.train.dtype == fold.test.dtype == np.intp
        assert len(fold.test) > 0
        assert (np.diff(fold.train) > 0).all()
        assert (np.diff(fold.test) > 0).all()
        assert not set(fold.train) & set(fold.test)
        assert set(names[fold.train]) == set(labels)


def same_folds(first: Splits, second: Splits) -> bool:
    return all(
        np.array_equal(one.train, other.train) and np.array_equal(one.test, other.test)
        for one, other in zip(first.folds, second.folds, strict=True)
    )


def images_tested(splits: Splits, order: NDArray[np.intp]) -> list[set[int]]:
    """The images each fold tests; `order` holds the number of the image in each row."""
    return [set(order[fold.test].tolist()) for fold in splits.folds]


@given(one_class_layouts(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_grouped_folds_hold_every_class_where_subjects_have_one(case: tuple[Layout, int], seed: int) -> None:
    (labels, subjects), n_folds = case
    splits = make_splits(labels, subjects=subjects, n_folds=n_folds, seed=seed)
    check_invariants(splits, labels, n_folds)
    for fold in splits.folds:
        assert {labels[row] for row in fold.test} == set(labels)
        assert not {subjects[row] for row in fold.train} & {subjects[row] for row in fold.test}
    n_subjects = len(set(subjects))
    assert splits.notes == (f"Whole subjects are kept apart: {n_subjects} subjects in {n_folds} folds.",)
    assert splits.protocol == "grouped"
    assert not splits.leaks


@given(mixed_layouts(), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_grouped_keeps_subjects_of_several_classes_apart_and_notes_absences(
    case: tuple[Layout, int], seed: int
) -> None:
    (labels, subjects), n_folds = case
    try:
        splits = make_splits(labels, subjects=subjects, n_folds=n_folds, seed=seed)
    except ConfigurationError as error:
        assert "no training images of a class" in str(error)  # noqa: PT017
        return
    check_invariants(splits, labels, n_folds)
    expected = set()
    for fold in splits.folds:
        assert not {subjects[row] for row in fold.train} & {subjects[row] for row in fold.test}
        expected |= {(name, fold.fold) for name in set(labels) - {labels[row] for row in fold.test}}
    noted = set()
    for note in splits.notes[1:]:
        found = re.match(r"Class '(\w)' is absent from test folds? ([\d, ]+) \(counted from 0\); ", note)
        assert found is not None
        noted |= {(found[1], int(fold)) for fold in found[2].split(", ")}
    assert noted == expected


def test_grouped_deals_every_class_where_scikit_learn_leaves_a_fold_without() -> None:
    rng = np.random.default_rng(0)
    n_incomplete = 0
    for seed in range(40):
        sizes = {label: (1 + rng.lognormal(2, 2, size=rng.integers(4, 9))).astype(int) for label in "ab"}
        labels, subjects = layout_of(sizes)
        names = np.array(labels)
        for fold in make_splits(labels, subjects=subjects, n_folds=4, seed=seed).folds:
            assert set(names[fold.test]) == {"a", "b"}
        reference = StratifiedGroupKFold(4, shuffle=True, random_state=seed)
        n_incomplete += any(len(set(names[t])) < 2 for _, t in reference.split(names, names, subjects))
    assert n_incomplete > 0


def test_grouped_spreads_images_of_a_class_evenly() -> None:
    labels, subjects = layout_of({"a": [7] * 20, "b": [3] * 20})
    for fold in make_splits(labels, subjects=subjects, n_folds=5).folds:
        assert [labels[row] for row in fold.test].count("a") == 28
        assert [labels[row] for row in fold.test].count("b") == 12


def test_one_name_is_one_subject_in_every_class_and_type() -> None:
    labels = ["a", "b"] * 6
    subjects = np.array([1, "1", 2, "2", 3, "3", 4, "4", 5, "5", 6, "6"], dtype=object)
    for fold in make_splits(labels, subjects=subjects, n_folds=3).folds:
        assert len({str(subjects[row]) for row in fold.test}) == 2
        assert len(fold.test) == 4


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10**6)), unique=True, min_size=12, max_size=60),
    st.integers(2, 4),
    st.integers(0, 12),
)
@settings(max_examples=100, deadline=None)
def test_blocks_are_contiguous_and_leave_out_exactly_the_embargo(
    images: list[tuple[str, int]], n_folds: int, embargo: int
) -> None:
    labels, sequence = [label for label, _ in images], [place for _, place in images]
    assume(min(labels.count("a"), labels.count("b")) >= n_folds)
    try:
        splits = make_splits(labels, sequence=sequence, n_folds=n_folds, embargo=embargo)
    except ConfigurationError as error:
        assert "no training images are left" in str(error)  # noqa: PT017
        return
    check_invariants(splits, labels, n_folds)
    order = {
        image: position
        for label in "ab"
        for position, image in enumerate(sorted(i for i in images if i[0] == label))
    }
    for fold in splits.folds:
        for label in "ab":
            tested = [order[images[row]] for row in fold.test if labels[row] == label]
            trained = {order[images[row]] for row in fold.train if labels[row] == label}
            assert sorted(tested) == list(range(min(tested), max(tested) + 1))
            everywhere = range(labels.count(label))
            assert trained == {p for p in everywhere if min(abs(p - q) for q in tested) > embargo}


def test_blocks_of_a_case_done_by_hand() -> None:
    """Six images of 'a' in reverse order, then six of 'b'; three blocks of two, one neighbour left out."""
    splits = make_splits(["a"] * 6 + ["b"] * 6, sequence=[5, 4, 3, 2, 1, 0, *range(6)], n_folds=3, embargo=1)
    assert [fold.test.tolist() for fold in splits.folds] == [[4, 5, 6, 7], [2, 3, 8, 9], [0, 1, 10, 11]]
    assert [fold.train.tolist() for fold in splits.folds] == [
        [0, 1, 2, 9, 10, 11],
        [0, 5, 6, 11],
        [3, 4, 5, 6, 7, 8],
    ]
    assert splits.notes == (
        "Contiguous blocks per class with an embargo of 1 image; "
        "neighbours further apart may still be related.",
    )
    assert not splits.leaks


def test_blocks_keep_the_order_of_rows_where_places_are_equal() -> None:
    """Odd rows of a class come before its even ones; block 1 of 4 is the second half of the odd ones."""
    labels, sequence = ["a"] * 200 + ["b"] * 200, [1, 0] * 200
    second = make_splits(labels, sequence=sequence, n_folds=4, embargo=0).folds[1]
    assert second.test.tolist() == [*range(101, 200, 2), *range(301, 400, 2)]


def test_blocks_warn_on_top_where_known_subjects_are_parted() -> None:
    labels, sequence = ["a"] * 6 + ["b"] * 6, [*range(6), *range(6)]
    subjects = ["p", "p", "p", None, "q", "q", *["r"] * 6]
    splits = make_splits(
        labels, subjects=subjects, sequence=sequence, protocol="blocks", n_folds=2, embargo=0
    )
    assert splits.leaks
    assert splits.notes[0] == (
        "Blocks part known subjects: images of 1 of 3 subjects are on both sides; scores are inflated."
    )
    assert len(splits.notes) == 2


@given(st.lists(st.sampled_from("abc"), min_size=9, max_size=60), st.integers(2, 4), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_random_spreads_images_and_warns_on_top(labels: list[str], n_folds: int, seed: int) -> None:
    assume(len(set(labels)) > 1 and min(labels.count(label) for label in set(labels)) >= n_folds)
    splits = make_splits(labels, protocol="random", n_folds=n_folds, seed=seed)
    check_invariants(splits, labels, n_folds)
    for label in set(labels):
        counts = [sum(labels[row] == label for row in fold.test) for fold in splits.folds]
        assert max(counts) - min(counts) <= 1
    assert splits.leaks
    assert splits.notes == (
        "Random split by image: images of one patient are on both sides; scores are inflated.",
    )


@pytest.mark.parametrize("protocol", ["grouped", "blocks", "random"])
def test_a_seed_gives_the_same_folds_again(protocol: str) -> None:
    labels, subjects = layout_of({"a": [3, 4, 5, 6, 7, 8], "b": [2, 9, 4, 4, 4, 4]})

    def split(seed: int) -> Splits:
        return make_splits(
            labels,
            subjects=subjects,
            sequence=range(len(labels)),
            protocol=protocol,
            n_folds=3,
            embargo=2,
            seed=seed,
        )

    assert same_folds(split(1), split(1))
    assert same_folds(split(1), split(2)) is (protocol == "blocks")


@pytest.mark.parametrize("protocol", ["grouped", "blocks"])
def test_the_order_of_rows_plays_no_part(protocol: str) -> None:
    rng = np.random.default_rng(3)
    for seed in range(5):
        labels, subjects = map(
            np.array, layout_of({"b": rng.integers(1, 30, 6), "a": rng.integers(1, 30, 7)})
        )
        sequence, order = rng.permutation(len(labels)), rng.permutation(len(labels))
        options = {"protocol": protocol, "n_folds": 3, "embargo": 1, "seed": seed}
        here = make_splits(labels, subjects=subjects, sequence=sequence, **options)
        there = make_splits(labels[order], subjects=subjects[order], sequence=sequence[order], **options)
        assert images_tested(here, np.arange(len(labels))) == images_tested(there, order)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, "", "  "])
def test_auto_takes_subjects_then_the_sequence(missing: object) -> None:
    labels, subjects = layout_of({"a": [2] * 5, "b": [2] * 5})
    nobody = [missing] * len(labels)
    places = range(len(labels))
    options = {"n_folds": 2, "embargo": 0}
    assert make_splits(labels, subjects=subjects, sequence=places, **options).protocol == "grouped"
    assert make_splits(labels, subjects=nobody, sequence=places, **options).protocol == "blocks"
    assert make_splits(labels, sequence=places, **options).protocol == "blocks"


def test_columns_of_a_frame_are_read_as_they_are() -> None:
    labels, subjects = layout_of({"a": [2] * 5, "b": [2] * 5})
    frame = pd.DataFrame({"label": labels, "subject": subjects}, index=range(100, 120))
    frame["label"] = frame["label"].astype("category")
    frame["sequence"] = pd.array([*range(10), *range(10)], dtype="Int64")
    grouped = make_splits(frame["label"], subjects=frame["subject"], n_folds=2)
    assert same_folds(grouped, make_splits(labels, subjects=subjects, n_folds=2))
    blocks = make_splits(frame["label"], sequence=frame["sequence"], n_folds=2, embargo=0)
    assert blocks.folds[0].test.tolist() == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    frame.loc[100, "sequence"] = pd.NA
    with pytest.raises(ConfigurationError, match="1 of 20 rows lack it"):
        make_splits(frame["label"], sequence=frame["sequence"], protocol="blocks", n_folds=2)


def refusal(*args: object, **kwargs: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        make_splits(*args, **kwargs)
    return str(caught.value)


TWENTY = ["a"] * 10 + ["b"] * 10


def test_auto_without_subjects_and_order_names_the_columns_and_random() -> None:
    message = refusal(TWENTY, sequence=[*range(17), None, np.nan, pd.NA])
    assert "'subject'" in message
    assert "'sequence'" in message
    assert "Of 20 rows, 20 lack 'subject' and 3 lack 'sequence'" in message
    assert "protocol='random'" in message
    assert "--protocol random" in message


@pytest.mark.parametrize("protocol", ["auto", "grouped"])
def test_grouped_refuses_missing_subjects(protocol: str) -> None:
    subjects = [f"p{row}" for row in range(18)] + [None, np.nan]
    message = refusal(TWENTY, subjects=subjects, sequence=range(20), protocol=protocol)
    assert "'grouped' needs the column 'subject'" in message
    assert "2 of 20 rows lack it" in message


def test_named_protocols_refuse_an_absent_column() -> None:
    assert "20 of 20 rows lack it" in refusal(TWENTY, protocol="grouped")
    assert "20 of 20 rows lack it" in refusal(TWENTY, protocol="blocks")


def test_grouped_refuses_more_folds_than_subjects_and_says_what_works() -> None:
    labels, subjects = layout_of({"a": [10] * 3, "b": [10] * 7})
    message = refusal(labels, subjects=subjects, n_folds=5)
    assert "Got 'a': 3, 'b': 7." in message
    assert "n_folds=3" in message
    assert make_splits(labels, subjects=subjects, n_folds=3).protocol == "grouped"
    lonely = layout_of({"a": [10], "b": [10] * 7})
    assert "No number of folds works" in refusal(lonely[0], subjects=lonely[1], n_folds=2)


def test_grouped_refuses_folds_that_leave_a_class_untrained() -> None:
    """Three subjects, each pair of classes shares one: two folds cannot part all three classes."""
    labels, subjects = list("abbcca") * 2, list("112233") * 2
    message = refusal(labels, subjects=subjects, n_folds=2)
    assert "no training images of a class" in message
    assert "'a': 2, 'b': 2, 'c': 2" in message
    assert "No number of folds works" in message


def test_grouped_advises_the_folds_that_leave_every_class_trained() -> None:
    """The Fano plane: seven subjects, seven classes of three; two folds never part them all, three do."""
    lines = ["abc", "ade", "afg", "bdf", "beg", "cdg", "cef"]
    labels = [label for classes in lines for label in classes]
    subjects = [classes for classes in lines for _ in classes]
    assert "n_folds=3 " in refusal(labels, subjects=subjects, n_folds=2)
    check_invariants(make_splits(labels, subjects=subjects, n_folds=3), labels, 3)


def test_blocks_refuse_an_embargo_that_eats_the_class_and_say_what_works() -> None:
    labels = ["a"] * 30 + ["b"] * 300
    message = refusal(labels, sequence=range(330), n_folds=5, embargo=12)
    assert "'a': 30" in message
    assert "'b'" not in message
    assert "embargo=11 " in message
    assert "n_folds=4 " in message
    assert make_splits(labels, sequence=range(330), n_folds=5, embargo=11).protocol == "blocks"
    assert make_splits(labels, sequence=range(330), n_folds=4, embargo=12).protocol == "blocks"
    assert "n_folds=" not in refusal(labels, sequence=range(330), n_folds=5, embargo=37)


@pytest.mark.parametrize("protocol", ["auto", "blocks", "random"])
def test_fewer_images_than_folds_are_refused(protocol: str) -> None:
    labels = ["a"] * 3 + ["b"] * 9
    message = refusal(labels, sequence=range(12), protocol=protocol, n_folds=5, embargo=0)
    assert "Got 'a': 3, 'b': 9." in message
    assert "n_folds=3" in message


def test_labels_that_cannot_be_split_are_refused() -> None:
    assert "at least two classes. Got 'a'" in refusal(["a"] * 9, protocol="random")
    assert "at least two classes. Got no rows" in refusal([], protocol="random")
    assert "2 of 5 are missing" in refusal(["a", None, "b", np.nan, "b"], protocol="random")
    assert "shape (4, 2)" in refusal([["a", "b"]] * 4, protocol="random")


def test_columns_of_other_lengths_are_refused() -> None:
    assert "Got 20 labels and 3 subjects" in refusal(TWENTY, subjects=["p", "q", "r"])
    assert "Got 20 labels and 3 sequence" in refusal(TWENTY, sequence=[1, 2, 3])
    assert "expects numbers in sequence" in refusal(TWENTY, sequence=["first"] * 20)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_folds": 1}, ValueError, r"'n_folds' .* at least 2\. Got 1"),
        ({"n_folds": 2.0}, TypeError, "'n_folds'"),
        ({"embargo": -1}, ValueError, r"'embargo' .* at least 0\. Got -1"),
        ({"seed": -1}, ValueError, "'seed'"),
        ({"n_repeats": 0}, ValueError, "'n_repeats'"),
        ({"protocol": "kfold"}, ValueError, "'auto', 'official', 'grouped', 'blocks', 'random'"),
    ],
)
def test_parameters_out_of_range_are_refused(
    options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make_splits(TWENTY, sequence=range(20), **options)


def test_the_protocols_are_those_of_the_command_line() -> None:
    assert PROTOCOLS == ("auto", "official", "grouped", "blocks", "random")
