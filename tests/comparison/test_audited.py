"""What leaks, and what merging leaves: said once, in front, with numbers."""

from dataclasses import replace

import numpy as np
import pytest

from leukfeat.comparison import Settings, compare, leak_check
from leukfeat.errors import ConfigurationError
from leukfeat.sweep import CORE
from tests.tables import make_table

FAST = {"candidates": CORE[3:4], "jobs": 1}
SETTINGS = Settings(n_folds=3)


def same_image(table, rows):
    """Give rows the bytes of the first of them."""
    digests = table.frame["sha256"].to_numpy(dtype=object)
    digests[rows] = digests[rows[0]]
    return digests


def first_of_each(table, column):
    return np.sort(np.unique(table.frame[column].to_numpy(dtype=str), return_index=True)[1])


def test_merging_that_leaves_too_few_subjects_says_so(write, tmp_path):
    table = make_table()
    blasts = [row for row in first_of_each(table, "subject") if table.frame["label"][row] == "blast"]
    source = write(table, sha256=same_image(table, blasts))
    for check in (
        lambda settings: compare(source, tmp_path / "run", settings, **FAST),
        lambda settings: leak_check(source, settings, **FAST),
    ):
        with pytest.raises(ConfigurationError) as caught:
            check(replace(SETTINGS, merge_leaks=True))
        assert str(caught.value).startswith(
            "After merging leaks, which joined 24 subjects into 13: 3 folds of whole subjects need at least "
            "3 subjects of every class. Got 'blast': 1, 'lymphocyte': 12."
        )
    assert not (tmp_path / "run").exists()


def test_merging_that_leaves_one_fold_says_so(write, tmp_path):
    table = make_table()
    fold = table.frame["subject"].str[-1].astype(int) % 2
    rows = first_of_each(table, "subject")
    source = write(table, sha256=same_image(table, rows), fold=fold.astype(str))
    with pytest.raises(ConfigurationError) as caught:
        compare(source, tmp_path / "run", replace(SETTINGS, merge_leaks=True), **FAST)
    assert str(caught.value).startswith(
        "After merging leaks, which joined 24 subjects into 1 and 2 folds into 1: The protocol 'official' "
        "needs two folds at least in the column 'fold'. Got one: "
    )


@pytest.mark.parametrize("protocol", ["auto", "random"])
def test_what_leaks_is_said_once_and_on_top(write, tmp_path, protocol):
    """A subject in two folds, and in the test split, and an image that two subjects share."""
    table = make_table()
    fold = (table.frame["subject"].str[-1].astype(int) % 3).astype(str)
    split = np.where(table.frame["subject"].isin(["0-0", "1-0"]), "test", "train")
    split[0] = "train"
    rows = first_of_each(table, "subject")[:2]
    fold[table.frame.index[table.frame["subject"] == "0-3"][0]] = "1"
    source = write(table, sha256=same_image(table, rows), fold=fold, split=split)
    settings = replace(SETTINGS, protocol=protocol, allow_leaks=True)
    run = compare(source, tmp_path / "run", settings, **FAST)
    notes = run.results.notes
    assert run.results.leaks
    assert [note for note in notes if "inflated" in note or "leak" in note.lower()] == [notes[0]]
    assert (run.folder / "leaderboard.md").read_text().startswith(notes[0])
    assert any(note.startswith("Identical files across subjects: 1 group of 2 images") for note in notes)
    assert len(notes) == len(set(notes))
    if protocol == "auto":
        checked = leak_check(source, settings, **FAST)
        assert checked.leaks
        assert checked.notes[0].startswith("The honest split leaks, too")


def test_a_subject_in_the_test_split_and_without_a_split_stops_and_is_merged(write, tmp_path):
    table = make_table()
    split = np.where(table.frame["subject"].isin(["0-0", "1-0"]), "test", None)
    split[0] = None  # of 0-0
    source = write(table, split=split)
    with pytest.raises(ConfigurationError, match="Subjects in several splits: 1 of 24"):
        compare(source, tmp_path / "run", SETTINGS, **FAST)
    merged = compare(source, tmp_path / "run", replace(SETTINGS, merge_leaks=True), **FAST)
    assert set(merged.results.test.predictions["subject"]) == {"1-0"}


def test_blocks_with_leaks_of_known_subjects_lead_a_leak_check(write, tmp_path):
    outcome = leak_check(write(), replace(SETTINGS, protocol="blocks", embargo=1), **FAST)
    assert outcome.leaks
    assert outcome.notes[0].startswith("Blocks part known subjects")


def test_what_inner_folds_do_to_the_embargo_is_said_once(write, tmp_path):
    source = write(make_table(n=150), drop=["subject"])
    run = compare(source, tmp_path / "run", replace(SETTINGS, embargo=20), **FAST)
    said = [note for note in run.results.notes if "cut inside training sides" in note]
    assert said == ["The embargo of 20 images is cut inside training sides, to a quarter of a class at most."]


def test_a_refusal_names_the_file_and_the_absent_columns(write, tmp_path):
    source = write(drop=["subject", "sequence"])
    with pytest.raises(ConfigurationError) as caught:
        compare(source, tmp_path / "run", SETTINGS, **FAST)
    assert str(caught.value).startswith(
        f"{source} has no column 'subject' and no column 'sequence'. The protocol 'auto' needs the column "
    )
    with pytest.raises(ConfigurationError) as caught:
        compare(source, tmp_path / "run", replace(SETTINGS, n_folds=61, protocol="random"), **FAST)
    assert str(caught.value).startswith(f"{source}: 61 folds need at least 61 images of every class.")


FOLDS = [str(row % 3) for row in range(120)]


@pytest.mark.parametrize(
    ("protocol", "columns", "drop"),
    [("official", {"fold": FOLDS}, ["subject"]), ("blocks", {}, ["subject"])],
)
def test_repeats_of_what_is_the_same_each_time(write, tmp_path, protocol, columns, drop):
    """Refused where the protocol was named; where it was found, done once and said."""
    source = write(drop=drop, **columns)
    settings = replace(SETTINGS, n_repeats=2, embargo=2)
    with pytest.raises(ConfigurationError, match="are the same each time"):
        compare(source, tmp_path / "run", replace(settings, protocol=protocol), **FAST)
    run = compare(source, tmp_path / "run", settings, **FAST)
    assert run.results.protocol == protocol
    assert set(run.results.predictions["repeat"]) == {0}
    assert any("used once instead of 2 times" in note for note in run.results.notes)


def test_repeats_of_folds_beside_a_test_split_are_no_error_in_a_leak_check(write):
    fold = np.array(FOLDS, dtype=object)
    split = np.where(np.arange(120) % 10 == 0, "test", "train")
    source = write(drop=["subject"], fold=fold, split=split)
    assert leak_check(source, replace(SETTINGS, n_repeats=2), **FAST).protocol == "official"
