"""C-NMC 2019, by a stand-in of 15,114 files with the names of the real ones: counts, and every trap."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from leukfeat.audit import audit_manifest, find_duplicates, merge_leaks
from leukfeat.datasets import make_manifest, read_manifest, read_registry, write_manifest
from leukfeat.datasets.cnmc import prelim_labels
from leukfeat.errors import ManifestError
from leukfeat.imaging import LoadCells
from tests.standins import PRELIM_TABLE, plant, plant_cnmc, prelim_table

MERGED = {"20+21": "2", "51+75+78": "1", "H10+H3": "1", "H2+H4+H5+H6": "2"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return plant_cnmc(tmp_path_factory.mktemp("cnmc") / "C-NMC_Leukemia")


@pytest.fixture(scope="module")
def found(tree):
    return make_manifest(tree)


@pytest.fixture(scope="module")
def frame(found):
    return found.frame


@pytest.fixture(scope="module")
def training(frame):
    return frame[frame["phase"] == "training"]


def test_auto_says_what_it_is_and_why(found):
    assert found.name == "c-nmc"
    assert "10661 of 15114 images are named UID_SUBJECT_IMAGE_CELL_CLASS" in found.reason
    assert found.card.licence.startswith("CC BY 3.0")
    assert any("106 groups" in defect for defect in found.card.defects)


def test_training_counts(training):
    assert len(training) == 10_661
    assert training["label"].value_counts().to_dict() == {"ALL": 7272, "HEM": 3389}
    assert training["subject_original"].nunique() == 73
    by_class = training.groupby("label")["subject_original"].nunique().to_dict()
    assert by_class == {"ALL": 47, "HEM": 26}
    per_fold = training.groupby("fold_original")["subject_original"].nunique()
    assert per_fold.to_dict() == {"0": 28, "1": 14, "2": 31}
    assert training["fold_original"].value_counts().to_dict() == {"0": 3527, "1": 3581, "2": 3553}
    assert set(training["split"]) == {"train"}


def test_merged_subjects_are_66_and_whole(training):
    assert training["subject"].nunique() == 66
    assert training.groupby("label")["subject"].nunique().to_dict() == {"ALL": 44, "HEM": 22}
    assert training.groupby("subject")["fold"].nunique().max() == 1
    held = training[training["subject"].isin(MERGED)].groupby("subject")["fold"].first().to_dict()
    assert held == MERGED


def test_merging_is_that_of_the_audit(training):
    files = read_registry("c-nmc").files
    digests = {Path(path).name: digest for path, digest in zip(files["path"], files["sha256"], strict=True)}
    published = training[["path", "label"]].assign(
        subject=training["subject_original"],
        fold=training["fold_original"],
        sha256=[digests[Path(path).name] for path in training["path"]],
    )
    published = published.reset_index(drop=True)
    duplicates = find_duplicates(published, LoadCells(scene="masked"), jobs=1)
    merged, _ = merge_leaks(published, audit_manifest(published, duplicates))
    assert merged["subject"].tolist() == training["subject"].tolist()
    assert merged["fold"].tolist() == training["fold"].tolist()


def test_h3_is_upper_case(training):
    small = training[training["path"].str.contains("UID_h3_")]
    assert len(small) == 36
    assert set(small["subject_original"]) == {"H3"}


def test_subject_numbers_of_the_classes_are_apart(training):
    assert {"1", "H1"} <= set(training["subject"])
    assert training.groupby("subject")["label"].nunique().max() == 1


def test_preliminary_phase_without_its_table(frame, found):
    prelim = frame[frame["phase"] == "preliminary"]
    assert len(prelim) == 1867
    assert prelim["label"].value_counts().to_dict() == {"ALL": 1219, "HEM": 648}
    assert set(prelim["split"]) == {"test"}
    assert prelim["subject"].isna().all()
    assert any("subjects are unknown" in note for note in found.notes)


def test_saying_all_of_everything_scores_what_the_card_says(found):
    labels = prelim_labels().values()
    n_all = sum(label == "ALL" for label in labels)
    accuracy, f1 = n_all / len(labels), 2 * n_all / (n_all + len(labels))
    assert (round(accuracy, 3), round(f1, 2), round(accuracy * f1, 3)) == (0.653, 0.79, 0.516)
    assert any("0.653 and F1 0.79" in defect for defect in found.card.defects)


def test_labels_go_by_number_and_not_by_alphabet(frame):
    prelim = frame[frame["phase"] == "preliminary"]
    by_number = {Path(path).stem: label for path, label in zip(prelim["path"], prelim["label"], strict=True)}
    assert by_number == prelim_labels()
    alphabetical = sorted(by_number)
    scrambled = dict(zip(alphabetical, (by_number[n] for n in sorted(by_number, key=int)), strict=True))
    assert sum(scrambled[n] != by_number[n] for n in by_number) > 500  # what the notebooks' bug would do


def test_preliminary_phase_with_its_table(tmp_path):
    numbers = [f"validation_data/C-NMC_test_prelim_phase_data/{n}.bmp" for n in range(1, 1868)]
    plant(tmp_path, numbers)
    rows = prelim_table().splitlines()
    for order in (rows[1:], sorted(rows[1:]), rows[:0:-1]):  # whatever the order of its rows
        (tmp_path / PRELIM_TABLE).write_text("\n".join([rows[0], *order]))
        found = make_manifest(tmp_path, "c-nmc")
        labels = {
            Path(p).stem: label for p, label in zip(found.frame["path"], found.frame["label"], strict=True)
        }
        assert labels == prelim_labels()
        assert found.frame["subject"].nunique() == 28
        assert not found.notes


def test_a_scrambled_table_is_told(tmp_path):
    plant(tmp_path, ["prelim/1.bmp", "prelim/2.bmp", "prelim/4.bmp"])
    table = tmp_path / "C-NMC_test_prelim_phase_data_labels.csv"
    table.write_text("Patient_ID,new_names,labels\nUID_60_1_1_all.bmp,1.bmp,0\n")
    with pytest.raises(ManifestError, match=r"row 1: 1\.bmp is labelled 0, but comes from UID_60"):
        make_manifest(tmp_path, "c-nmc")
    table.write_text("Patient_ID,new_names,labels\nUID_60_1_1_all.bmp,4.bmp,1\nUID_H60_1_1_hem.bmp,1.bmp,0\n")
    assert "differs from the published one in 2 images" in " ".join(make_manifest(tmp_path, "c-nmc").notes)
    table.write_text("Patient,new_names,labels\n")
    with pytest.raises(ManifestError, match="'Patient_ID'"):
        make_manifest(tmp_path, "c-nmc")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as a table"),
        ("Patient_ID,new_names,labels\nä\n".encode("latin1"), "cannot be read as a table"),
        (b"Patient_ID,new_names,labels\nUID_60_1_1_all.bmp,foo.bmp,1\n", r"row 1: expected .*'foo\.bmp'"),
        (b"Patient_ID,new_names,labels\nUID_60_1_1_all.bmp,1.bmp,1\n,2.bmp,1\n", "row 2: expected .*''"),
    ],
)
def test_a_damaged_table_is_named_with_its_row(tmp_path, content, message):
    plant(tmp_path, ["prelim/1.bmp", "prelim/2.bmp", "prelim/4.bmp"])
    (tmp_path / "C-NMC_test_prelim_phase_data_labels.csv").write_bytes(content)
    with pytest.raises(ManifestError, match=rf"_labels\.csv.*{message}"):
        make_manifest(tmp_path, "c-nmc")


def test_folders_above_the_data_set_decide_neither_fold_nor_phase(tmp_path):
    listed = [Path(path) for path in read_registry("c-nmc").files["path"]]
    fold_0, fold_2 = (
        next(path.name for path in listed if name in path.parts) for name in ("fold_0", "fold_2")
    )
    flat = plant(tmp_path / "fold_1" / "final_report" / "flat", [fold_0, fold_2, "1.png"])
    found = make_manifest(flat)
    folds = dict(zip(found.frame["path"], found.frame["fold_original"], strict=True))
    assert folds == {str(flat / fold_0): "0", str(flat / fold_2): "2"}
    assert set(found.frame["phase"]) == {"training"}
    assert "Images that are not of C-NMC, left out: 1." in found.notes


def test_final_phase_has_no_labels(frame, found):
    final = frame[frame["phase"] == "final"]
    assert len(final) == 2586
    assert final["label"].isna().all()
    assert set(final["split"]) == {"test"}
    assert any("final phase (2586 images) has no labels" in note for note in found.notes)


def test_the_manifest_can_be_written_and_read(frame, tmp_path):
    again = read_manifest(write_manifest(frame, tmp_path / "m.csv"))
    assert again["subject"].dropna().nunique() == 66
    assert set(again["fold"].dropna()) == {"0", "1", "2"}


@pytest.mark.parametrize(
    "inside", ["C-NMC_Leukemia/C-NMC_Leukemia/training_data", "renamed", "training_data/training_data"]
)
def test_mirrors_nest_and_rename(tmp_path, inside):
    names = [
        "fold_0/all/UID_1_1_1_all.bmp",
        "fold_0/fold_0/hem/UID_H1_1_1_hem.bmp",
        "fold_1/all/UID_20_1_1_all.bmp",
    ]
    twice = "C-NMC_test_prelim_phase_data/C-NMC_test_prelim_phase_data/4.bmp"
    plant(tmp_path / inside, names)
    plant(tmp_path, [twice])
    found = make_manifest(tmp_path)
    assert found.name == "c-nmc"
    rows = {Path(row.path).name: row for row in found.frame.itertuples()}
    assert rows["UID_H1_1_1_hem.bmp"].fold == "0"
    assert (rows["UID_20_1_1_all.bmp"].fold, rows["UID_20_1_1_all.bmp"].fold_original) == ("2", "1")
    assert rows["4.bmp"].label == "HEM"


def test_a_flat_mirror_takes_folds_from_the_list_of_files(tmp_path):
    plant(tmp_path, ["UID_1_10_1_all.bmp", "UID_h3_10_1_hem.bmp", "UID_999_1_1_all.bmp"])
    frame = make_manifest(tmp_path).frame
    folds = dict(zip((Path(path).name for path in frame["path"]), frame["fold_original"], strict=True))
    assert folds["UID_h3_10_1_hem.bmp"] == "2"
    assert pd.isna(folds["UID_999_1_1_all.bmp"])


def test_the_same_image_twice_is_refused(tmp_path):
    plant(tmp_path, ["a/fold_0/all/UID_1_1_1_all.bmp", "b/fold_0/all/UID_1_1_1_all.bmp"])
    with pytest.raises(ManifestError, match=r"C-NMC is here twice: .*a/fold_0.* and .*b/fold_0"):
        make_manifest(tmp_path)


def test_something_else_is_refused(tmp_path):
    plant(tmp_path, ["a/1.png"])
    with pytest.raises(ManifestError, match="holds no image of C-NMC"):
        make_manifest(tmp_path, "c-nmc")


@pytest.mark.realdata
def test_the_real_sample(data_dir, tmp_path):
    if not (data_dir / "cnmc_sample").is_dir():
        pytest.skip(f"no sample of C-NMC in {data_dir}")
    frame = make_manifest(data_dir / "cnmc_sample").frame
    assert len(frame) == 60
    assert frame["subject_original"].nunique() == 26
    copy = tmp_path / "other" / "names"
    shutil.copytree(data_dir / "cnmc_sample" / "C-NMC_Leukemia" / "training_data", copy)
    again = make_manifest(copy).frame
    pd.testing.assert_frame_equal(again.drop(columns="path"), frame.drop(columns="path"))
