import errno
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from leukfeat.sweep import CORE, table_pipeline
from leukfeat.sweep import prepared as module
from leukfeat.sweep.prepared import Prepared, column_blocks, prepare, read_columns, release, symmetric
from leukfeat.sweep.reduction import ReduceColumns


def draw(n, p, seed=0):
    """Draw features of very different scales, some missing, some constant, one empty, one far from zero."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, p)) * 10.0 ** rng.uniform(-3, 3, size=p)
    values[rng.random(values.shape) < 0.05] = np.nan
    if p > 5:
        values[:, 2], values[:, 3], values[:, 4] = 2.5, np.nan, 1e6 + rng.normal(size=n)
    return values.astype(np.float32)


def divide(n, seed=0):
    rows = np.random.default_rng(seed).permutation(n)
    return np.sort(rows[: 3 * n // 4]), np.sort(rows[3 * n // 4 :])


def stock(values, train, out):
    steps = table_pipeline(CORE[0], n_classes=2, seed=0)[:-1]
    return steps.fit_transform(values[train]), steps.transform(values[out])


def assert_stock(prepared, values, train, out):
    expected_train, expected_out = stock(values, train, out)
    np.testing.assert_array_equal(prepared.train, expected_train)
    np.testing.assert_array_equal(prepared.out, expected_out)


@pytest.mark.parametrize(("n", "p"), [(40, 1), (40, 2), (200, 7), (60, 90), (150, 333)])
def test_arrays_equal_the_stock_steps_bit_for_bit(tmp_path, n, p):
    values, (train, out) = draw(n, p), divide(n)
    prepared = prepare(values, train, out, tmp_path)
    assert_stock(prepared, values, train, out)
    assert prepared.train.flags.c_contiguous
    assert prepared.train.dtype == np.float64
    assert prepared.seconds > 0


def test_reduced_columns_equal_the_stock_steps_bit_for_bit(tmp_path):
    values, (train, out) = draw(80, 40), divide(80)
    reduction = ReduceColumns(5, columns=tuple(range(10, 40)))
    prepared = prepare(values, train, out, tmp_path, clone(reduction))
    steps = table_pipeline(CORE[0], n_classes=2, seed=0, reduction=reduction)[:-1]
    np.testing.assert_array_equal(prepared.train, steps.fit_transform(values[train]))
    np.testing.assert_array_equal(prepared.out, steps.transform(values[out]))
    assert prepared.train.shape == (len(train), 10 - 2 + 5)  # two of the ten do not vary


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 60), st.integers(1, 40), st.integers(0, 2**16))
def test_any_table_equals_the_stock_steps_bit_for_bit(tmp_path_factory, n, p, seed):
    values, (train, out) = draw(n, p, seed), divide(n, seed)
    prepared = prepare(values, train, out, tmp_path_factory.mktemp("prepared"))
    assert_stock(prepared, values, train, out)


def test_blocks_of_columns_do_not_show(tmp_path, monkeypatch):
    values, (train, out) = draw(60, 90), divide(60)
    (tmp_path / "whole").mkdir()
    whole = prepare(values, train, out, tmp_path / "whole")
    monkeypatch.setattr(module, "_BLOCK_BYTES", 8 * 60 * 7)  # seven columns
    blocks = prepare(values, train, out, tmp_path)
    assert_stock(blocks, values, train, out)
    np.testing.assert_allclose(blocks.products, whole.products, rtol=1e-12, atol=1e-12)


@pytest.mark.realdata
def test_real_features_equal_the_stock_steps_bit_for_bit(tmp_path, real_table):
    values, (train, out) = real_table.values, divide(len(real_table.values))
    prepared = prepare(values, train, out, tmp_path)
    assert_stock(prepared, values, train, out)
    assert 250 < len(prepared.columns) <= values.shape[1]


def test_a_table_on_disk_gives_the_same(tmp_path):
    values, (train, out) = draw(60, 90), divide(60)
    np.save(tmp_path / "values.npy", values)
    mapped = np.load(tmp_path / "values.npy", mmap_mode="r")
    assert_stock(prepare(mapped, train, out, tmp_path), values, train, out)


def test_wide_tables_have_the_products_of_their_rows(tmp_path):
    values, (train, out) = draw(60, 90), divide(60)
    prepared = prepare(values, train, out, tmp_path)
    X, others = stock(values, train, out)
    expected = np.concatenate([X, others]) @ X.T
    np.testing.assert_allclose(prepared.products, expected, rtol=1e-12, atol=1e-12)
    n = len(train)
    np.testing.assert_array_equal(prepared.products[:n], prepared.products[:n].T)


def test_tall_tables_have_none(tmp_path):
    values, (train, out) = draw(60, 20), divide(60)
    assert prepare(values, train, out, tmp_path).products is None
    assert not (tmp_path / "products.npy").exists()


def test_what_was_written_is_read_again(tmp_path):
    values, (train, out) = draw(60, 90), divide(60)
    first = prepare(values, train, out, tmp_path)
    again = Prepared.read(tmp_path)
    for name in ("train", "out", "products", "columns"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert again.seconds == first.seconds == json.loads((tmp_path / "prepared.json").read_text())["seconds"]
    with pytest.raises(ValueError, match="read-only"):
        again.train[0, 0] = 1.0


def test_columns_name_what_was_kept(tmp_path):
    values, (train, out) = draw(60, 20), divide(60)
    kept = np.setdiff1d(np.arange(20), [2, 3])
    np.testing.assert_array_equal(prepare(values, train, out, tmp_path).columns, kept)


def test_rows_to_predict_change_nothing(tmp_path):
    values, (train, out) = draw(60, 20), divide(60)
    clean = np.array(prepare(values, train, out, tmp_path).train)
    values[out] = 1e6
    np.testing.assert_array_equal(prepare(values, train, out, tmp_path).train, clean)


def test_no_rows_to_predict(tmp_path):
    values, (train, _) = draw(60, 90), divide(60)
    prepared = prepare(values, train, np.empty(0, dtype=np.intp), tmp_path)
    assert prepared.out.shape == (0, prepared.train.shape[1])
    assert prepared.products.shape == (len(train), len(train))


def test_a_table_of_constants_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"No feature varies .* variance"):
        prepare(np.ones((8, 3), dtype=np.float32), *divide(8), tmp_path)


@pytest.mark.parametrize("side", [0, 1])
def test_infinite_values_are_refused(tmp_path, side):
    values, sides = draw(60, 20), divide(60)
    values[sides[side][0], 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        prepare(values, *sides, tmp_path)


def test_column_blocks_cover_every_column_once():
    blocks = list(column_blocks(100_000, 50))
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate([np.arange(50)[block] for block in blocks]), np.arange(50))
    assert list(column_blocks(10, 50)) == [slice(0, 50)]


def test_symmetric_mirrors_the_lower_triangle_in_place():
    matrix = np.random.default_rng(0).normal(size=(700, 700))
    lower = np.tril(matrix)
    assert symmetric(matrix) is matrix
    np.testing.assert_array_equal(matrix, lower + np.tril(lower, -1).T)


@pytest.mark.parametrize("rows", [None, np.array([599, 3, 3, 258])], ids=["all", "some"])
def test_read_columns_copies(tmp_path, rows):
    array = np.random.default_rng(0).normal(size=(600, 9))
    np.save(tmp_path / "a.npy", array)
    expected = array[slice(None) if rows is None else rows, 2:7]
    for source in (array, np.load(tmp_path / "a.npy", mmap_mode="r")):
        copied = read_columns(source, slice(2, 7), rows)
        np.testing.assert_array_equal(copied, expected)
        assert copied.flags.c_contiguous
        assert copied.flags.writeable


def test_release_keeps_values(tmp_path):
    array = np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.float64, (3, 4))
    array[:] = 1.5
    release(array)
    np.testing.assert_array_equal(array, 1.5)
    release(np.ones(3))


@pytest.mark.skipif(
    not hasattr(os, "posix_fallocate"), reason="this system cannot take room on a disk beforehand"
)
def test_a_full_disk_is_named_before_anything_is_written(tmp_path, monkeypatch):
    def refuse(descriptor, start, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match="No space left on device"):
        prepare(np.eye(6, dtype=np.float32), np.arange(4), np.arange(4, 6), tmp_path)
