"""The other data sets, on stand-ins and on the real folders; a table of one's own."""

from pathlib import Path

import pandas as pd
import pytest

from leukfeat.datasets import ADAPTERS, make_manifest
from leukfeat.errors import ConfigurationError, ManifestError
from tests.standins import plant

CLASSES = ("Benign", "Malignant-Early", "Malignant-Pre", "Malignant-Pro")


def smears(version="Original", n=3):
    return [
        f"{version}/{name.removeprefix('Malignant-')}/WBC-{name}-{number:03d}.jpg"
        for name in CLASSES
        for number in range(1, n + 1)
    ]


IDB1 = ["ALL_IDB1/im/Im001_1.jpg", "ALL_IDB1/im/Im002_1.jpg", "ALL_IDB1/im/Im034_0.jpg"]
IDB2 = ["ALL_IDB2/img/Im001_1.tif", "ALL_IDB2/img/Im131_0.tif", "ALL_IDB2/img/Im260_0.tif"]
PBC = [
    *(
        "basophil/BA_100102.jpg",
        "eosinophil/EO_1.jpg",
        "erythroblast/ERB_2.jpg",
        "ig/MMY_3.jpg",
        "ig/PMY_4.jpg",
    ),
    *("lymphocyte/LY_5.jpg", "monocyte/MO_6.jpg", "neutrophil/SNE_7.jpg", "neutrophil/.DS_169665.jpg"),
    "platelet/PLATELET_8.jpg",
]
SLIDES = "Data/All/{}/Signed slides/{}"
DEEPAPL = [
    SLIDES.format("Patient_00", "Blast, no lineage spec/BL_15336348.jpg"),
    SLIDES.format("Patient_00", "Segmented neutrophils/SNE_15336341.jpg"),
    SLIDES.format("Patient_00", "Eosinophils/Thumbs.db"),
    SLIDES.format("Patient_100", "Lymphocyte/LY_1.jpg"),
    "Data/All/Patient_100/Unsigned slides/2.jpg",
]
MASTER = (
    "Patient_ID,Diagnosis,Cohort,Age at Diagnosis,Gender\nPatient_00,APL,Discovery,29,Female\n"
    "Patient_100,AML,Validation,31,Female\n"
)
SIX = [
    f"train/{name}/{name}_{n}.png" for name in ("ALL", "aml", "CLL", "CML", "MM", "Healthy") for n in (1, 2)
]


@pytest.mark.parametrize(
    ("files", "name", "why"),
    [
        (smears(), "all-smears", "12 of 12 images are named WBC"),
        (IDB1, "all-idb1", "3 of 3 images are named ImNNN_0 or ImNNN_1 and are fields"),
        (IDB2, "all-idb2", "and are single cells"),
        (PBC, "pbc", "8 of its 8 class folders hold 9 of 9 images"),
        (DEEPAPL, "deepapl", "4 of 4 images lie in folders Patient_N"),
        (SIX, "six-class", "class folders ALL, AML, CLL, CML, Healthy, MM"),
        (["x/1.png", "y/1.png"], "folders", "every image lies in a class folder: x, y"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_auto_recognises(tmp_path, files, name, why):
    found = make_manifest(plant(tmp_path, files))
    assert found.name == name
    assert why in found.reason
    assert found.card is ADAPTERS[name].card
    assert make_manifest(tmp_path, name).frame.equals(found.frame)
    assert all(Path(path).is_absolute() for path in found.frame["path"])


def test_every_card_is_complete():
    for name, adapter in ADAPTERS.items():
        card = adapter.card
        assert card.name == name
        assert all((card.title, card.contents, card.authors, card.licence, card.source, card.citation))
        assert card.scene in ("masked", "cell", "field", "auto")
        assert card.defects
        assert all(defect.endswith(".") for defect in card.defects)
    assert sum(ADAPTERS["pbc"].card.counts.values()) == 17_092
    assert sum(ADAPTERS["all-smears"].card.counts.values()) == 3256


def test_two_sets_in_one_folder_must_be_named(tmp_path):
    plant(tmp_path, [*IDB1, *IDB2])
    with pytest.raises(ConfigurationError, match=r"several data sets \(all-idb1: .*; all-idb2: .*--dataset"):
        make_manifest(tmp_path)
    assert len(make_manifest(tmp_path, "all-idb2").frame) == 3


def test_nothing_known_says_what_could_be(tmp_path):
    plant(tmp_path, ["loose.png", "a/b.png"])
    with pytest.raises(ManifestError, match=r"in no class folders.*c-nmc"):
        make_manifest(tmp_path)


def test_smears_have_class_and_sequence(tmp_path):
    frame = make_manifest(plant(tmp_path, smears())).frame
    assert frame["label"].value_counts().to_dict() == dict.fromkeys(("Benign", "Early", "Pre", "Pro"), 3)
    assert frame.groupby("label")["sequence"].apply(list).to_dict()["Pro"] == [1, 2, 3]
    assert set(frame["version"]) == {"original"}


def test_both_versions_are_the_same_photographs(tmp_path):
    found = make_manifest(plant(tmp_path, [*smears(), *smears("Segmented")]))
    assert set(found.frame["version"]) == {"original"}
    assert "same photographs" in found.notes[0]
    assert set(make_manifest(tmp_path / "Segmented").frame["version"]) == {"segmented"}


def test_binary_keeps_neighbours_apart_from_strangers(tmp_path):
    frame = make_manifest(plant(tmp_path, smears()), binary=True).frame
    assert frame["label"].value_counts().to_dict() == {"malignant": 9, "benign": 3}
    ordered = frame[frame["label"] == "malignant"].sort_values("sequence")
    assert ordered["sequence"].tolist() == list(range(1, 10))
    assert ordered["label_original"].tolist() == ["Early"] * 3 + ["Pre"] * 3 + ["Pro"] * 3


def test_binary_is_for_smears_only(tmp_path):
    with pytest.raises(ConfigurationError, match="--binary is for all-smears"):
        make_manifest(plant(tmp_path, IDB2), binary=True)


def test_idb_tells_class_and_number(tmp_path):
    frame = make_manifest(plant(tmp_path, IDB2)).frame
    assert frame["label"].tolist() == ["ALL", "healthy", "healthy"]
    assert frame["sequence"].tolist() == [1, 131, 260]
    flat = plant(tmp_path / "flat", ["Im131_0.jpg", "Im001_1.jpg"])  # converted, no telling folder
    assert [make_manifest(flat, name).frame["sequence"].tolist() for name in ("all-idb1", "all-idb2")] == [
        [1],
        [131],
    ]


def test_pbc_tells_subtypes_and_leaves_out_what_is_hidden(tmp_path):
    frame = make_manifest(plant(tmp_path, PBC)).frame
    assert len(frame) == 9
    assert dict(zip(frame["subtype"], frame["label"], strict=True))["PMY"] == "ig"
    assert "sequence" not in frame


def test_deepapl_takes_diagnosis_and_cohort_from_the_master_table(tmp_path):
    plant(tmp_path, DEEPAPL)
    bare = make_manifest(tmp_path)
    assert "diagnosis" not in bare.frame
    assert "Without master.csv" in bare.notes[0]
    (tmp_path / "Data" / "master.csv").write_text(MASTER)
    found = make_manifest(tmp_path)
    assert "master.csv lists patients" in found.reason
    assert found.frame["label"].tolist()[:3] == ["blast", "neutrophil", "lymphocyte"]
    assert pd.isna(found.frame["label"].iloc[3])  # nobody signed it
    assert found.frame["diagnosis"].tolist() == ["APL", "APL", "AML", "AML"]
    assert found.frame["split"].tolist() == ["train", "train", "test", "test"]
    assert any("Validation is the test split" in note for note in found.notes)


def test_folders_above_the_data_set_tell_nothing(tmp_path):
    plant(tmp_path / "Patient_7" / "mine", ["x/1.png", "x/2.png", "y/1.png"])
    (tmp_path / "Patient_7" / "Signed slides").mkdir()
    assert make_manifest(tmp_path / "Patient_7" / "mine").name == "folders"
    inside = plant(tmp_path / "Signed slides" / "Patient_7" / "own", ["x/1.png", "y/1.png"])
    found = make_manifest(inside)
    assert found.name == "folders"
    assert "subject" not in found.frame
    segmented = plant(tmp_path / "segmented" / "set", ["a/WBC-Benign-001.jpg", "b/WBC-Malignant-Pro-001.jpg"])
    assert "version" not in make_manifest(segmented).frame
    fields = plant(tmp_path / "ALL_IDB2" / "fields", IDB1[:1])
    (fields / "ALL_IDB1").rename(fields / "im")
    assert make_manifest(fields).name == "all-idb1"


def test_the_folder_named_counts(tmp_path):
    plant(tmp_path, ["Patient_7/blast_BL_1.jpg", "Patient_7/lymphocyte_LY_2.jpg"])
    found = make_manifest(tmp_path / "Patient_7")
    assert (found.name, set(found.frame["subject"])) == ("deepapl", {"Patient_7"})


def test_deepapl_says_what_it_leaves_out(tmp_path):
    plant(tmp_path, [*DEEPAPL, "elsewhere/1.jpg"])
    assert "Images in no folder Patient_N, left out: 1." in make_manifest(tmp_path).notes
    (tmp_path / "Data" / "master.csv").write_text(MASTER)
    assert "Images in no folder Patient_N, left out: 1." in make_manifest(tmp_path).notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"master\.csv cannot be read as a table"),
        ("Patient_ID,Diagnosis,Cohort\nPatient_00,APL,entdeckt ä\n".encode("latin1"), "cannot be read"),
        (
            MASTER.encode() + b"Patient_00,AML,Discovery,30,Male\n",
            r"master\.csv, row 3: Patient_00 stands there",
        ),
    ],
    ids=["empty", "latin1", "patient twice"],
)
def test_a_master_table_that_cannot_be_used_is_named(tmp_path, content, message):
    plant(tmp_path, DEEPAPL)
    (tmp_path / "Data" / "master.csv").write_bytes(content)
    with pytest.raises(ManifestError, match=message):
        make_manifest(tmp_path)


def test_an_unrelated_master_table_does_not_stop_recognition(tmp_path):
    plant(tmp_path, ["Patient_1/x/1.png", "Patient_2/y/1.png"])
    (tmp_path / "master.csv").write_bytes(b"")
    assert make_manifest(tmp_path).name == "folders"


def test_six_classes_under_their_names_and_splits(tmp_path):
    plant(tmp_path, [*SIX, "valid/ALL/9.png", "test/Healthy/10.png"])
    frame = make_manifest(tmp_path).frame
    assert set(frame["label"]) == {"ALL", "AML", "CLL", "CML", "MM", "Healthy"}
    assert frame["split"].value_counts().to_dict() == {"train": 12, "val": 1, "test": 1}


def test_a_table_of_ones_own(tmp_path):
    plant(tmp_path / "images", ["1.png", "2.png", "3.png"])
    table = tmp_path / "mine.csv"
    table.write_text(
        "filename,Class,Patient ID,set,note\n1.png,01,7,training,x\n2.png,02,8,test,\nno.png,02,8,test,\n"
    )
    found = make_manifest(table, root=tmp_path / "images")
    assert found.name == "table"
    assert found.card is None
    assert list(found.frame.columns) == ["path", "label", "subject", "split", "note"]
    assert found.frame["label"].tolist() == ["01", "02", "02"]
    assert found.frame["split"].tolist() == ["train", "test", "test"]
    assert (
        found.notes[0]
        == "Columns by other names: filename as path, Class as label, Patient ID as subject, set as split."
    )
    assert found.notes[1].startswith("Images that do not exist: 1 of 3")
    parquet = tmp_path / "mine.parquet"
    pd.read_csv(table, dtype=str).to_parquet(parquet)
    again = make_manifest(parquet, root=tmp_path / "images", columns={"label": "note"})
    assert again.frame["label"].iloc[0] == "x"


def own_table(tmp_path, text, name="t.csv", **options):
    plant(tmp_path, [f"{n}.png" for n in range(1, 5)])
    (tmp_path / name).write_text(text)
    return make_manifest(tmp_path / name, **options)


def test_words_for_nothing_are_nothing(tmp_path):
    """Fifteen patients called NA are not one patient."""
    found = own_table(tmp_path, "path,label,patient\n1.png,a,NA\n2.png,b,7\n3.png,null,NaN\n4.png,b,8\n")
    assert [None if pd.isna(name) else name for name in found.frame["subject"]] == [None, "7", None, "8"]
    assert pd.isna(found.frame["label"].iloc[2])
    assert found.notes[-2:] == (
        "Taken for empty in the column label: null (1 rows).",
        "Taken for empty in the column patient: NA, NaN (2 rows).",
    )
    parquet = tmp_path / "t.parquet"
    pd.DataFrame({"path": ["1.png", "2.png"], "label": ["a", "b"], "subject": ["NA", "7"]}).to_parquet(
        parquet
    )
    assert pd.isna(make_manifest(parquet).frame["subject"].iloc[0])


@pytest.mark.parametrize("column", ["split", "set"])
def test_parts_of_a_split_in_any_case(tmp_path, column):
    found = own_table(
        tmp_path, f"path,label,{column}\n1.png,a,Train\n2.png,b, Test\n3.png,a,VAL\n4.png,b,Validation\n"
    )
    assert found.frame["split"].tolist() == ["train", "test", "val", "val"]


def test_a_set_that_is_no_split_is_carried_along(tmp_path):
    text = "path,label,set\n1.png,a,Munich\n2.png,b,Pune\n"
    found = own_table(tmp_path, text)
    assert "split" not in found.frame
    assert found.frame["set"].tolist() == ["Munich", "Pune"]
    with pytest.raises(ManifestError, match="the split 'Munich' is unknown"):
        own_table(tmp_path, text, columns={"split": "set"})


@pytest.mark.parametrize(("name", "mark"), [("T.CSV", ","), ("t.tsv", "\t"), ("T.TSV", "\t")])
def test_tables_by_other_endings(tmp_path, name, mark):
    found = own_table(tmp_path, f"path{mark}label\n1.png{mark}a\n2.png{mark}b\n", name)
    assert found.frame["label"].tolist() == ["a", "b"]


def test_another_file_is_neither_folder_nor_table(tmp_path):
    with pytest.raises(ManifestError, match=r"t\.xlsx is neither a folder nor a table \(\.csv, \.tsv"):
        own_table(tmp_path, "x", "t.xlsx")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": "absent"}, "has no column 'absent'"),
        ({"colour": "a"}, "'colour' is no column of a manifest"),
        ({}, "not one image exists"),
        ({"path": "label"}, "has a column 'path' already"),
    ],
)
def test_a_table_that_does_not_fit(tmp_path, columns, message):
    table = tmp_path / "t.csv"
    table.write_text("path,label\na.png,x\n")
    with pytest.raises(ManifestError, match=message):
        make_manifest(table, columns=columns)


def test_a_table_without_paths(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(ManifestError, match=r"no column tells the path.*'a', 'b'"):
        make_manifest(table)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "name", "counts", "n_subjects"),
    [
        ("all_smears", "all-smears", {"Benign": 504, "Early": 985, "Pre": 963, "Pro": 804}, None),
        (
            "deepapl",
            "deepapl",
            {
                "lymphocyte": 1665,
                "blast": 1438,
                "neutrophil": 594,
                "monocyte": 420,
                "promyelocyte": 221,
                "erythroblast": 175,
            },
            82,
        ),
    ],
)
def test_real_folders(data_dir, folder, name, counts, n_subjects):
    if not (data_dir / folder).is_dir():
        pytest.skip(f"no {folder} in {data_dir}")
    found = make_manifest(data_dir / folder)
    assert found.name == name
    assert found.frame["label"].value_counts().to_dict() == counts
    if n_subjects:
        assert found.frame["subject"].nunique() == n_subjects
        own = make_manifest(data_dir / folder / "manifest.csv")
        assert own.frame["label"].value_counts().to_dict() == counts
        assert dict(zip(own.frame["path"], own.frame["label"], strict=True)) == dict(
            zip(found.frame["path"], found.frame["label"], strict=True)
        )
