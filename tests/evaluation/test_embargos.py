"""The embargo series: the same test images, fewer and fewer to train on, reasons where none are left."""

import numpy as np
import pytest

from leukfeat.evaluation import EMBARGOS, Splits, embargo_series, make_splits

LABELS = ["a"] * 500 + ["b"] * 900
SEQUENCE = [*range(500), *range(900)]


def test_every_embargo_tests_the_same_images_and_is_what_make_splits_makes() -> None:
    splits = make_splits(LABELS, sequence=SEQUENCE)
    series = embargo_series(splits)
    assert tuple(series) == EMBARGOS == (0, 37, 80, 120)
    for embargo, found in series.items():
        assert isinstance(found, Splits)
        alone = make_splits(LABELS, sequence=SEQUENCE, embargo=embargo)
        assert found.notes == alone.notes
        assert found.protocol == "blocks"
        for fold, same, first in zip(found.folds, alone.folds, splits.folds, strict=True):
            assert np.array_equal(fold.train, same.train)
            assert np.array_equal(fold.test, first.test)
        assert len(found.folds[1].train) == 1400 - 280 - min(embargo, 100) - 3 * embargo


def test_an_embargo_too_wide_gives_its_reason() -> None:
    series = embargo_series(make_splits(LABELS, sequence=SEQUENCE), [37, 200])
    assert isinstance(series[37], Splits)
    assert isinstance(series[200], str)
    assert "embargo of 200 images, no training images are left in some fold for 'a': 500" in series[200]


def test_the_test_split_and_twins_stay_as_they_are() -> None:
    same = [-1] * 1400
    same[98] = same[99] = 0
    split = ["test" if row % 10 == 0 else "train" for row in range(1400)]
    splits = make_splits(LABELS, sequence=SEQUENCE, split=split, same=same)
    assert splits.protocol == "official"
    for found in embargo_series(splits, (0, 20)).values():
        assert isinstance(found, Splits)
        assert found.protocol == "official"
        assert np.array_equal(found.test, splits.test)
        for fold, first in zip(found.folds, splits.folds, strict=True):
            assert np.array_equal(fold.test, first.test)


def test_only_blocks_have_an_embargo() -> None:
    splits = make_splits(["a", "b"] * 9, protocol="random")
    with pytest.raises(ValueError, match=r"made by 'blocks'\. Got those of 'random'"):
        embargo_series(splits)
    blocks = make_splits(LABELS, sequence=SEQUENCE)
    with pytest.raises(ValueError, match=r"at least 0\. Got -1"):
        embargo_series(blocks, [-1])
