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
    assert done.stdout == "manifest.csv: 24 images, sound.\n"
    described = leukfeat("data", "audit", "manifest.csv", *OPTIONS, "--json")
    assert described.code == 0
    assert described.json == {
        "manifest": "manifest.csv",
        "images": 24,
        "failed": [],
        "scene": "cell",
        "sound": True,
        "findings": [],
    }


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
        (["manifest.csv", "--scene", "smear"], "'scene' parameter"),
        (["manifest.csv", "--protocol", "honest"], "'protocol' parameter"),
    ],
    ids=["absent", "scene", "protocol"],
)
def test_wrong_calls(leukfeat, manifest, arguments, message) -> None:
    frame, write = manifest
    write(frame)
    done = leukfeat("data", "audit", *arguments, "--jobs", "1", "--json")
    assert done.code == 2
    assert message in done.json["error"]
