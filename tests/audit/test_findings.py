import numpy as np
import pytest

from leukfeat.audit.findings import alike_findings, subject_findings
from leukfeat.evaluation import Fold
from tests.audit.manifests import audited, counts, duplicates_of, manifest_of


def test_what_is_alike_lies_across_columns_or_within() -> None:
    images = manifest_of(
        9,
        subject=["1", "2", "1", "1", "3", "3", "4", "4", "4"],
        label=["a", "a", "a", "b", "b", "b", "a", "a", "a"],
        fold=["0", "1", "0", "0", "1", "1", "0", "0", "0"],
    )
    same = duplicates_of(9, files=[(0, 1), (2, 3), (4, 5)], pixels=[(6, 7)], near=[(0, 4), (6, 8)])
    found = {finding.kind: finding for finding in alike_findings(images, same)}
    assert {kind: (f.severity, [g.tolist() for g in f.groups]) for kind, f in found.items()} == {
        "identical_files_across_subjects": ("stop", [[0, 1]]),
        "identical_files_across_folds": ("stop", [[0, 1]]),
        "identical_files_across_classes": ("stop", [[2, 3]]),
        "identical_files_within": ("note", [[4, 5]]),
        "identical_pixels_within": ("note", [[6, 7]]),
        "near_duplicates_across_subjects": ("warn", [[0, 4]]),
        "near_duplicates_across_folds": ("warn", [[0, 4]]),
        "near_duplicates_across_classes": ("warn", [[0, 4]]),
        "near_duplicates_within": ("note", [[6, 8]]),
    }
    assert found["identical_files_across_subjects"].sentence == (
        "Identical files across subjects: 1 group of 2 images (1 + 2: 1)."
    )
    assert found["identical_files_within"].sentence == (
        "Identical files of one subject, fold and class: 1 group of 2 images."
    )
    assert found["identical_pixels_within"].examples == ("/images/6.png = /images/7.png",)
    assert found["near_duplicates_within"].examples == ("/images/6.png ~ /images/8.png",)


def test_groups_of_identical_files_alone_are_not_told_as_pixels_again() -> None:
    same = duplicates_of(5, files=[(0, 1), (2, 3)], pixels=[(2, 3, 4)])
    found = {finding.kind: finding for finding in alike_findings(manifest_of(5), same)}
    assert [group.tolist() for group in found["identical_files_within"].groups] == [[0, 1], [2, 3]]
    assert [group.tolist() for group in found["identical_pixels_within"].groups] == [[2, 3, 4]]
    assert found["identical_files_within"].sentence == "Identical files: 2 groups of 4 images."


def test_what_is_unknown_lies_across_nothing() -> None:
    images = manifest_of(4, subject=["1", None, None, np.nan], label=["a", "a", None, "b"])
    same = duplicates_of(4, files=[(0, 1), (2, 3)])
    assert [finding.kind for finding in alike_findings(images, same)] == ["identical_files_within"]


def test_planned_folds_tell_what_would_be_on_both_sides() -> None:
    rows = np.arange(6)
    folds = (Fold(0, 0, rows[3:], rows[:2]), Fold(0, 1, rows[:2], rows[3:]))  # row 2 lies in the embargo
    same = duplicates_of(6, files=[(0, 1), (2, 3)], near=[(0, 5)])
    kinds = {finding.kind: finding.severity for finding in alike_findings(manifest_of(6), same, folds)}
    assert kinds == {"identical_files_within": "note", "near_duplicates_across_sides": "warn"}
    parted = duplicates_of(6, files=[(0, 5), (1, 3)])
    (finding,) = alike_findings(manifest_of(6), parted, folds)
    assert finding.sentence == "Identical files in training and test of one fold: 2 groups of 4 images."
    assert finding.severity == "stop"


def test_sides_are_told_of_what_crosses_nothing_else() -> None:
    rows = np.arange(4)
    folds = (Fold(0, 0, rows[2:], rows[:2]), Fold(0, 1, rows[:2], rows[2:]))
    images = manifest_of(4, subject=["1", "1", "2", "1"])
    same = duplicates_of(4, files=[(0, 2), (1, 3)])
    kinds = [finding.kind for finding in alike_findings(images, same, folds)]
    assert kinds == ["identical_files_across_subjects", "identical_files_across_sides"]


def test_the_most_common_combinations_are_named_first() -> None:
    subjects = [str(row % 10) for row in range(40)]
    files = [(2, 3), (12, 13), (0, 1), (4, 5), (6, 7), (8, 9), (10, 15)]
    (finding,) = alike_findings(manifest_of(40, subject=subjects), duplicates_of(40, files=files))
    assert finding.sentence == (
        "Identical files across subjects: 7 groups of 14 images "
        "(2 + 3: 2, 0 + 1: 1, 0 + 5: 1, 4 + 5: 1, 6 + 7: 1, others: 1)."
    )


def test_long_groups_and_long_lists_are_cut() -> None:
    files = [tuple(range(8)), *((row, row + 1) for row in range(8, 40, 2))]
    (finding,) = alike_findings(manifest_of(40), duplicates_of(40, files=files))
    assert finding.examples[0].endswith("/images/4.png = 3 more")
    assert len(finding.examples) == 10
    assert finding.count == len(finding.groups) == 17


def test_subjects_on_several_sides() -> None:
    images = manifest_of(
        7,
        subject=["1", "1", "1", "2", "2", None, "3"],
        fold=["0", "1", "0", "1", None, "0", "2"],
        split=["train", "train", "train", "train", "test", "test", "val"],
    )
    folds, splits = subject_findings(images)
    assert (folds.kind, folds.severity, folds.count) == ("subjects_across_folds", "stop", 1)
    assert folds.sentence == "Subjects in several folds: 1 of 3."
    assert folds.examples == ("1: 2 in 0, 1 in 1",)
    assert folds.groups[0].tolist() == [0, 1, 2]
    assert splits.examples == ("2: 1 in test, 1 in train",)
    assert splits.groups[0].tolist() == [3, 4]


def test_without_subjects_none_is_on_several_sides() -> None:
    assert list(subject_findings(manifest_of(2, fold=["0", "1"]))) == []


@pytest.mark.parametrize("protocol", ["auto", "official", "grouped", "blocks", "random"])
def test_the_protocol_says_what_counts(protocol: str) -> None:
    images = manifest_of(
        6,
        subject=["1", "1", "2", "2", "3", "3"],
        fold=["0", "1", "0", "0", "0", "0"],
        split=["train", "train", "train", "val", "train", "test"],
        label=list("aabbab"),
    )
    audit = audited(images, duplicates_of(6), protocol=protocol)
    by_manifest = {"subjects_across_folds": 1, "subjects_across_splits": 2}
    expected = by_manifest if protocol in ("auto", "official") else {"subjects_across_splits": 1}
    assert counts(audit, "warn" if protocol == "random" else "stop") == expected
    assert audit.is_sound == (protocol == "random")
