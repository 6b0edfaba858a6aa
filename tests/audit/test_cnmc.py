"""The leaks of C-NMC 2019, from the hashes of its files alone."""

import pandas as pd
import pytest

from leukfeat.audit import Audit, audit_manifest, find_duplicates, merge_leaks
from leukfeat.errors import ConfigurationError
from leukfeat.imaging import LoadCells

NAME = r"fold_(?P<fold>\d)/.*UID_(?P<subject>[Hh]?\d+)_\d+_\d+_(?P<label>all|hem)\.bmp$"
MERGED = {"20+21": "2", "51+75+78": "1", "H2+H4+H5+H6": "2", "H10+H3": "1"}

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def registry(data_dir) -> pd.DataFrame:
    source = data_dir.parent / "facts" / "cnmc_registry.csv"
    if not source.is_file():
        pytest.skip(f"no registry of C-NMC in {source}")
    files = pd.read_csv(source)
    named = files["path"].str.extract(NAME)
    named["subject"] = named["subject"].str.upper()
    return files.assign(path="/" + files["path"]).join(named)


def audited(images: pd.DataFrame, **options) -> Audit:
    return audit_manifest(images, find_duplicates(images, LoadCells(scene="masked"), jobs=1), **options)


def counts(audit: Audit) -> dict[str, int]:
    return {finding.kind: finding.count for finding in audit.findings}


def test_the_training_set_leaks_across_subjects_and_folds(registry) -> None:
    training = registry[registry["fold"].notna()]
    assert len(training) == 10_661
    assert training["subject"].nunique() == 73
    audit = audited(training)
    assert counts(audit) == {
        "identical_files_across_subjects": 99,
        "identical_files_across_folds": 94,
        "identical_files_within": 5,
        "not_compared": 10_661,
    }
    (subjects, *_) = audit.findings
    assert "20 + 21: 71, 51 + 78: 11, 51 + 75: 10" in subjects.sentence
    with pytest.raises(ConfigurationError, match="--merge-leaks"):
        audit.require_sound()


def test_all_106_groups_are_found(registry) -> None:
    found = [f for f in audited(registry).findings if f.kind.startswith("identical_files")]
    groups = {tuple(group.tolist()) for finding in found for group in finding.groups}
    assert len(groups) == 106
    assert not any(finding.kind.endswith("_classes") for finding in found)


def test_merged_subjects_move_to_the_folds_that_hold_most_of_them(registry) -> None:
    training = registry[registry["fold"].notna()]
    merged, notes = merge_leaks(training, audited(training))
    assert merged["subject"].nunique() == 66
    assert merged.groupby("label")["subject"].nunique().to_dict() == {"all": 44, "hem": 22}
    folds = merged[merged["subject"].isin(MERGED)].groupby("subject")["fold"].unique()
    assert {name: list(held) for name, held in folds.items()} == {k: [v] for k, v in MERGED.items()}
    unmoved = ~merged["subject"].isin(MERGED)
    pd.testing.assert_frame_equal(merged[unmoved], training[unmoved], check_dtype=False)
    assert notes[0] == "Subjects that share identical images are one: 20+21, 51+75+78, H10+H3, H2+H4+H5+H6."
    after = audited(merged, merged=True)
    assert after.is_sound
    assert counts(after) == {"identical_files_within": 104, "not_compared": 10_661}
