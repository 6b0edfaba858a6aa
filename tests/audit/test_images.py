import shutil

import pandas as pd
import pytest

from leukfeat.audit import audit_images, merge_leaks
from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.imaging import LoadCells
from tests.audit.manifests import counts

LOAD = LoadCells(96, "cell")


@pytest.fixture
def manifest(synthetic_manifest) -> pd.DataFrame:
    return read_manifest(synthetic_manifest).drop(columns=["sequence"], errors="ignore")


def with_copies(manifest: pd.DataFrame, folder, rows, **changes) -> pd.DataFrame:
    """Append copies of some rows under other names, with other entries."""
    copies = manifest.iloc[list(rows)].assign(**changes)
    copies["path"] = [shutil.copy(path, folder / f"copy-{i}.png") for i, path in enumerate(copies["path"])]
    return pd.concat([manifest, copies], ignore_index=True)


def test_two_subjects_that_share_images_stop_and_are_merged(manifest, tmp_path) -> None:
    first, second = manifest["subject"].unique()[:2]
    rows = manifest.index[manifest["subject"] == first]
    frame = with_copies(manifest, tmp_path, rows, subject=second)
    outcome = audit_images(frame, LOAD, jobs=1)
    assert outcome.scene == "cell"
    assert counts(outcome.audit, "stop")["identical_files_across_subjects"] == len(rows)
    with pytest.raises(ConfigurationError, match=f"{first} \\+ {second}|{second} \\+ {first}"):
        outcome.audit.require_sound()
    merged, _ = merge_leaks(outcome.audit.images, outcome.audit)
    assert merged["subject"].nunique() == manifest["subject"].nunique() - 1


def test_files_that_cannot_be_read_are_counted(manifest, tmp_path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    frame = pd.concat([manifest, pd.DataFrame({"path": [str(bad)]})], ignore_index=True)
    outcome = audit_images(frame, LOAD, jobs=1)
    assert outcome.errors["path"].tolist() == [str(bad)]
    assert counts(outcome.audit) == {"unreadable": 1}
    assert outcome.audit.is_sound


def test_without_subjects_blocks_say_what_is_parted(manifest, tmp_path) -> None:
    plain = manifest.drop(columns="subject").sort_values("label", ignore_index=True)
    plain["sequence"] = plain.groupby("label").cumcount()
    far = with_copies(plain, tmp_path, [0], sequence=11)
    options = {"n_folds": 2, "embargo": 2, "jobs": 1}
    assert counts(audit_images(far, LOAD, **options).audit, "stop") == {"identical_files_across_sides": 1}
    random = audit_images(far, LOAD, protocol="random", n_folds=10, jobs=1).audit
    assert random.is_sound
    near = far.assign(sequence=[*plain["sequence"], 1])
    assert audit_images(near, LOAD, **options).audit.is_sound


def test_folds_that_cannot_be_planned_are_said_to_be(manifest, tmp_path) -> None:
    plain = with_copies(manifest.drop(columns="subject"), tmp_path, [0])
    outcome = audit_images(plain, LOAD, jobs=1)
    assert counts(outcome.audit) == {"identical_files_within": 1}
    assert outcome.protocol is None
    assert "--protocol random" in outcome.split
    unlabelled = audit_images(plain.drop(columns="label"), LOAD, jobs=1)
    assert counts(unlabelled.audit) == {"identical_files_within": 1}
    assert "Nothing has a label" in unlabelled.split


def test_the_manifests_own_folds_need_no_plan(manifest, tmp_path) -> None:
    frame = manifest.drop(columns="subject").assign(fold=["0", "1"] * 12)
    frame = with_copies(frame, tmp_path, [0, 3], fold="0")
    assert counts(audit_images(frame, LOAD, jobs=1).audit, "stop") == {"identical_files_across_folds": 1}
    grouped = audit_images(frame, LOAD, jobs=1, protocol="grouped")
    assert grouped.protocol is None
    assert "needs the column 'subject'" in grouped.split


def test_progress_names_its_stages(manifest, tmp_path) -> None:
    seen = []
    frame = with_copies(manifest, tmp_path, [0], label="other")
    shutil.copy(manifest["path"][1], tmp_path / "x.png")
    audit_images(frame, LOAD, jobs=1, cache=False, progress=lambda *done: seen.append(done))
    assert seen[-1][0] in ("extract", "audit")
    assert ("extract", 25, 25) in seen


def test_an_image_without_a_label_is_on_no_side(manifest, tmp_path) -> None:
    """Its rows in the folds are those of the manifest, though others were left out before."""
    plain = manifest.drop(columns="subject").assign(split="train")
    plain = pd.concat([plain.iloc[:1].assign(path=str(tmp_path / "x.png"), label=None), plain])
    shutil.copy(manifest["path"][1], tmp_path / "x.png")
    outcome = audit_images(plain.reset_index(drop=True), LOAD, protocol="random", n_folds=12, jobs=1)
    assert outcome.protocol == "random"
    assert counts(outcome.audit) == {"identical_files_within": 1}
    twice = with_copies(plain.iloc[1:], tmp_path, [0, 1, 2, 3])
    both = audit_images(twice, LOAD, protocol="random", n_folds=12, jobs=1)
    assert counts(both.audit, "warn")["identical_files_across_sides"] > 0


@pytest.mark.parametrize(
    ("change", "options", "protocol", "said"),
    [
        ({}, {}, "grouped", "Whole subjects are kept apart: 6 subjects in 5 folds."),
        ({"fold": ["0", "1"] * 12, "subject": None}, {}, "official", "each tested once: '0', '1'."),
        ({}, {"protocol": "random"}, "random", "images of one patient are on both sides"),
        ({}, {"n_folds": 7}, None, "7 folds of whole subjects need at least 7 subjects of every class"),
        ({"split": "test"}, {}, None, "All images of 'blast', 'lymphocyte' are in the test split"),
        ({"fold": ["0", None] * 12}, {}, None, "needs the column 'fold' in every row"),
        ({"subject": ["a", None] * 12}, {}, None, "needs the column 'subject' (patient) in every row"),
    ],
    ids=["grouped", "official", "random", "folds", "test", "fold", "subject"],
)
def test_it_says_how_a_comparison_would_split(manifest, change, options, protocol, said) -> None:
    outcome = audit_images(manifest.assign(**change), LOAD, jobs=1, **options)
    assert outcome.protocol == protocol
    assert said in outcome.split


def test_images_that_are_too_few_are_told(manifest) -> None:
    outcome = audit_images(manifest.iloc[[0, 12]].assign(label=["a", "b"]), LOAD, jobs=1)
    assert outcome.audit.is_sound
    assert outcome.protocol is None
    assert outcome.split.startswith("5 folds need at least 5 images of every class")
