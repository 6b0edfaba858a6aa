"""The manifest's own division: folds, a test split, train and val; what leaks in it, and how it is mended."""

import numpy as np
import pytest

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Splits, make_splits

LABELS = ["a", "b"] * 8
FOLDS = ["fold_10"] * 4 + ["fold_2"] * 8 + ["fold_1"] * 4


def refusal(*args: object, **kwargs: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        make_splits(*args, **kwargs)
    return str(caught.value)


def rows_tested(splits: Splits) -> list[list[int]]:
    return [fold.test.tolist() for fold in splits.folds]


def same_folds(first: Splits, second: Splits, rows: np.ndarray) -> bool:
    """Whether `first` is `second`, made of `rows` alone."""
    return all(
        np.array_equal(one.train, rows[other.train]) and np.array_equal(one.test, rows[other.test])
        for one, other in zip(first.folds, second.folds, strict=True)
    )


def test_folds_are_tested_in_natural_order_while_all_others_train() -> None:
    splits = make_splits(LABELS, subjects=[f"p{row}" for row in range(16)], folds=FOLDS)
    assert splits.protocol == "official"
    assert rows_tested(splits) == [[12, 13, 14, 15], [*range(4, 12)], [0, 1, 2, 3]]
    for number, fold in enumerate(splits.folds):
        assert (fold.repeat, fold.fold) == (0, number)
        assert sorted([*fold.train, *fold.test]) == list(range(16))
    assert splits.notes == (
        "The manifest's folds are kept, each tested once: 'fold_1', 'fold_2', 'fold_10'.",
    )
    assert not splits.leaks
    assert splits.test is None


@pytest.mark.parametrize("folds", [[0, 1] * 8, [0.0, 1.0] * 8, ["0", "1"] * 8])
def test_folds_may_be_any_values(folds: list[object]) -> None:
    labels = ["a", "a", "b", "b"] * 4
    assert rows_tested(make_splits(labels, folds=folds)) == [[*range(0, 16, 2)], [*range(1, 16, 2)]]


def test_folds_without_subjects_cannot_be_checked_and_say_so() -> None:
    note = make_splits(LABELS, folds=FOLDS).notes[1]
    assert note.startswith("The subject of 16 of 16 images is unknown")


def test_folds_stand_in_every_row_outside_of_the_test_split() -> None:
    folds = [None, *FOLDS[1:15], ""]
    message = refusal(LABELS, folds=folds)
    assert "2 of 16 rows lack it" in message
    splits = make_splits(LABELS, folds=folds, split=["test", *["train"] * 13, "val", "test"])
    assert splits.test is not None
    assert splits.test.tolist() == [0, 15]
    assert rows_tested(splits) == [[12, 13, 14], [*range(4, 12)], [1, 2, 3]]
    assert "1 of 15 rows lack it" in refusal(LABELS, folds=folds, split=["test"] + ["train"] * 15)


def test_a_fold_of_test_images_alone_is_none() -> None:
    split = ["train"] * 12 + ["test"] * 4
    assert len(make_splits(LABELS, folds=FOLDS, split=split).folds) == 2
    only = [None] * 12 + ["held out"] * 4
    splits = make_splits(LABELS, subjects=range(16), folds=only, split=split, n_folds=2)
    assert splits.notes[0].startswith("Whole subjects are kept apart: 12 subjects")


def test_folds_that_cannot_be_tested_are_refused() -> None:
    assert "needs two folds at least in the column 'fold'. Got one: 'x'" in refusal(LABELS, folds=["x"] * 16)
    message = refusal(["a"] * 4 + ["b"] * 12, folds=FOLDS)
    assert "No training images are left for 'a' when the manifest's 'fold_10' is tested" in message
    assert "'fold'" in refusal(LABELS, subjects=range(16), protocol="official")


def test_a_class_that_a_fold_lacks_is_named() -> None:
    labels = ["a"] * 4 + LABELS[:12]
    notes = make_splits(labels, subjects=range(16), folds=FOLDS).notes
    assert "Class 'b' is absent from the manifest's test fold 'fold_10'; ROC AUC is undefined there." in notes


SPLIT = ["train"] * 18 + ["val"] * 6 + ["test"] * 6
SUBJECTS = [f"p{row // 3}" for row in range(30)]
THIRTY = ["a", "b", "b"] * 10


@pytest.mark.parametrize("protocol", ["auto", "official"])
def test_a_test_split_is_left_out_and_the_rest_divided_by_subject(protocol: str) -> None:
    splits = make_splits(THIRTY, subjects=SUBJECTS, split=SPLIT, protocol=protocol, n_folds=3, seed=5)
    rest = make_splits(THIRTY[:24], subjects=SUBJECTS[:24], n_folds=3, seed=5)
    assert splits.protocol == "official"
    assert same_folds(splits, rest, np.arange(24))
    assert splits.test is not None
    assert splits.test.tolist() == [*range(24, 30)]
    assert splits.test.dtype == np.intp
    assert splits.notes == (
        "Whole subjects are kept apart: 8 subjects in 3 folds.",
        "The test split (6 images) is in no fold: the model chosen in cross-validation is trained on all "
        "other images and scored on it once, at the end.",
        "Images of val (6) take part in cross-validation like those of train.",
    )


def test_a_test_split_without_subjects_leaves_blocks() -> None:
    split = ["test" if row % 5 == 0 else "train" for row in range(30)]
    rows = np.array([row for row in range(30) if row % 5])
    sequence = [*range(30)][::-1]
    splits = make_splits(THIRTY, sequence=sequence, split=split, n_folds=3, embargo=1)
    rest = make_splits([THIRTY[r] for r in rows], sequence=[sequence[r] for r in rows], n_folds=3, embargo=1)
    assert splits.protocol == "official"
    assert same_folds(splits, rest, rows)


def test_a_test_split_alone_names_random_and_stays_out_of_it() -> None:
    message = refusal(THIRTY, split=SPLIT)
    assert "the manifest has a test split but no folds" in message
    assert "Of 24 rows, 24 lack 'subject' and 24 lack 'sequence'" in message
    assert "--protocol random" in message
    splits = make_splits(THIRTY, split=SPLIT, protocol="random", n_folds=3)
    assert sorted(np.concatenate(rows_tested(splits))) == list(range(24))
    assert splits.test is not None
    assert splits.leaks
    assert splits.notes[0].startswith("Random split by image")


@pytest.mark.parametrize("protocol", ["grouped", "blocks", "random"])
def test_no_protocol_puts_a_test_image_into_a_fold(protocol: str) -> None:
    splits = make_splits(
        THIRTY,
        subjects=SUBJECTS,
        sequence=range(30),
        folds=[0, 1, 2] * 10,
        split=SPLIT,
        protocol=protocol,
        n_folds=2,
        embargo=1,
    )
    assert splits.protocol == protocol
    used = np.concatenate([np.concatenate([fold.train, fold.test]) for fold in splits.folds])
    assert used.max() < 24
    assert any(note.startswith("The column 'fold' is not used; protocol='official'") for note in splits.notes)


def test_train_and_val_alone_are_one_fold_by_name() -> None:
    split = ["train"] * 18 + [None] * 3 + ["val"] * 9
    splits = make_splits(THIRTY, subjects=SUBJECTS, split=split, protocol="official")
    (fold,) = splits.folds
    assert fold.train.tolist() == [*range(21)]
    assert fold.test.tolist() == [*range(21, 30)]
    assert splits.test is None
    assert splits.notes == (
        "The manifest's split is the only fold: models are trained on train (21 images) and tested on val "
        "(9); there are neither folds nor a test split.",
        "Images without a split (3) count as train.",
    )


def test_train_and_val_alone_are_left_by_auto_with_a_note() -> None:
    split = ["train"] * 21 + ["val"] * 9
    splits = make_splits(THIRTY, subjects=SUBJECTS, split=split, n_folds=3)
    assert splits.protocol == "grouped"
    assert splits.notes[1].startswith("The column 'split' has no test images and is not used; protocol='off")
    assert len(make_splits(THIRTY, subjects=SUBJECTS, split=["train"] * 30, n_folds=3).notes) == 1


def test_splits_that_divide_nothing_are_refused() -> None:
    for split in (["train"] * 30, ["val"] * 30, [None] * 30):
        message = refusal(THIRTY, subjects=SUBJECTS, split=split, protocol="official")
        assert "'fold'" in message
        assert "'train' and 'val'" in message
    assert "'train', 'val', 'test' in split. Got 'valid'" in refusal(THIRTY, split=["valid"] * 30)
    labels = ["a"] * 24 + ["b"] * 6
    assert "All images of 'b' are in the test split" in refusal(labels, subjects=SUBJECTS, split=SPLIT)
    assert "All images of 'a', 'b'" in refusal(THIRTY, subjects=SUBJECTS, split=["test"] * 30)


def test_test_images_of_unknown_subjects_are_counted() -> None:
    subjects = [*SUBJECTS[:28], None, None]
    notes = make_splits(THIRTY, subjects=subjects, split=SPLIT, n_folds=3).notes
    assert any(note.startswith("The subject of 2 of 6 test images is unknown") for note in notes)


def test_a_subject_in_two_folds_is_refused_unless_allowed() -> None:
    subjects = ["p0", "p1", "p2", "p4", "p4", "p4", *[f"q{row}" for row in range(10)]]
    message = refusal(LABELS, subjects=subjects, folds=FOLDS)
    assert message.startswith(
        "Images of one patient are on both sides: 1 of 14 subjects on several sides of the manifest's "
        "division ('p4'). Join what belongs together"
    )
    assert "--merge-leaks" in message
    assert "--allow-leaks" in message
    allowed = make_splits(LABELS, subjects=subjects, folds=FOLDS, allow_leaks=True)
    assert allowed.leaks
    assert "images of one patient are on both sides (1 of 14 subjects" in allowed.notes[0]
    assert rows_tested(allowed) == [[12, 13, 14, 15], [*range(4, 12)], [0, 1, 2, 3]]


def test_a_subject_on_both_sides_of_the_test_split_is_refused_unless_allowed() -> None:
    subjects = [*SUBJECTS[:24], "p7", *SUBJECTS[25:]]
    options = {"subjects": subjects, "split": SPLIT, "n_folds": 3}
    for protocol in ("auto", "official", "grouped"):
        assert "1 of 10 subjects" in refusal(THIRTY, protocol=protocol, **options)
    assert make_splits(THIRTY, allow_leaks=True, **options).leaks
    at_random = make_splits(THIRTY, protocol="random", **options)
    assert at_random.notes[0].startswith("Random split by image")
    assert at_random.notes[1].startswith("Leaks are allowed")


def test_identical_images_on_both_sides_are_refused_unless_allowed() -> None:
    same = [-1] * 16
    same[3], same[4] = 7, 7
    message = refusal(LABELS, folds=FOLDS, same=same)
    assert "groups of identical images on several sides of the manifest's division: 1" in message
    assert make_splits(LABELS, folds=FOLDS, same=same, allow_leaks=True).leaks
