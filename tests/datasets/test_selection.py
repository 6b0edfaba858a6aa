"""Which rows take part: labelled ones of the classes asked for, those kept for the end among them."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.datasets.selection import select_rows
from leukfeat.errors import ConfigurationError


def manifest(*labels, **columns):
    return pd.DataFrame({"path": [f"{i}.png" for i in range(len(labels))], "label": labels, **columns})


def test_all_labelled_rows_take_part():
    keep, notes = select_rows(manifest("a", None, "b", "c", np.nan))
    assert keep.dtype == bool
    assert keep.tolist() == [True, False, True, True, False]
    assert notes == ("Images left out: 2, for want of a label.",)
    assert select_rows(manifest("a", "b"))[1] == ()


def test_classes_can_be_chosen_and_the_rest_is_counted():
    keep, notes = select_rows(manifest("a", "b", "c", None, "c"), ("c", "a"))
    assert keep.tolist() == [True, False, True, False, True]
    assert notes == (
        "Images left out: 1, for want of a label.",
        "Images left out: 1, whose class was not asked for.",
    )


def test_rows_of_the_test_split_stay_for_the_protocol_to_deal_with():
    keep, notes = select_rows(manifest("a", "b", "a", "b", split=["train", "test", "test", None]))
    assert keep.all()
    assert notes == ()


@pytest.mark.parametrize("positive", [None, "a", "b"])
def test_the_positive_class_is_one_of_two(positive):
    assert select_rows(manifest("a", "b"), positive=positive)[0].all()
    assert select_rows(manifest("a", "b", "c"), ("a", "b"), positive)[0].sum() == 2


@pytest.mark.parametrize(
    ("labels", "chosen", "positive", "message"),
    [
        (["a", "a"], None, None, r"at least two classes\. Got 'a'"),
        ([None, None], None, None, r"at least two classes\. Got none"),
        (["a", "b"], ("a",), None, r"at least two classes\. Got 'a'"),
        (["a", "b", "c"], None, "a", "one of two; these are 3"),
        (["a", "b"], ("a", "x"), None, "Unknown class 'x'"),
        (["a", "b"], ("a", "a"), None, "a"),
        (["a", "b"], None, "x", "'positive' parameter of compare must be one of 'a', 'b'"),
    ],
)
def test_what_cannot_be_compared_is_refused(labels, chosen, positive, message):
    with pytest.raises(ValueError, match=message):
        select_rows(manifest(*labels), chosen, positive)


def test_without_labels_there_is_nothing_to_compare():
    with pytest.raises(ConfigurationError, match="column 'label'"):
        select_rows(pd.DataFrame({"path": ["a.png"]}))
