import shutil

import numpy as np
import pandas as pd
import pytest

from leukfeat.datasets import read_manifest

DRAW = ("data", "synthesize", "cells", "--n", "8", "--subjects", "4", "--scene", "masked")


def test_synthesize_then_manifest(leukfeat, tmp_path):
    drawn = leukfeat(*DRAW, "--subject-classes", "one", "--seed", "3", "--json")
    assert drawn.code == 0
    assert drawn.json["images"] == 8
    assert drawn.json["classes"] == {"blast": 4, "lymphocyte": 4}
    assert drawn.json["subjects"] == 4
    manifest = read_manifest(drawn.json["manifest"])
    assert manifest.groupby("subject")["label"].nunique().max() == 1

    made = leukfeat("data", "manifest", "cells/images", "-o", "cells/images/own.csv", "--json")
    assert made.code == 0
    assert made.json["classes"] == drawn.json["classes"]
    again = read_manifest("cells/images/own.csv")
    assert set(again["path"]) == set(manifest["path"])
    assert pd.read_csv("cells/images/own.csv")["path"].iloc[0].startswith("blast/")
    assert again["sequence"].notna().all()


def test_same_seed_same_files_and_overwrite(leukfeat, tmp_path):
    assert leukfeat(*DRAW).code == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "cells").rglob("*.png")}
    refused = leukfeat(*DRAW, "--json")
    assert refused.code == 2
    assert refused.json["error"].startswith("data synthesize expects a folder without a set.")
    assert "pass --overwrite to replace" in refused.json["error"]
    assert leukfeat(*DRAW, "--overwrite").code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "cells").rglob("*.png")} == first


def test_people_read_a_sentence(leukfeat):
    done = leukfeat(*DRAW)
    assert done.stdout == "cells/manifest.csv: 8 images, 4 subjects (blast 4, lymphocyte 4).\n"


def test_manifest_without_numbers_says_so(leukfeat, synthetic_paths, tmp_path):
    for label in ("a", "b"):
        (tmp_path / "tree" / label).mkdir(parents=True)
        shutil.copy(synthetic_paths[0], tmp_path / "tree" / label / "cell.png")
    done = leukfeat("data", "manifest", "tree", "-o", "manifest.csv")
    assert done.code == 0
    assert "No sequence" in done.stdout
    assert "sequence" not in read_manifest("manifest.csv")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["manifest", "absent", "-o", "m.csv"], "absent is not a folder"),
        (["manifest", ".", "-o", "m.csv"], "no image"),
        (["synthesize", "d", "--n", "0"], "--n must be"),
        (["synthesize", "d", "--scene", "smear"], "--scene must be"),
        (["synthesize", "d", "--subject-classes", "three"], "--subject-classes must be"),
        (["synthesize", "d", "--class-effect", "nan"], "--class-effect must be"),
    ],
    ids=["absent", "empty", "n", "scene", "classes", "effect"],
)
def test_bad_input(leukfeat, tmp_path, arguments, message):
    done = leukfeat("data", *arguments, "--json")
    assert done.code == 2
    assert message in done.json["error"]
    assert np.size([*tmp_path.rglob("*.csv")]) == 0
