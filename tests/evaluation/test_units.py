"""Units of the bootstrap: subjects, runs of neighbours, single images."""

from collections import Counter

import numpy as np
import pytest

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import make_splits, resampling_units

LABELS = ["a"] * 40 + ["b"] * 100
PATHS = [f"{row}.png" for row in range(140)]
ORDER = np.random.default_rng(0).permutation(140)


def test_subjects_are_the_units_where_they_are_known() -> None:
    subjects = [f"p{row // 4}" for row in range(140)]
    for protocol in ("grouped", "blocks", "random"):
        splits = make_splits(LABELS, subjects=subjects, sequence=range(140), protocol=protocol, embargo=1)
        assert resampling_units(splits, PATHS).tolist() == subjects


def test_blocks_are_cut_into_eight_runs_of_neighbours_of_one_class() -> None:
    labels = np.array(LABELS)[ORDER]
    splits = make_splits(labels, sequence=ORDER, embargo=3)
    units = resampling_units(splits, PATHS)
    for name in set(units):
        rows = np.flatnonzero(units == name)
        assert len(set(labels[rows])) == 1
        assert sum(bool(set(rows) & set(fold.test)) for fold in splits.folds) == 1
        assert ORDER[rows].max() - ORDER[rows].min() == len(rows) - 1
    sizes = Counter(units)
    for fold in splits.folds:
        assert {name for name in units[fold.test] if name.startswith("a")} == {
            f"a:{8 * fold.fold + run}" for run in range(8)
        }
        assert {sizes[name] for name in units[fold.test] if name.startswith("a")} == {1}
        assert {sizes[name] for name in units[fold.test] if name.startswith("b")} == {2, 3}


def test_small_blocks_have_fewer_runs_and_the_embargo_plays_no_part() -> None:
    labels, sequence = ["a"] * 9 + ["b"] * 60, [*range(9), *range(60)]
    narrow, wide = (
        resampling_units(make_splits(labels, sequence=sequence, n_folds=3, embargo=embargo), PATHS[:69])
        for embargo in (0, 2)
    )
    assert narrow[:9].tolist() == [f"a:{number}" for number in range(9)]
    assert narrow[9:14].tolist() == ["b:0", "b:0", "b:0", "b:1", "b:1"]
    assert narrow.tolist() == wide.tolist()


def test_images_split_at_random_are_units_by_themselves() -> None:
    splits = make_splits(LABELS, sequence=range(140), protocol="random")
    assert resampling_units(splits, PATHS).tolist() == PATHS


@pytest.mark.parametrize("protocol", ["blocks", "random"])
def test_identical_images_are_one_unit(protocol: str) -> None:
    """Rows 7 and 8 are twins astride two blocks of 'a'; row 8 is tested, and drawn, with row 7."""
    same = [-1] * 140
    same[7] = same[8] = 0
    splits = make_splits(LABELS, sequence=range(140), same=same, protocol=protocol, embargo=1)
    units = resampling_units(splits, PATHS)
    assert units[8] == units[7] == {"blocks": "a:7", "random": "7.png"}[protocol]
    assert Counter(units)[units[7]] == 2


def test_the_test_split_has_units_of_its_own() -> None:
    split = ["test" if row % 5 == 4 else "train" for row in range(140)]
    splits = make_splits(LABELS, sequence=range(140), split=split, n_folds=3, embargo=1)
    units = resampling_units(splits, PATHS)
    assert splits.test is not None
    assert not {*units[splits.test]} & {*np.delete(units, splits.test)}
    assert set(units[splits.test]) == {f"{label}:{run}" for label in "ab" for run in range(24, 32)}


def test_folds_of_a_manifest_without_subjects_have_runs_or_images() -> None:
    folds = [row % 2 for row in range(140)]
    ordered = resampling_units(make_splits(LABELS, sequence=range(140), folds=folds), PATHS)
    assert len(set(ordered)) == 2 * 2 * 8
    assert resampling_units(make_splits(LABELS, folds=folds), PATHS).tolist() == PATHS


def test_images_that_only_train_keep_their_paths() -> None:
    split = ["train"] * 20 + ["val"] * 20 + ["train"] * 50 + ["val"] * 50
    splits = make_splits(LABELS, sequence=range(140), split=split, protocol="official")
    units = resampling_units(splits, PATHS)
    assert units[:20].tolist() == PATHS[:20]
    assert len(set(units[splits.folds[0].test])) == 16


def test_repeats_do_not_change_the_units() -> None:
    subjects = [f"p{row // 4}" for row in range(140)]
    splits = make_splits(LABELS, subjects=subjects, n_repeats=2)
    assert resampling_units(splits, PATHS).tolist() == subjects


def test_paths_are_as_many_as_images() -> None:
    splits = make_splits(LABELS, sequence=range(140), embargo=1)
    with pytest.raises(ConfigurationError, match="140 labels and 3 paths"):
        resampling_units(splits, ["1.png", "2.png", "3.png"])
