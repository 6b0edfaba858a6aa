import shutil

import pandas as pd
import pytest
from PIL import Image

from leukfeat.datasets import read_manifest

OPTIONS = ("--size", "96", "--scene", "cell", "--jobs", "1")


@pytest.fixture
def manifest(synthetic_manifest, tmp_path):
    """Return a copy of the synthetic set's manifest, and a way to write it."""
    frame = read_manifest(synthetic_manifest)

    def write(rows: pd.DataFrame) -> str:
        rows.to_csv(tmp_path / "manifest.csv", index=False)
        return "manifest.csv"

    return frame, write


def added(frame: pd.DataFrame, **row) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[:1].assign(**row)], ignore_index=True)


def test_a_sound_manifest(leukfeat, manifest) -> None:
    frame, write = manifest
    done = leukfeat("data", "audit", write(frame), *OPTIONS)
    assert done.code == 0
    assert done.stdout.splitlines() == [
        "manifest.csv: 24 images, sound.",
        "compare would split by 'grouped': Whole subjects are kept apart: 6 subjects in 5 folds.",
    ]
    described = leukfeat("data", "audit", "manifest.csv", *OPTIONS, "--json")
    assert described.code == 0
    assert described.json == {
        "manifest": "manifest.csv",
        "images": 24,
        "failed": [],
        "scene": "cell",
        "sound": True,
        "findings": [],
        "protocol": "grouped",
        "split": "Whole subjects are kept apart: 6 subjects in 5 folds.",
    }


def test_what_compare_would_refuse_is_said_though_nothing_leaks(leukfeat, manifest) -> None:
    frame, write = manifest
    source = write(frame.drop(columns=["subject", "sequence"]))
    done = leukfeat("data", "audit", source, *OPTIONS)
    assert done.code == 0  # 2 is for leaks alone
    first, last = done.stdout.splitlines()
    assert first == "manifest.csv: 24 images, no leak, but compare would stop."
    assert last.startswith(
        "compare cannot split these images: The protocol 'auto' needs the column 'subject'"
    )
    assert "--protocol random" in last
    assert "protocol='random'" not in last
    described = leukfeat("data", "audit", source, *OPTIONS, "--json")
    assert described.json["sound"] is True
    assert described.json["protocol"] is None
    compared = leukfeat("compare", source, "-o", "run", "--jobs", "1", "--json")
    assert compared.code == 2
    assert described.json["split"] in compared.json["error"]
    chosen = leukfeat("data", "audit", source, *OPTIONS, "--protocol", "random", "--json")
    assert chosen.json["protocol"] == "random"


def test_a_leak_and_a_refusal_are_both_said(leukfeat, manifest, tmp_path) -> None:
    frame, write = manifest
    shutil.copy(frame["path"][0], tmp_path / "copy.png")
    source = write(added(frame, path="copy.png", subject="somebody else"))
    done = leukfeat("data", "audit", source, *OPTIONS, "--folds", "9")
    assert done.code == 2
    assert "not sound" in done.stdout.splitlines()[0]
    assert "compare cannot split these images: 9 folds" in done.stdout.splitlines()[-1]


def test_what_would_stop_a_comparison_ends_with_two(leukfeat, manifest, tmp_path) -> None:
    frame, write = manifest
    shutil.copy(frame["path"][0], tmp_path / "copy.png")
    source = write(added(frame, path="copy.png", subject="somebody else"))
    done = leukfeat("data", "audit", source, *OPTIONS)
    assert done.code == 2
    assert done.stdout.startswith("manifest.csv: 25 images, not sound: compare would stop.\nIdentical files")
    assert "copy.png" in done.stdout
    described = leukfeat("data", "audit", source, *OPTIONS, "--json")
    assert described.code == 2
    assert described.json["sound"] is False
    assert described.json["findings"][0]["kind"] == "identical_files_across_subjects"
    assert leukfeat("data", "audit", source, *OPTIONS, "--protocol", "random").code == 0


def test_near_duplicates_warn(leukfeat, manifest, tmp_path) -> None:
    frame, write = manifest
    Image.open(frame["path"][0]).convert("RGB").save(tmp_path / "copy.jpg", quality=90)
    done = leukfeat("data", "audit", write(added(frame, path="copy.jpg", subject="x")), *OPTIONS, "--json")
    assert done.code == 0
    (finding,) = done.json["findings"]
    assert (finding["kind"], finding["severity"]) == ("near_duplicates_across_subjects", "warn")


def test_files_that_cannot_be_read_end_with_one(leukfeat, manifest, tmp_path) -> None:
    frame, write = manifest
    (tmp_path / "bad.png").write_bytes(b"no image")
    source = write(added(frame, path="bad.png"))
    done = leukfeat("data", "audit", source, *OPTIONS)
    assert done.code == 1
    assert "Images that cannot be read, and are left out: 1." in done.stdout
    assert f"{tmp_path / 'bad.png'}: " in done.stdout
    described = leukfeat("data", "audit", source, *OPTIONS, "--json")
    assert [item["path"] for item in described.json["failed"]] == [str(tmp_path / "bad.png")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.csv"], "absent.csv"),
        (["manifest.csv", "--scene", "smear"], "--scene must be one of"),
        (["manifest.csv", "--protocol", "honest"], "--protocol must be one of"),
        (["manifest.csv", "--folds", "1"], "--folds must be an int of at least 2. Got 1."),
    ],
    ids=["absent", "scene", "protocol", "folds"],
)
def test_wrong_calls(leukfeat, manifest, arguments, message) -> None:
    frame, write = manifest
    write(frame)
    done = leukfeat("data", "audit", *arguments, "--jobs", "1", "--json")
    assert done.code == 2
    assert message in done.json["error"]
