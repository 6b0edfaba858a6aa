import shutil

import pandas as pd
import pytest

from leukfeat.audit import audit_images, merge_leaks
from leukfeat.audit.images import plan_folds
from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.imaging import LoadCells
from tests.audit.manifests import counts, manifest_of

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
    audit = audit_images(plain, LOAD, jobs=1).audit
    assert counts(audit, "warn") == {"unplanned": len(plain)}
    assert "--protocol random" in audit.notes[0]
    unlabelled = plain.drop(columns="label")
    assert counts(audit_images(unlabelled, LOAD, jobs=1).audit) == {"identical_files_within": 1}


def test_the_manifests_own_folds_need_no_plan(manifest, tmp_path) -> None:
    frame = manifest.drop(columns="subject").assign(fold=["0", "1"] * 12)
    frame = with_copies(frame, tmp_path, [0, 3], fold="0")
    assert counts(audit_images(frame, LOAD, jobs=1).audit, "stop") == {"identical_files_across_folds": 1}
    assert "unplanned" in counts(audit_images(frame, LOAD, jobs=1, protocol="grouped").audit)


def test_progress_names_its_stages(manifest, tmp_path) -> None:
    seen = []
    frame = with_copies(manifest, tmp_path, [0], label="other")
    shutil.copy(manifest["path"][1], tmp_path / "x.png")
    audit_images(frame, LOAD, jobs=1, cache=False, progress=lambda *done: seen.append(done))
    assert seen[-1][0] in ("extract", "audit")
    assert ("extract", 25, 25) in seen


def test_planned_folds_leave_out_what_a_comparison_does() -> None:
    n = 44
    images = manifest_of(
        n,
        label=[None, *(["a", "b"] * 21), "a"],
        subject=[str(row % 8) for row in range(n)],
        split=["train"] * 43 + ["test"],
    )
    folds = plan_folds(images, "grouped", n_folds=2)
    used = {row for fold in folds for row in fold.test.tolist()}
    assert used == set(range(1, 43))
