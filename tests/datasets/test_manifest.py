"""The manifest: what is read, what is refused and with which words, and what comes back after writing."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.datasets import check_manifest, read_manifest, write_manifest
from leukfeat.errors import ConfigurationError, ManifestError


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a manifest from text, bytes or a frame, and gives its path."""

    def write(content, name="manifest.csv"):
        path = tmp_path / name
        if isinstance(content, pd.DataFrame):
            content.to_parquet(path) if path.suffix == ".parquet" else content.to_csv(path, index=False)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def absent(values) -> list[bool]:
    return list(pd.isna(pd.Series(values)))


def test_paths_start_from_the_folder_of_the_manifest(written, tmp_path):
    manifest = written("path,label\na.png,x\nsub/b.png,y\n../c.png,y\n/else/d.png,x\n")
    expected = [tmp_path / "a.png", tmp_path / "sub/b.png", tmp_path.parent / "c.png", "/else/d.png"]
    assert list(read_manifest(manifest)["path"]) == [str(path) for path in expected]


def test_root_replaces_that_folder_for_relative_paths(written, tmp_path, monkeypatch):
    manifest = written("path,label\na.png,x\n/else/d.png,y\n")
    assert list(read_manifest(manifest, root="/images")["path"]) == ["/images/a.png", "/else/d.png"]
    monkeypatch.chdir(tmp_path)
    assert list(read_manifest(manifest, root="sub")["path"]) == [str(tmp_path / "sub/a.png"), "/else/d.png"]
    assert list(read_manifest("manifest.csv")["path"]) == [str(tmp_path / "a.png"), "/else/d.png"]


def test_text_stays_text_in_csv(written):
    text = (
        "path,label,subject,fold,split\n"
        "NA,NA,001,1,train\n"
        "nan,None,1e3,02,val\n"
        "3.png,001,,,\n"
        "None,0,null,3.0,test\n"
    )
    frame = read_manifest(written(text))
    assert [Path(path).name for path in frame["path"]] == ["NA", "nan", "3.png", "None"]
    assert list(frame["label"]) == ["NA", "None", "001", "0"]
    assert list(frame["subject"][[0, 1, 3]]) == ["001", "1e3", "null"]
    assert list(frame["fold"][[0, 1, 3]]) == ["1", "02", "3.0"]
    assert (
        absent(frame["subject"])
        == absent(frame["fold"])
        == absent(frame["split"])
        == [False, False, True, False]
    )


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([0, 1, 0]), ["0", "1", "0"]),
        (np.array([0.0, 1.0, np.nan]), ["0", "1", None]),
        (np.array([0.5, 1.0, np.nan]), ["0.5", "1.0", None]),
        (np.array([1e300, 1.0, np.nan]), ["1e+300", "1.0", None]),
        (pd.array([7, None, 8], dtype="Int64"), ["7", None, "8"]),
        (pd.Categorical(["NA", None, "None"]), ["NA", None, "None"]),
        (["001", "", None], ["001", None, None]),
        ([True, False, True], ["True", "False", "True"]),
    ],
    ids=["ints", "whole floats", "floats", "huge floats", "nullable ints", "categories", "strings", "bools"],
)
def test_labels_become_text_in_parquet(written, labels, expected):
    manifest = written(pd.DataFrame({"path": ["a", "b", "c"], "label": labels}), "manifest.parquet")
    got = read_manifest(manifest)["label"]
    assert [None if pd.isna(label) else label for label in got] == expected
    assert {type(label) for label in got if not pd.isna(label)} == {str}


def test_zero_and_one_are_the_same_classes_from_csv_and_parquet(written):
    frame = pd.DataFrame({"path": ["a.png", "b.png"], "label": [0, 1]})
    from_csv, from_parquet = read_manifest(written(frame)), read_manifest(written(frame, "manifest.parquet"))
    assert list(from_csv["label"]) == list(from_parquet["label"]) == ["0", "1"]


def test_byte_order_mark_quotes_and_windows_line_ends_are_read(written, tmp_path):
    manifest = written(b'\xef\xbb\xbfpath,label\r\n"a, b.png",\xc3\xa4\r\n')
    frame = read_manifest(manifest)
    assert list(frame.columns) == ["path", "label"]
    assert list(frame.iloc[0]) == [str(tmp_path / "a, b.png"), "ä"]


def test_carried_columns_keep_their_types(written):
    frame = read_manifest(written("path,label,age,dose,site\na,x,40,0.5,NA\nb,y,41,NA,B\n"))
    assert frame["age"].dtype == np.int64
    assert frame["dose"].dtype == np.float64
    assert absent(frame["dose"]) == [False, True]
    assert absent(frame["site"]) == [True, False]
    carried = pd.DataFrame(
        {
            "path": ["a", "b"],
            "label": ["x", "y"],
            "when": pd.to_datetime(["2020-01-01", None]),
            "ok": [True, False],
            "grade": np.array([1, 2], dtype=np.int8),
        }
    )
    read = read_manifest(written(carried, "manifest.parquet"))
    assert list(read.dtypes[2:]) == list(carried.dtypes[2:])
    pd.testing.assert_frame_equal(read[["when", "ok", "grade"]], carried[["when", "ok", "grade"]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\na.png,x\n,y\n", "row 2: the path is empty"),
        ("path,label\na.png,x\nb.png,y\na.png,y\n", "row 3: .*a.png stands in row 1 already"),
        ("path,label\nb.png,x\na/../b.png,y\n", "row 2: .*b.png stands in row 1 already"),
        ("path,label\nb.png,x\n./b.png,y\n", "row 2: .*b.png stands in row 1 already"),
        ("path,label,split\na.png,x,train\nb.png,y,Train\n", "row 2: the split 'Train' is unknown.*'val'"),
        ("path,label,sequence\na.png,x,1\nb.png,y,2nd\n", "row 2: the sequence '2nd' is no number"),
        ("path,label,sequence\na.png,x,1\nb.png,y,inf\n", "row 2: the sequence 'inf' is no number"),
        ("path,label\na,b.png,x\nc,d.png,y\n", "row 1: more fields than columns.*quotation marks"),
        ("path,label\na.png,x\nb,c.png,y\n", "Expected 2 fields in line 3"),
        ("name,label\na.png,x\n", "needs a column 'path'. Got the columns 'name', 'label'"),
        ("path;label\na.png;x\n", "needs a column 'path'. Got the columns 'path;label'"),
        ("path,Label\na.png,x\n", "needs a column 'label'. Got 'path', 'Label'"),
        ("path,label\na.png,\nb.png,\n", "no row has a label"),
        ("path,label\n", "has no rows"),
        ("", "cannot be read as a manifest"),
        ('path,label\n"a.png,x\n', "cannot be read as a manifest"),
        ("path,label\na.png,ä\n".encode("latin1"), "UTF-8.*can't decode"),
        ("path,label\na.png,x\n".encode("utf-16"), "UTF-8.*can't decode"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(written, text, message):
    manifest = written(text)
    with pytest.raises(ManifestError, match=f"(?s){re.escape(str(manifest))}.*{message}"):
        read_manifest(manifest)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"path": ["a", ""], "label": ["x", "y"]}, "row 2: the path is empty"),
        ({"path": ["a", None], "label": ["x", "y"]}, "row 2: the path is empty"),
        ({"path": ["b", "a/../b"], "label": ["x", "y"]}, "row 2: .*stands in row 1"),
        (
            {"path": ["a", "b"], "label": ["x", "y"], "split": ["test", "holdout"]},
            "row 2: the split 'holdout'",
        ),
        ({"path": ["a", "b"], "label": ["x", "y"], "sequence": [0.5, np.inf]}, "row 2: the sequence .*inf"),
        ({"path": ["a", "b"], "label": [None, None]}, "no row has a label"),
    ],
)
def test_parquet_is_checked_likewise(written, frame, message):
    manifest = written(pd.DataFrame(frame), "manifest.parquet")
    with pytest.raises(ManifestError, match=f"{re.escape(str(manifest))}.*{message}"):
        read_manifest(manifest)


def test_parquet_that_is_none_is_refused(written, tmp_path):
    for content in (b"", b"PAR1 and then nothing", b"path,label\na,x\n"):
        with pytest.raises(ManifestError, match="cannot be read as a manifest"):
            read_manifest(written(content, "manifest.parquet"))
    for missing in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(ManifestError, match=f"{re.escape(str(missing))} is not a file"):
            read_manifest(missing)


def test_a_manifest_error_is_a_configuration_error_and_a_value_error():
    assert issubclass(ManifestError, ConfigurationError)
    assert issubclass(ManifestError, ValueError)


def test_labels_may_be_absent_where_nothing_is_fitted(written):
    assert list(read_manifest(written("path\na\n"), require_labels=False).columns) == ["path"]
    assert absent(read_manifest(written("path,label\na,\n"), require_labels=False)["label"]) == [True]
    assert absent(read_manifest(written("path,label\na,\nb,x\n"))["label"]) == [True, False]


@pytest.mark.parametrize(
    ("numbers", "expected", "dtype"),
    [
        (["3", "1", ""], [3, 1, None], "Int64"),
        (["3.0", "1", "NA"], [3, 1, None], "Int64"),
        (["", "", "NA"], [None, None, None], "Int64"),
        (["0.5", "1", ""], [0.5, 1.0, None], "float64"),
        (
            ["20231124093015123", "20231124093015124", ""],
            [20231124093015123, 20231124093015124, None],
            "Int64",
        ),
    ],
    ids=["ints", "whole floats", "none known", "floats", "beyond 2 ** 53"],
)
def test_sequence_is_numeric_and_exact(written, numbers, expected, dtype):
    lines = "".join(f"{index}.png,x,{number}\n" for index, number in enumerate(numbers))
    sequence = read_manifest(written(f"path,label,sequence\n{lines}"))["sequence"]
    assert sequence.dtype == dtype
    assert [None if pd.isna(number) else number for number in sequence] == expected


@pytest.mark.parametrize(
    ("given", "expected", "dtype"),
    [
        ([None, None], [None, None], "Int64"),
        ([np.nan, 2.0], [None, 2], "Int64"),
        ([True, False], [1, 0], "Int64"),
        (["7", 3], [7, 3], "Int64"),
        ([2**63, 1], [2.0**63, 1.0], "float64"),
        (np.array(["1970-01-02", "NaT"], "datetime64[us]"), [86400 * 10**6, None], "Int64"),
    ],
)
def test_sequence_of_a_frame_is_brought_to_numbers(given, expected, dtype):
    frame = pd.DataFrame({"path": ["a", "b"], "label": ["x", "y"], "sequence": given}, index=[5, 5])
    sequence = check_manifest(frame)["sequence"]
    assert sequence.dtype == dtype
    assert [None if pd.isna(number) else number for number in sequence] == expected


def test_check_manifest_leaves_its_argument_alone():
    frame = pd.DataFrame({"path": ["b", "a"], "label": [1, 0], "sequence": ["2", "1"]}, index=[9, 4])
    before = frame.copy()
    checked = check_manifest(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert list(checked.index) == [0, 1]
    assert list(checked["label"]) == ["1", "0"]
    with pytest.raises(ManifestError, match=r"^The manifest, row 2: .* stands in row 1"):
        check_manifest(pd.DataFrame({"path": ["a", "a"], "label": ["x", "y"]}))
    with pytest.raises(ManifestError, match=r"^The manifest, row 2: a/\.\./b stands in row 1"):
        check_manifest(pd.DataFrame({"path": ["b", "a/../b"], "label": ["x", "y"]}))


@pytest.mark.parametrize("name", ["manifest.csv", "manifest.parquet"])
def test_written_paths_are_relative_when_all_images_lie_below(tmp_path, name):
    stored = pd.read_csv if name.endswith("csv") else pd.read_parquet
    below = pd.DataFrame(
        {"path": [str(tmp_path / "a.png"), str(tmp_path / "s" / "b.png")], "label": ["x", "y"]}
    )
    assert write_manifest(below, tmp_path / name) == tmp_path / name
    assert list(stored(tmp_path / name)["path"]) == ["a.png", "s/b.png"]
    write_manifest(below, tmp_path / "s" / name)
    assert list(stored(tmp_path / "s" / name)["path"]) == list(below["path"])
    for folder in (tmp_path, tmp_path / "s"):
        assert list(read_manifest(folder / name)["path"]) == list(below["path"])


def test_a_manifest_moves_with_its_folder(tmp_path):
    frame = pd.DataFrame({"path": [str(tmp_path / "old" / "a.png")], "label": ["x"]})
    write_manifest(frame, tmp_path / "old" / "manifest.csv")
    (tmp_path / "old").rename(tmp_path / "new")
    assert list(read_manifest(tmp_path / "new" / "manifest.csv")["path"]) == [str(tmp_path / "new" / "a.png")]


def test_a_target_spelled_with_dots_is_the_same_folder(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    write_manifest(pd.DataFrame({"path": [str(tmp_path / "a.png")], "label": ["x"]}), "../manifest.csv")
    assert (tmp_path / "manifest.csv").read_text() == "path,label\na.png,x\n"


def test_a_wrong_manifest_is_not_written(tmp_path):
    frame = pd.DataFrame({"path": ["/a.png", "/a.png"], "label": ["x", "y"]})
    with pytest.raises(ManifestError, match="row 2"):
        write_manifest(frame, tmp_path / "manifest.csv")
    assert list(tmp_path.iterdir()) == []


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1, max_size=8)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            _TEXT,
            st.none() | _TEXT,
            st.none() | st.integers(0, 2**62),
            st.sampled_from(["train", "test", None]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_round_trip_keeps_every_value(tmp_path_factory, suffix, rows):
    folder = tmp_path_factory.getbasetemp() / "round_trip"
    labels, subjects, sequence, splits = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "path": [str(folder / f"{index}.png") for index in range(len(rows))],
            "label": labels,
            "subject": subjects,
            "split": splits,
            "sequence": pd.array(sequence, dtype="Int64"),
        }
    )
    read = read_manifest(write_manifest(frame, folder / f"manifest{suffix}"))
    assert list(read.columns) == list(frame.columns)
    assert read["sequence"].dtype == "Int64"
    for column in frame:
        got = [None if pd.isna(value) else value for value in read[column]]
        assert got == [None if pd.isna(value) else value for value in frame[column]]


@pytest.mark.realdata
def test_the_manifest_of_deepapl_is_read(data_dir):
    frame = read_manifest(data_dir / "deepapl" / "manifest.csv")
    assert set(frame["label"]) >= {"blast", "lymphocyte"}
    assert all(Path(path).is_file() for path in frame["path"][::100])
    assert frame["subject"].notna().all()
