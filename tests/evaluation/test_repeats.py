"""Repeats: dealt anew where there is chance, refused or noted where there is none."""

import numpy as np
import pytest

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Splits, make_splits

LABELS = ["a", "b"] * 20
SUBJECTS = [f"p{row // 2}" for row in range(40)]
SEQUENCE = [*range(40)]


def rows_tested(splits: Splits, repeat: int) -> list[tuple[int, ...]]:
    return [tuple(fold.test.tolist()) for fold in splits.folds if fold.repeat == repeat]


@pytest.mark.parametrize("protocol", ["grouped", "random"])
def test_each_repeat_tests_every_image_once_and_differs(protocol: str) -> None:
    options = {"subjects": SUBJECTS, "protocol": protocol, "n_folds": 4, "seed": 3}
    splits = make_splits(LABELS, n_repeats=5, **options)
    assert [(fold.repeat, fold.fold) for fold in splits.folds] == [(r, f) for r in range(5) for f in range(4)]
    for repeat in range(5):
        assert sorted(row for rows in rows_tested(splits, repeat) for row in rows) == list(range(40))
    assert len({frozenset(rows_tested(splits, repeat)) for repeat in range(5)}) == 5
    assert rows_tested(splits, 0) == rows_tested(make_splits(LABELS, **options), 0)
    again = make_splits(LABELS, n_repeats=3, **options)
    assert [rows_tested(again, repeat) for repeat in range(3)] == [
        rows_tested(splits, repeat) for repeat in range(3)
    ]


def test_neighbouring_seeds_share_no_repeat() -> None:
    runs = [make_splits(LABELS, subjects=SUBJECTS, n_folds=4, n_repeats=3, seed=seed) for seed in range(4)]
    assert len({frozenset(rows_tested(run, repeat)) for run in runs for repeat in range(3)}) == 12


def test_grouped_says_how_often_and_counts_absences() -> None:
    splits = make_splits(LABELS, subjects=SUBJECTS, n_folds=4, n_repeats=3)
    assert splits.notes == ("Whole subjects are kept apart: 20 subjects in 4 folds, dealt anew 3 times.",)
    labels, subjects = list("abbccaabc"), list("112233444")
    notes = make_splits(labels, subjects=subjects, n_folds=3, n_repeats=4).notes
    assert any(" of 12 test folds; one-vs-rest averages omit it there." in note for note in notes[1:])


def test_blocks_and_folds_asked_for_by_name_refuse_repeats() -> None:
    with pytest.raises(ConfigurationError, match="Blocks are the same each time: n_repeats=3"):
        make_splits(LABELS, sequence=SEQUENCE, protocol="blocks", n_repeats=3, embargo=1)
    with pytest.raises(ConfigurationError, match="The manifest's folds are the same each time: n_repeats=2"):
        make_splits(LABELS, folds=["x"] * 20 + ["y"] * 20, protocol="official", n_repeats=2)


def test_auto_uses_blocks_and_folds_once_and_says_so() -> None:
    blocks = make_splits(LABELS, sequence=SEQUENCE, n_repeats=3, embargo=1)
    assert {fold.repeat for fold in blocks.folds} == {0}
    assert blocks.notes[-1] == "Blocks are the same each time, so that they are used once instead of 3 times."
    given = make_splits(LABELS, subjects=SUBJECTS, folds=["x"] * 20 + ["y"] * 20, n_repeats=3)
    assert len(given.folds) == 2
    assert "used once instead of 3 times" in given.notes[-1]


def test_subjects_beside_a_test_split_are_dealt_anew() -> None:
    split = ["train"] * 30 + ["test"] * 10
    splits = make_splits(LABELS, subjects=SUBJECTS, split=split, n_folds=3, n_repeats=2)
    assert splits.protocol == "official"
    assert len(splits.folds) == 6
    assert max(np.concatenate([fold.train for fold in splits.folds])) < 30
