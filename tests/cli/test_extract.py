import shutil

import pandas as pd
import pytest

from leukfeat.features import FeatureTable
from leukfeat.imaging.compact import encode_compact
from leukfeat.testing import example_cells
from tests.networks import write_network

OPTIONS = ("--jobs", "1", "--families", "color", "--size", "64", "--scene", "cell", "--no-cache")


def test_table_of_a_manifest(leukfeat, synthetic_manifest):
    done = leukfeat("extract", synthetic_manifest, "-o", "out/table.parquet", *OPTIONS, "--json")
    assert done.code == 0
    assert done.json["images"] == 24
    assert done.json["failed"] == []
    assert done.json["scene"] == "cell"
    table = FeatureTable.read("out/table.parquet")
    assert done.json["features"] == len(table.feature_names) == table.values.shape[1]
    assert pd.read_parquet("out/errors.parquet").empty
    assert "Images: 24 of 24" in done.stderr


def test_copies_that_are_enlarged_are_told(leukfeat, tmp_path):
    for place, cell in enumerate(example_cells(2, 48)):
        (tmp_path / f"{place}.png").write_bytes(encode_compact(cell, 2.0, "cell"))
    pd.DataFrame({"path": ["0.png", "1.png"]}).to_csv("m.csv", index=False)
    (note,) = leukfeat("extract", "m.csv", "-o", "table.parquet", *OPTIONS, "--json").json["notes"]
    assert "48 pixels a side were enlarged to 64 (handcrafted features)" in note
    assert note in leukfeat("extract", "m.csv", "-o", "table.parquet", *OPTIONS).stdout


def test_failed_images_are_listed_and_exit_with_1(leukfeat, synthetic_paths, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    pd.DataFrame({"path": ["broken.png", "absent.png", *synthetic_paths[:3]]}).to_csv("m.csv", index=False)
    done = leukfeat("extract", "m.csv", "-o", "table.parquet", *OPTIONS, "--json")
    assert done.code == 1
    assert [item["path"] for item in done.json["failed"]] == [
        str(tmp_path / "broken.png"),
        str(tmp_path / "absent.png"),
    ]
    assert all(item["reason"] for item in done.json["failed"])
    assert len(FeatureTable.read("table.parquet").frame) == 3
    assert list(pd.read_parquet("errors.parquet")["path"]) == ["broken.png", "absent.png"]  # below its folder

    plain = leukfeat("extract", "m.csv", "-o", "table.parquet", *OPTIONS)
    assert plain.code == 1
    assert "Images that could not be used: 2 (errors.parquet)." in plain.stdout
    assert f"  {tmp_path / 'broken.png'}: " in plain.stdout


def test_paths_are_relative_where_the_images_lie_below_the_table(leukfeat, synthetic_manifest, tmp_path):
    manifest = shutil.copytree(synthetic_manifest.parent, tmp_path / "cells") / "manifest.csv"
    beside, elsewhere = tmp_path / "cells" / "table.parquet", tmp_path / "elsewhere" / "table.parquet"
    for target in (beside, elsewhere):
        assert leukfeat("extract", manifest, "-o", target, *OPTIONS).code == 0
    near, far = (pd.read_parquet(path)["path"] for path in (beside, elsewhere))
    assert near.str.startswith("images/").all()
    assert far.str.startswith("/").all()
    both = [FeatureTable.read(path).frame["path"] for path in (beside, elsewhere)]
    pd.testing.assert_series_equal(*both)


def test_root_says_where_relative_paths_start(leukfeat, synthetic_manifest, tmp_path):
    (tmp_path / "m.csv").write_bytes(synthetic_manifest.read_bytes())
    lost = leukfeat("extract", "m.csv", "-o", "t.parquet", *OPTIONS, "--json")
    assert lost.code == 2
    assert "Not one of 24 images could be used" in lost.json["error"]
    found = leukfeat("extract", "m.csv", "-o", "t.parquet", "--root", synthetic_manifest.parent, *OPTIONS)
    assert found.code == 0


def test_embeddings_are_features_too(leukfeat, synthetic_manifest, tmp_path):
    net = write_network(tmp_path / "net.onnx", size=64)
    both = leukfeat("extract", synthetic_manifest, "-o", "t.parquet", *OPTIONS, "--embedding", net, "--json")
    assert both.code == 0
    names = FeatureTable.read("t.parquet").feature_names
    assert names[-1] == "emb_net_0005"
    alone = ("--families", "none", "--embedding", net)
    assert leukfeat("extract", synthetic_manifest, "-o", "a.parquet", *OPTIONS, *alone).code == 0
    table = FeatureTable.read("a.parquet")
    assert table.feature_names == names[-6:]
    assert table.metadata["families"][0]["parameters"]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "t.parquet", "--embedding", "vgg16"], "leukfeat weights fetch vgg16"),
        (["-o", "t.parquet", "--embedding", "vgg61"], "Unknown backbone 'vgg61'"),
        (["-o", "t.parquet", "--families", "none"], "Without families there must be an embedding"),
        (["-o", "table.csv"], "A feature table is a .parquet file"),
        (["-o", "errors.parquet"], "where failed images are listed"),
        (["-o", "t.parquet", "--families", "glmc"], "Unknown family 'glmc' in --families."),
        (["-o", "t.parquet", "--families", ","], "--families expects names separated by commas"),
        (["-o", "t.parquet", "--scene", "smear"], "--scene must be one of"),
        (["-o", "t.parquet", "--size", "-1"], "--size must be an int"),
    ],
    ids=["absent", "unknown", "nothing", "csv", "errors", "family", "families", "scene", "size"],
)
def test_bad_options(leukfeat, synthetic_manifest, tmp_path, arguments, message):
    done = leukfeat("extract", synthetic_manifest, *arguments, "--jobs", "1", "--json")
    assert done.code == 2
    assert message in done.json["error"]
    assert message in " ".join(done.stderr.split())
    assert list(tmp_path.glob("*.parquet")) == []


@pytest.mark.parametrize("content", [None, b"", b"a,b\n1,2\n", b"\x89PNG\x00\xff", b"path\n"])
def test_bad_manifests(leukfeat, tmp_path, content):
    if content is not None:
        (tmp_path / "m.csv").write_bytes(content)
    done = leukfeat("extract", "m.csv", "-o", "t.parquet", "--json")
    assert done.code == 2
    assert "m.csv" in done.json["error"]
