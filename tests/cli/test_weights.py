import hashlib

import pytest

from leukfeat.features import weights
from leukfeat.features.weights_table import WeightsFile

CONTENT = b"tiny weights"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder of weights, with the table of one file that is not there yet."""
    entry = WeightsFile(
        "tiny",
        "tiny.onnx",
        hashlib.sha256(CONTENT).hexdigest(),
        len(CONTENT),
        6,
        "http://127.0.0.1:9/tiny.onnx",
    )
    monkeypatch.setattr(weights, "WEIGHTS", (entry,))
    place = tmp_path / "weights"
    place.mkdir()
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(place))
    return place


def test_the_list_names_what_is_known_and_where_it_lies(leukfeat, folder):
    (folder / "mine.onnx").write_bytes(b"mine")
    done = leukfeat("weights", "list", "--json")
    assert done.code == 0
    (item,) = done.json["weights"]
    assert (item["name"], item["bytes"], item["width"], item["path"]) == ("tiny", 12, 6, None)
    assert done.json["others"] == [str(folder / "mine.onnx")]
    assert done.json["folders"][0] == str(folder)
    (folder / "tiny.onnx").write_bytes(CONTENT)
    assert leukfeat("weights", "list", "--json").json["weights"][0]["path"] == str(folder / "tiny.onnx")
    plain = leukfeat("weights", "list").stdout
    assert "tiny " in plain
    assert "mine" in plain


def test_a_second_copy_of_a_known_file_is_no_other(leukfeat, folder):
    for name in ("tiny.onnx", "twin.onnx"):
        (folder / name).write_bytes(CONTENT)
    listed = leukfeat("weights", "list", "--json").json
    assert listed["weights"][0]["path"] == str(folder / "tiny.onnx")
    assert listed["others"] == []
    assert "not in the table" not in leukfeat("weights", "list").stdout


def test_the_path_is_printed_or_the_ways_to_get_it(leukfeat, folder):
    absent = leukfeat("weights", "path", "tiny", "--json")
    assert absent.code == 2
    assert "leukfeat weights fetch tiny" in absent.json["error"]
    (folder / "tiny.onnx").write_bytes(CONTENT)
    assert leukfeat("weights", "path", "tiny").stdout.strip() == str(folder / "tiny.onnx")
    assert leukfeat("weights", "path", "tiny", "--json").json["name"] == "tiny"


def test_a_damaged_file_exits_with_1(leukfeat, folder):
    (folder / "tiny.onnx").write_bytes(CONTENT)
    good = leukfeat("weights", "verify", "--json")
    assert (good.code, good.json["files"][0]["state"]) == (0, "known")
    (folder / "tiny.onnx").write_bytes(b"damaged")
    bad = leukfeat("weights", "verify")
    assert bad.code == 1
    assert "damaged" in bad.stdout


def test_fetching_says_what_came_and_what_did_not(leukfeat, folder):
    failed = leukfeat("weights", "fetch", "tiny", "--json")
    assert failed.code == 1
    assert failed.json["fetched"] == []
    assert "there is no connection" in failed.json["failed"][0]["reason"]
    unknown = leukfeat("weights", "fetch", "tiny", "restnet", "--json")
    assert unknown.code == 2
    assert "Unknown weights 'restnet'" in unknown.json["error"]
    (folder / "tiny.onnx").write_bytes(CONTENT)
    done = leukfeat("weights", "fetch", "tiny")
    assert done.code == 0
    assert done.stdout.strip() == f"tiny: {folder / 'tiny.onnx'}"
