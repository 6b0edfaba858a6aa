"""The feature table: what it holds, how it is written, and what is refused on reading."""

import hashlib
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from leukfeat._tables import write_parquet
from leukfeat.errors import ManifestError
from leukfeat.features import FeatureTable
from leukfeat.features.table import assemble, configuration_hash, is_feature_table

NAMES = ("shape_area_px", "nc_ratio")
VALUES = np.array([[1.5, np.nan], [0.1, 2.0], [-0.0, 1e-42]], dtype=np.float32)
METADATA = {"version": "1.2", "scene": "cell", "size": 200, "families": [{"name": "shape", "parameters": {}}]}
DIGESTS = [hashlib.sha256(name).hexdigest() for name in (b"a", b"b", b"c")]


@pytest.fixture
def table(tmp_path):
    manifest = pd.DataFrame(
        {
            "path": [str(tmp_path / "images" / f"{name}.png") for name in "abc"],
            "label": ["x", "NA", None],
            "subject": ["001", "2", "2"],
            "sequence": pd.array([3, None, 1], dtype="Int64"),
            "age": [40.0, 41.0, np.nan],
        },
        index=[4, 2, 9],
    )
    return assemble(manifest, DIGESTS, VALUES, NAMES, METADATA)


def with_footer(table: FeatureTable, path, **changes):
    """Write a table with other metadata."""
    metadata = {**table.metadata, "format": 1, "features": list(table.feature_names), **changes}
    write_parquet(table.frame, path, metadata)
    return path


def test_it_holds_manifest_digests_and_features_in_this_order(table):
    assert list(table.frame.columns) == ["path", "label", "subject", "sequence", "age", "sha256", *NAMES]
    assert list(table.frame.index) == [0, 1, 2]
    assert list(table.frame["sha256"]) == DIGESTS
    assert table.values.dtype == np.float32
    assert table.values.tobytes() == VALUES.tobytes()
    assert list(table.manifest.columns) == ["path", "label", "subject", "sequence", "age", "sha256"]


def test_a_feature_may_not_have_the_name_of_a_column(table):
    manifest = table.manifest.assign(nc_ratio=1.0)
    with pytest.raises(ManifestError, match=r"column 'nc_ratio' has the name of a feature. Rename it"):
        assemble(manifest, DIGESTS, VALUES, NAMES, METADATA)


def test_digests_of_an_earlier_table_are_replaced(table):
    again = assemble(table.manifest.assign(sha256="old"), DIGESTS, VALUES, NAMES, METADATA)
    assert list(again.frame["sha256"]) == DIGESTS


def test_reading_gives_what_was_written(table, tmp_path):
    path = table.write(tmp_path / "out" / "features.parquet")
    read = FeatureTable.read(path)
    assert read.feature_names == NAMES
    assert read.metadata == METADATA
    assert read.values.tobytes() == VALUES.tobytes()
    assert list(read.frame.columns) == list(table.frame.columns)
    assert read.frame["sequence"].dtype == "Int64"
    for column in table.frame:
        expected = [None if pd.isna(value) else value for value in table.frame[column]]
        assert [None if pd.isna(value) else value for value in read.frame[column]] == expected
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["features.parquet"]


def test_anybody_can_read_columns_and_metadata(table, tmp_path):
    schema = pq.read_schema(table.write(tmp_path / "features.parquet"))
    stored = json.loads(schema.metadata[b"leukfeat"])
    assert stored["features"] == list(NAMES)
    assert stored["scene"] == "cell"
    assert {str(schema.field(name).type) for name in NAMES} == {"float"}


def test_paths_are_relative_where_the_images_lie_below(table, tmp_path):
    below, beside = table.write(tmp_path / "t.parquet"), table.write(tmp_path / "out" / "t.parquet")
    assert list(pd.read_parquet(below)["path"]) == ["images/a.png", "images/b.png", "images/c.png"]
    assert list(pd.read_parquet(beside)["path"]) == list(table.frame["path"])
    for path in (below, beside):
        assert list(FeatureTable.read(path).frame["path"]) == list(table.frame["path"])
    moved = FeatureTable.read(below, root="/else").frame["path"]
    assert list(moved) == ["/else/images/a.png", "/else/images/b.png", "/else/images/c.png"]


def test_take_keeps_rows_by_mask_and_by_number(table):
    for rows in (np.array([True, False, True]), np.array([0, 2])):
        taken = table.take(rows)
        assert taken.values.tobytes() == VALUES[[0, 2]].tobytes()
        assert list(taken.frame["sha256"]) == [DIGESTS[0], DIGESTS[2]]
        assert list(taken.frame.index) == [0, 1]
        assert (taken.feature_names, taken.metadata) == (NAMES, METADATA)
    assert list(table.take(np.array([2, 0])).frame["sha256"]) == [DIGESTS[2], DIGESTS[0]]


@pytest.fixture
def wide_table(table):
    values = np.arange(3 * 2001, dtype=np.float32).reshape(3, 2001) % 251
    return assemble(table.manifest, DIGESTS, values, [f"pixels_{index}" for index in range(2001)], METADATA)


@pytest.mark.parametrize(("part", "dtype", "width"), [(0.0, "uint8", 2001), (0.5, "float32", 4 * 2001)])
def test_thousands_of_features_share_a_column(wide_table, tmp_path, part, dtype, width):
    values = wide_table.values + np.float32(part)
    names = wide_table.feature_names
    path = assemble(wide_table.manifest, DIGESTS, values, names, METADATA).write(tmp_path / "t.parquet")
    schema = pq.read_schema(path)
    assert schema.names == [*wide_table.manifest.columns, "features_packed"]
    assert schema.field("features_packed").type.byte_width == width
    stored = json.loads(schema.metadata[b"leukfeat"])
    assert (stored["format"], stored["packed"], stored["features"]) == (2, dtype, list(names))
    assert is_feature_table(path)
    read = FeatureTable.read(path)
    assert (read.feature_names, read.metadata) == (names, METADATA)
    assert read.values.tobytes() == values.tobytes()
    assert list(read.frame.columns) == list(wide_table.frame.columns)
    assert list(read.frame["path"]) == list(wide_table.frame["path"])


def test_anybody_can_read_what_is_packed(wide_table, tmp_path):
    frame = pd.read_parquet(wide_table.write(tmp_path / "t.parquet"))
    rows = np.frombuffer(b"".join(frame["features_packed"]), dtype=np.uint8).reshape(len(frame), -1)
    np.testing.assert_array_equal(rows, wide_table.values)


def test_a_packed_table_without_its_column_is_refused(wide_table, tmp_path):
    changes = {"format": 2, "packed": "uint8"}
    with pytest.raises(ManifestError, match="no column 'features_packed', where its features should be"):
        FeatureTable.read(with_footer(wide_table, tmp_path / "t.parquet", **changes))


def test_a_manifest_with_the_name_of_the_packed_column_is_refused(wide_table, tmp_path):
    frame = wide_table.frame.assign(features_packed=1)
    table = FeatureTable(frame, wide_table.feature_names, METADATA)
    with pytest.raises(ManifestError, match="column 'features_packed' has the name of one of ours"):
        table.write(tmp_path / "t.parquet")


def test_what_is_no_table_is_refused(table, tmp_path):
    (tmp_path / "text.csv").write_text("path,label\na.png,x\n")
    (tmp_path / "garbage.parquet").write_bytes(b"PAR1 nothing PAR1")
    table.manifest.to_parquet(tmp_path / "manifest.parquet")
    for name in ("text.csv", "garbage.parquet", "manifest.parquet", "missing.parquet", "."):
        assert not is_feature_table(tmp_path / name)
        with pytest.raises(ManifestError, match=r"is no feature table. Make one with leukfeat extract"):
            FeatureTable.read(tmp_path / name)
    assert is_feature_table(table.write(tmp_path / "features.parquet"))


def test_another_format_and_a_missing_column_are_refused(table, tmp_path):
    with pytest.raises(ManifestError, match=r"another format. Extract it again"):
        FeatureTable.read(with_footer(table, tmp_path / "new.parquet", format=3))
    with pytest.raises(ManifestError, match="lists the feature 'glcm_x' but has no such column"):
        FeatureTable.read(with_footer(table, tmp_path / "less.parquet", features=[*NAMES, "glcm_x"]))


def test_a_broken_manifest_in_it_is_refused_with_its_row(table, tmp_path):
    table.frame.loc[2, "path"] = table.frame.loc[0, "path"]
    with pytest.raises(ManifestError, match=r"row 3: .*stands in row 1"):
        FeatureTable.read(with_footer(table, tmp_path / "t.parquet"))


def test_the_hash_of_a_configuration_depends_on_its_content_only():
    assert configuration_hash({"a": 1, "b": [1, 2]}) == configuration_hash({"b": [1, 2], "a": 1})
    assert configuration_hash({"a": 1}) != configuration_hash({"a": 2})
    assert configuration_hash({}) == hashlib.sha256(b"{}").hexdigest()
