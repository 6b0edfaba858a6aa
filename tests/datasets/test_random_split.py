"""A split that anyone can make again, whole subjects together."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukfeat.datasets import split_at_random
from leukfeat.errors import ConfigurationError


def images(n, n_subjects=0, labels=("a", "b")):
    frame = pd.DataFrame({"path": [f"/set/{i}.png" for i in range(n)]})
    frame["label"] = [labels[i % len(labels)] for i in range(n)]
    if n_subjects:
        frame["subject"] = [f"s{i % n_subjects}" for i in range(n)]
    return frame


def test_single_images_are_divided_exactly_in_each_class():
    frame, notes = split_at_random(images(200))
    counts = frame.groupby("label")["split"].value_counts().unstack()
    assert counts.loc["a"].to_dict() == {"train": 60, "val": 20, "test": 20}
    assert counts.loc["b"].to_dict() == {"train": 60, "val": 20, "test": 20}
    assert "inflated" in notes[0]


@given(st.integers(6, 30), st.integers(0, 5))
def test_subjects_stay_whole_and_no_part_is_empty(n_subjects, seed):
    frame, notes = split_at_random(images(120, n_subjects), seed=seed)
    assert frame.groupby("subject")["split"].nunique().max() == 1
    assert set(frame["split"]) == {"train", "val", "test"}
    assert "whole subjects" in notes[0]


def test_neither_order_nor_place_matters(tmp_path):
    frame = images(60)
    split = split_at_random(frame, root="/set")[0].set_index("path")["split"]
    shuffled = frame.sample(frac=1, random_state=3)
    again = split_at_random(shuffled, root="/set")[0].set_index("path")["split"]
    assert split.sort_index().equals(again.sort_index())
    moved = frame.assign(path=[f"{tmp_path}{path}" for path in frame["path"]])
    there = split_at_random(moved, root=tmp_path / "set")[0]
    assert there["split"].tolist() == split.tolist()
    assert split_at_random(frame, root="/set", seed=1)[0]["split"].tolist() != split.tolist()


def test_a_known_split_stays_the_same_for_ever():
    frame, _ = split_at_random(images(12), root="/set")
    assert frame["split"].str[:2].tolist() == GOLDEN


GOLDEN = ["tr", "tr", "tr", "tr", "tr", "tr", "va", "tr", "tr", "va", "te", "te"]


@pytest.mark.parametrize("shares", [(60, 20), (60, 30, 20), (110, -20, 10)])
def test_shares_must_add_up(shares):
    with pytest.raises(ConfigurationError, match="add up to 100"):
        split_at_random(images(10), shares)


def test_a_part_may_be_left_out_and_a_split_is_kept():
    frame, _ = split_at_random(images(50), (80, 0, 20))
    assert frame["split"].value_counts().to_dict() == {"train": 40, "test": 10}
    with pytest.raises(ConfigurationError, match="has a split already"):
        split_at_random(frame)
