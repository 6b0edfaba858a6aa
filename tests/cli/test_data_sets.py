"""Data sets from the command line: manifest, verify, register, convert, fetch, explore."""

import os
import sys

import pandas as pd
import pytest

from leukfeat.datasets import read_manifest
from tests.standins import plant

SMEARS = [
    f"Original/{c}/WBC-{p}{c}-{n:03d}.jpg"
    for c, p in (("Benign", ""), ("Pro", "Malignant-"))
    for n in (1, 2, 3)
]


def test_manifest_says_what_it_found_and_what_is_wrong_with_it(leukfeat, tmp_path):
    plant(tmp_path / "smears", SMEARS)
    done = leukfeat("data", "manifest", "smears", "-o", "m.csv")
    assert done.code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Data set: all-smears (6 of 6 images are named WBC-Benign-N or WBC-Malignant-STAGE-N)."
    assert lines[1] == "m.csv: 6 images (Benign 3, Pro 3)."
    assert any("a split by patient is impossible" in line for line in lines)
    as_json = leukfeat("data", "manifest", "smears", "-o", "m.csv", "--binary", "--json").json
    assert as_json["classes"] == {"benign": 3, "malignant": 3}
    assert as_json["card"]["kaggle"] == "mehradaria/leukemia"


def test_manifest_of_folders_and_tables_with_a_split(leukfeat, tmp_path):
    plant(tmp_path / "own", [f"{c}/x{n}y.png" for c in "ab" for n in range(10)])
    done = leukfeat("data", "manifest", "own", "-o", "m.csv", "--split", "60/20/20", "--json")
    assert done.json["splits"] == {"test": 4, "train": 12, "val": 4}
    assert any("inflated" in note for note in done.json["notes"])
    (tmp_path / "t.csv").write_text(
        "\n".join(["im,dx,patient", *(f"own/a/x{n}y.png,d,p{n}" for n in range(6))])
    )
    done = leukfeat(
        "data", "manifest", "t.csv", "-o", "n.csv", "--columns", "path=im,label=dx", "--split", "50/0/50"
    )
    assert done.code == 0
    assert "im as path, dx as label, patient as subject" in done.stdout
    assert "whole subjects" in done.stdout
    assert set(read_manifest("n.csv")["split"]) == {"train", "test"}


def test_a_split_of_a_table_does_not_depend_on_the_place(leukfeat, tmp_path):
    splits = []
    for name in ("a", "b"):
        plant(tmp_path / name / "im", [f"{n}.png" for n in range(20)])
        rows = [f"im/{n}.png,{'xy'[n % 2]}" for n in range(20)]
        (tmp_path / name / "t.csv").write_text("\n".join(["path,label", *rows]))
        (tmp_path / f"{name}.csv").write_text("\n".join(["path,label", *(row[3:] for row in rows)]))
        for table, root in ((f"{name}/t.csv", ()), (f"{name}.csv", ("--root", f"{name}/im"))):
            done = leukfeat("data", "manifest", table, "-o", "m.csv", "--split", "60/20/20", *root)
            assert done.code == 0
            splits.append(read_manifest("m.csv")["split"].tolist())
    assert splits[0] == splits[2]
    assert splits[1] == splits[3]


def test_registered_twice_is_registered_alike(leukfeat, tmp_path):
    plant(tmp_path / "own", ["a/x.png"])
    for _ in range(2):
        assert leukfeat("data", "register", "own", "-o", "own/r.csv.xz", "--json").json["files"] == 1


def test_a_table_of_features_is_explored_as_the_manifest_in_it(leukfeat, synthetic_table, tmp_path):
    done = leukfeat("explore", synthetic_table, "-o", "look", "--size", "64", "--jobs", "1", "--json")
    assert done.code == 0
    assert done.json["images"] == 24


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["manifest", "own", "-o", "m.csv", "--dataset", "mnist"], "'dataset' parameter"),
        (["manifest", "own", "-o", "m.csv", "--dataset", "pbc"], "no class folder of PBC"),
        (["manifest", "own", "-o", "m.csv", "--split", "a/b"], "60/20/20"),
        (["manifest", "own", "-o", "m.csv", "--columns", "path"], "Pairs like"),
        (["manifest", "own", "-o", "m.csv", "--columns", "path=x"], "--columns and --root are for tables"),
        (["verify", "absent"], "is not a folder"),
        (["verify", "own", "--dataset", "absent"], "No registry 'absent'"),
        (["register", "own", "-o", "r.txt"], "A registry is a"),
        (["fetch", "mnist"], "'name' parameter"),
        (["fetch", "all-idb2"], "cannot be downloaded by a program"),
        (["convert", "absent.csv", "-o", "copy"], "absent.csv is not a file"),
    ],
)
def test_wrong_calls_end_with_2(leukfeat, tmp_path, arguments, message):
    plant(tmp_path / "own", ["a/x.png", "b/y.png"])
    done = leukfeat("data", *arguments, "--json")
    assert done.code == 2
    assert message in done.json["error"]


def test_register_then_verify(leukfeat, tmp_path):
    plant(tmp_path / "own", ["a/x.png", "b/y.png", "b/z.png"])
    made = leukfeat("data", "register", "own", "-o", "own.csv.xz", "--json")
    assert made.json == {"registry": "own.csv.xz", "files": 3, "bytes": 21}
    assert leukfeat("data", "verify", "own", "--dataset", "own.csv.xz").code == 0
    (tmp_path / "own/a/x.png").write_text("a/x.pnG")
    (tmp_path / "own/b/z.png").unlink()
    done = leukfeat("data", "verify", "own", "--dataset", "own.csv.xz", "--subset")
    assert done.code == 1
    assert "1 files that are not as they should be" in done.stdout
    assert "altered: " in done.stdout
    found = leukfeat("data", "verify", "own", "--dataset", "own.csv.xz", "--json")
    assert found.code == 1
    assert found.json["missing"] == ["b/z.png"]
    assert found.json["bad"][0]["registered"] == "a/x.png"


def test_convert_then_extract(leukfeat, synthetic_manifest):
    done = leukfeat(
        "data", "convert", synthetic_manifest, "-o", "copy", "--size", "64", "--jobs", "1", "--json"
    )
    assert done.code == 0
    assert done.json["images"] == 24
    again = leukfeat("data", "convert", synthetic_manifest, "-o", "copy", "--size", "64", "--jobs", "1")
    assert again.code == 2
    for name, source in (("a", synthetic_manifest), ("b", done.json["manifest"])):
        extracted = leukfeat(
            *(
                "extract",
                source,
                "-o",
                f"{name}.parquet",
                "--size",
                "64",
                "--families",
                "shape",
                "--jobs",
                "1",
            )
        )
        assert extracted.code == 0
    one, other = (pd.read_parquet(f"{name}.parquet").filter(like="shape_") for name in "ab")
    pd.testing.assert_frame_equal(one, other)


def test_explore_writes_a_page(leukfeat, synthetic_manifest, tmp_path):
    done = leukfeat("explore", synthetic_manifest, "-o", "look", "--size", "64", "--jobs", "1")
    assert done.code == 0
    assert "look/explore.html: 24 images (blast 12, lymphocyte 12), scene cell." in done.stdout
    assert (tmp_path / "look" / "background.png").is_file()


@pytest.fixture
def kaggle(monkeypatch, tmp_path):
    """Put a fake kaggle command on the path that unpacks what `files` lists."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "kaggle"

    def serve(files, code=0, says=""):
        script.write_text(
            f"#!{sys.executable}\nimport pathlib, sys\nfor name in {files!r}:\n"
            "    path = pathlib.Path(sys.argv[6], name)\n    path.parent.mkdir(parents=True, exist_ok=True)\n"
            f"    path.write_text(name)\nprint({says!r})\nsys.exit({code})\n"
        )
        script.chmod(0o755)

    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return serve


def test_fetch_verifies_by_the_published_counts(leukfeat, kaggle, tmp_path):
    kaggle(SMEARS)
    done = leukfeat("data", "fetch", "all-smears", "--with-cli")
    assert done.code == 1
    assert "Other numbers of images than published (Benign 504" in done.stdout
    assert len(read_manifest(tmp_path / "data/raw/all-smears/manifest.csv")) == 6
    whole = [
        f"Original/{c}/WBC-{p}{c}-{n:03d}.jpg"
        for c, p, m in (
            ("Benign", "", 504),
            ("Early", "Malignant-", 985),
            ("Pre", "Malignant-", 963),
            ("Pro", "Malignant-", 804),
        )
        for n in range(1, m + 1)
    ]
    kaggle(whole)
    done = leukfeat("data", "fetch", "all-smears", "--with-cli", "-o", "whole", "--json")
    assert done.code == 0
    assert done.json["images"] == 3256
    assert done.json["verified"]["good"]


def test_fetch_verifies_by_the_registry(leukfeat, kaggle, monkeypatch):
    from leukfeat.datasets import download

    monkeypatch.setattr(download, "_RESERVE", 0)
    kaggle(["C-NMC_Leukemia/training_data/fold_0/all/UID_1_10_1_all.bmp"])
    done = leukfeat("data", "fetch", "c-nmc", "--with-cli", "-o", "set", "--json")
    assert done.code == 1
    assert done.json["verified"]["bad"][0]["state"] == "altered"
    assert len(done.json["verified"]["missing"]) == 15_114


def test_fetch_without_credentials_is_one_sentence(leukfeat, kaggle):
    kaggle([], code=1, says="401 - Unauthorized")
    done = leukfeat("data", "fetch", "pbc", "--with-cli", "-o", "set")
    assert done.code == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert len(errors) == 1
    assert "kaggle auth login" in errors[0]
