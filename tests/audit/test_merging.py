import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.audit import merge_leaks
from leukfeat.evaluation import make_splits
from tests.audit.manifests import audited, counts, duplicates_of, manifest_of


def merged(images: pd.DataFrame, **same) -> tuple[pd.DataFrame, tuple[str, ...]]:
    return merge_leaks(images, audited(images, duplicates_of(len(images), **same)))


def test_subjects_that_share_images_become_one_by_chains() -> None:
    images = manifest_of(6, subject=["78", "51", "75", "51", "9", "10"])
    frame, notes = merged(images, files=[(0, 1)], pixels=[(2, 3)])
    assert frame["subject"].tolist() == ["51+75+78"] * 4 + ["9", "10"]
    assert notes == ("Subjects that share identical images are one: 51+75+78.",)
    assert images["subject"].tolist() == ["78", "51", "75", "51", "9", "10"]


def test_nothing_to_merge_changes_nothing() -> None:
    images = manifest_of(3, subject=["1", "1", "2"], fold=["0", "0", "1"], split=["train", "train", "test"])
    frame, notes = merged(images, files=[(0, 1)], near=[(0, 2)])
    pd.testing.assert_frame_equal(frame, images)
    assert notes == ()


def test_a_torn_subject_moves_to_the_fold_with_most_of_its_images() -> None:
    images = manifest_of(8, subject=list("11122334"), fold=list("01122200"))
    frame, notes = merged(images, files=[(5, 7)])
    assert frame["subject"].tolist() == ["1", "1", "1", "2", "2", "3+4", "3+4", "3+4"]
    assert frame["fold"].tolist() == ["1", "1", "1", "2", "2", "0", "0", "0"]
    assert "Images moved to the fold '0', where what belongs with them is: 1." in notes
    assert "Images moved to the fold '1', where what belongs with them is: 1." in notes


def test_ties_go_to_the_first_fold_in_sorted_order() -> None:
    frame, _ = merged(manifest_of(4, subject=list("1111"), fold=["b", "a", "b", "a"]))
    assert frame["fold"].tolist() == ["a"] * 4


def test_nothing_that_was_trained_on_is_tested() -> None:
    images = manifest_of(
        7,
        subject=list("1122334"),
        split=["train", "test", "val", "test", "train", "val", "test"],
        fold=["0", None, "1", None, "2", "2", None],
    )
    frame, notes = merged(images)
    assert frame["split"].tolist() == ["train", "train", "val", "val", "train", "train", "test"]
    assert frame["fold"].tolist() == ["0", "0", "1", "1", "2", "2", None]
    assert "Images moved to the split 'train', where what belongs with them is: 2." in notes
    assert audited(frame, duplicates_of(7)).is_sound


def test_without_subjects_identical_images_move_to_one_fold() -> None:
    images = manifest_of(4, fold=["0", "1", "1", "0"], label=list("abab"))
    frame, notes = merged(images, files=[(0, 1, 2)])
    assert frame["fold"].tolist() == ["1", "1", "1", "0"]
    assert "Identical images without a subject are kept in one fold: 1 group." in notes


def test_the_index_and_other_columns_stay() -> None:
    images = manifest_of(3, subject=list("122"), stain=[1.5, 2.5, 3.5]).set_index(pd.Index([30, 20, 10]))
    frame, _ = merged(images, files=[(0, 1)])
    assert frame.index.tolist() == [30, 20, 10]
    assert frame["stain"].tolist() == [1.5, 2.5, 3.5]
    assert frame["subject"].tolist() == ["1+2"] * 3


def test_missing_subjects_stay_missing_but_follow_their_twins() -> None:
    images = manifest_of(4, subject=["1", None, "2", None], fold=["0", "1", "0", "1"])
    frame, _ = merged(images, files=[(0, 1)])
    assert frame["subject"].fillna("").tolist() == ["1", "", "2", ""]
    assert frame["fold"].tolist() == ["0", "0", "0", "1"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_merged_manifests_are_sound(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = 30

    def some(names: list[str]) -> list[str | None]:
        return [None if draw.random() < 0.1 else str(name) for name in draw.choice(names, n)]

    images = manifest_of(
        n,
        subject=some(list("123456789")),
        fold=some(list("012")),
        split=some(["train", "val", "test"]),
        label=some(["a", "b"]),
    )
    files = [tuple(np.sort(draw.choice(n, 2, replace=False)).tolist())] if seed % 2 else []
    pixels = [tuple(part) for part in np.sort(draw.permutation(n)[:12]).reshape(4, 3).tolist()]
    same = duplicates_of(n, files=files if not pixels else [], pixels=pixels)
    frame, _ = merge_leaks(images, audited(images, same))
    after = audited(frame, same, merged=True)
    assert after.is_sound
    assert not {kind for kind in counts(after) if "across" in kind} - {"identical_pixels_across_classes"}
    again, notes = merge_leaks(frame, after)
    pd.testing.assert_frame_equal(again, frame)
    assert not [note for note in notes if "moved" in note or "are one" in note]


def test_two_subjects_that_share_ten_images_stay_in_one_fold_of_a_cross_validation() -> None:
    n = 120
    images = manifest_of(
        n, subject=[str(row % 12) for row in range(n)], label=[str(row % 2) for row in range(n)]
    )
    pairs = [(row, row + 2) for row in range(0, n, 12)]
    same = duplicates_of(n, files=pairs)
    assert counts(audited(images, same), "stop") == {"identical_files_across_subjects": 10}
    frame, _ = merge_leaks(images, audited(images, same))
    splits = make_splits(frame["label"], subjects=frame["subject"], n_folds=3)
    for fold in splits.folds:
        for first, second in pairs:
            assert (first in fold.test) == (second in fold.test)
    assert audited(frame, same, folds=splits.folds, protocol="grouped", merged=True).is_sound


@pytest.mark.parametrize("protocol", ["blocks", "random"])
def test_without_subjects_identical_images_train_and_are_tested_together(protocol: str) -> None:
    n = 200
    images = manifest_of(n, label=["a"] * 100 + ["b"] * 100, sequence=list(range(100)) * 2)
    same = duplicates_of(n, files=[(3, 60), (50, 51, 99), (19, 20), (10, 170)])
    splits = make_splits(images["label"], sequence=images["sequence"], protocol=protocol, embargo=5)
    options = {"protocol": protocol, "merged": True, "strict": True}
    before = audited(images, same, folds=splits.folds, **options)
    assert counts(before, "stop", "warn")["identical_files_across_sides"] >= 2
    counted = np.bincount(same.pixels, minlength=n)
    twins = np.where(counted[same.pixels] > 1, same.pixels, -1)
    folds = make_splits(
        images["label"], sequence=images["sequence"], same=twins, protocol=protocol, embargo=5
    ).folds
    assert "identical_files_across_sides" not in counts(audited(images, same, folds=folds, **options))
    tested = np.concatenate([fold.test for fold in folds])
    np.testing.assert_array_equal(np.sort(tested), np.arange(n))
    for fold in folds:
        assert not len(np.intersect1d(fold.train, fold.test))
