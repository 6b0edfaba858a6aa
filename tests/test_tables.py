"""Files are written whole or not at all, and paths survive a move of their folder."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from leukfeat._tables import (
    normal_path,
    paths_relative_to,
    read_metadata,
    replacing,
    write_csv,
    write_json,
    write_parquet,
    write_text,
)
from leukfeat.errors import ConfigurationError


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_the_block_ends(tmp_path):
    target = tmp_path / "new" / "deep" / "table.txt"
    with replacing(target) as temporary:
        assert temporary.parent == target.parent
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert names_in(target.parent) == ["table.txt"]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path):
    target = tmp_path / "table.txt"
    target.write_text("old")

    def write_half():
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_half()
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["table.txt"]


def test_a_failure_before_anything_is_written_is_not_masked(tmp_path):
    def fail():
        with replacing(tmp_path / "table.txt"):
            raise RuntimeError("at once")

    with pytest.raises(RuntimeError, match="at once"):
        fail()
    assert names_in(tmp_path) == []


def test_a_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(ConfigurationError, match=r"is a folder. Name a file"):
        write_text("x", tmp_path)


def test_json_keeps_its_values_and_refuses_what_json_has_not(tmp_path):
    value = {"name": "Zelle ä", "values": [1, 2.5, None, True]}
    write_json(value, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_bytes().decode("utf-8")) == value
    for number in (math.nan, math.inf):
        with pytest.raises(ValueError, match="JSON"):
            write_json({"x": number}, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == value


def test_csv_has_no_index(tmp_path):
    write_csv(pd.DataFrame({"a": [1, 2], "b": ["x", "ü"]}, index=[7, 9]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == "a,b\n1,x\n2,ü\n".encode()


def test_parquet_keeps_values_types_and_metadata(tmp_path):
    frame = pd.DataFrame(
        {
            "text": ["x", None],
            "number": np.array([0.1, np.nan], dtype=np.float32),
            "count": pd.array([1, None], dtype="Int64"),
            "when": pd.to_datetime(["2020-01-01", "2021-02-03"]),
        },
        index=[5, 3],
    )
    metadata = {"scene": "cell", "nested": {"a": [1, 2]}}
    write_parquet(frame, tmp_path / "a.parquet", metadata)
    read = pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read, frame.reset_index(drop=True), check_dtype=False)
    assert list(read.dtypes[1:].astype(str)) == list(frame.dtypes[1:].astype(str))
    assert read_metadata(tmp_path / "a.parquet") == metadata
    assert pq.read_table(tmp_path / "a.parquet").column_names == list(frame.columns)


def test_metadata_is_empty_for_other_parquet_files(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    assert read_metadata(tmp_path / "a.parquet") == {}
    write_parquet(pd.DataFrame({"a": [1]}), tmp_path / "b.parquet")
    assert read_metadata(tmp_path / "b.parquet") == {}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/a/b/1.png", "/a/b/c/2.png"], ["1.png", "c/2.png"]),
        (["/a/b/1.png", "/a/2.png"], ["/a/b/1.png", "/a/2.png"]),
        (["/a/bb/1.png"], ["/a/bb/1.png"]),
        (["/a/b/../2.png"], ["/a/2.png"]),
        (["/a/x/../b/1.png"], ["1.png"]),
        ([], []),
    ],
    ids=["all below", "one above", "same beginning", "above by dots", "below by dots", "none"],
)
@pytest.mark.parametrize("folder", ["/a/b", "/a/b/", "/a/c/../b"])
def test_paths_are_relative_when_all_lie_in_the_folder_or_below(folder, paths, expected):
    assert paths_relative_to(folder, paths) == expected


def test_relative_paths_start_from_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert paths_relative_to(tmp_path, ["1.png", "../2.png"]) == ["here/1.png", "2.png"]
    assert paths_relative_to(".", ["1.png"]) == ["1.png"]
    assert paths_relative_to("out", ["1.png"]) == [str(tmp_path / "here" / "1.png")]
    assert paths_relative_to("../here", ["1.png"]) == ["1.png"]


def test_normal_path_does_not_follow_links(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert normal_path(tmp_path / "link" / "x" / ".." / "1.png") == tmp_path / "link" / "1.png"
