"""Rows kept from one run to the next: what decides a key, and that no broken cache fails a run."""

import hashlib
import logging
import multiprocessing
import os
import sqlite3
import sys
import types
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from leukfeat.features import CellFamily, FeatureSpec
from leukfeat.features.cache import RowCache, default_cache_folder, family_key, usable_cache_folder
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.features.shape import ShapeFeatures

IMAGE = hashlib.sha256(b"an image").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
FAMILY = "ab" * 32


class WeightedFeatures(CellFamily):
    """A family with an array among its parameters."""

    family = "weighted"

    def __init__(self, weights=None, frame_size=None) -> None:
        self.weights = weights
        self.frame_size = frame_size

    def specs(self):
        return (FeatureSpec("weighted_sum", "weighted", "1"),)

    def measure(self, view):
        return np.array([0.0])


def key(family: CellFamily | None = None, scene: str = "cell", size: int = 200) -> str:
    return family_key(GLCMFeatures() if family is None else family, scene=scene, size=size)


def put_many(folder: Path, worker: int) -> None:
    for index in range(100):
        with RowCache(folder) as rows:
            image = hashlib.sha256(f"{worker}/{index}".encode()).hexdigest()
            rows.put(image, {FAMILY: np.full(3, worker * 1000 + index, np.float32)})


def test_rows_come_back_bit_for_bit(tmp_path):
    row = np.array([0.1, np.nan, -0.0, 1e-42, np.inf], dtype=np.float32)
    with RowCache(tmp_path / "deep" / "cache") as rows:
        rows.put(IMAGE, {FAMILY: row, "cd" * 32: row[:1]})
    with RowCache(tmp_path / "deep" / "cache") as rows:
        found = rows.get(IMAGE, [FAMILY, "ef" * 32])
        assert rows.get(OTHER, [FAMILY]) == {}
    assert found.keys() == {FAMILY}
    assert found[FAMILY].dtype == np.float32
    assert found[FAMILY].tobytes() == row.tobytes()


def test_pixels_take_a_byte_each(tmp_path):
    row = np.arange(256, dtype=np.float32)
    with RowCache(tmp_path) as rows:
        rows.put(IMAGE, {FAMILY: row, "cd" * 32: row[1:2] / 2})
    with sqlite3.connect(tmp_path / "rows.sqlite") as connection:
        sizes = connection.execute("SELECT length(row) FROM rows ORDER BY family").fetchall()
    connection.close()
    assert sizes == [(257,), (5,)]
    with RowCache(tmp_path) as rows:
        assert rows.get(IMAGE, [FAMILY])[FAMILY].tobytes() == row.tobytes()


def test_bytes_that_are_no_row_are_not_known(tmp_path):
    with RowCache(tmp_path):
        pass
    torn = [b"", b"f", b"1234", b"123f", b"123u"]
    with sqlite3.connect(tmp_path / "rows.sqlite") as connection:
        for index, data in enumerate(torn):
            connection.execute(
                "INSERT INTO rows VALUES (?, ?, ?)", (bytes.fromhex(IMAGE), bytes([index]), data)
            )
    connection.close()
    with RowCache(tmp_path) as rows:
        found = rows.get(IMAGE, [f"{index:02x}" for index in range(len(torn))])
    assert {key: row.tolist() for key, row in found.items()} == {"01": [], "04": [49.0, 50.0, 51.0]}


def test_rows_put_before_an_error_are_kept(tmp_path):
    def stop_halfway():
        with RowCache(tmp_path) as rows:
            rows.put(IMAGE, {FAMILY: np.ones(2, np.float32)})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_halfway()
    with RowCache(tmp_path) as rows:
        assert list(rows.get(IMAGE, [FAMILY])[FAMILY]) == [1, 1]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_two_processes_may_write_at_once(tmp_path, caplog):
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    workers = [context.Process(target=put_many, args=(tmp_path, worker)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    with RowCache(tmp_path) as rows:
        for worker in range(2):
            for index in range(100):
                image = hashlib.sha256(f"{worker}/{index}".encode()).hexdigest()
                assert list(rows.get(image, [FAMILY])[FAMILY]) == [worker * 1000 + index] * 3
    assert caplog.text == ""


def test_the_key_is_the_same_for_equal_configurations_only(monkeypatch):
    assert key() == key(GLCMFeatures())
    others = [
        key(GLCMFeatures(n_levels=16)),
        key(ShapeFeatures()),
        key(scene="field"),
        key(size=100),
    ]
    monkeypatch.setattr("leukfeat.features.cache.__version__", "999")
    others.append(key())
    monkeypatch.undo()
    monkeypatch.setattr("leukfeat.features.cache._code_digest", lambda: "other code")
    others.append(key())
    monkeypatch.undo()
    monkeypatch.undo()
    monkeypatch.setattr("cv2.__version__", "4.0.0")
    others.append(key())
    monkeypatch.undo()
    assert len({key(), *others}) == len(others) + 1
    assert all(len(digest) == 64 for digest in others)


def test_a_frame_size_of_its_own_replaces_the_size():
    same = WeightedFeatures(frame_size=64)
    assert key(same, size=100) == key(same, size=200)
    assert key(same) != key(WeightedFeatures(frame_size=80))


def test_large_arrays_among_the_parameters_count_entirely():
    weights = np.zeros(5000)
    other = weights.copy()
    other[2500] = 1.0
    assert key(WeightedFeatures(weights)) == key(WeightedFeatures(weights.copy()))
    assert key(WeightedFeatures(weights)) != key(WeightedFeatures(other))


def test_an_edited_family_has_another_key(tmp_path, monkeypatch):
    """Two versions of one module: same name, same parameters, another source."""
    text = (
        "from leukfeat.features import CellFamily\n"
        "class Mine(CellFamily):\n"
        "    family = 'mine'\n"
        "    def specs(self): return ()\n"
        "    def measure(self, view): return {}\n"
    )
    keys = []
    for version in ("1", "2", "1"):
        module = types.ModuleType("my_families")
        module.__file__ = str(tmp_path / version / "my_families.py")
        Path(module.__file__).parent.mkdir(exist_ok=True)
        Path(module.__file__).write_text(text.format(version))
        monkeypatch.setitem(sys.modules, "my_families", module)
        exec(compile(text.format(version), module.__file__, "exec"), module.__dict__)  # noqa: S102
        keys.append(key(module.Mine()))
    assert keys[0] == keys[2] != keys[1]


def test_a_family_without_a_file_is_never_found_again(monkeypatch):
    """As in an interactive session, where a class may be typed anew, with another meaning."""
    typed = [type("Typed", (WeightedFeatures,), {"__module__": "__main__"}) for _ in range(2)]
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    assert key(typed[0]()) == key(typed[0]())
    assert key(typed[0]()) != key(typed[1]())


def test_the_folder_is_named_by_the_environment_or_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("LEUKFEAT_CACHE", str(tmp_path / "mine"))
    assert default_cache_folder() == tmp_path / "mine"
    for unset in (
        lambda: monkeypatch.delenv("LEUKFEAT_CACHE"),
        lambda: monkeypatch.setenv("LEUKFEAT_CACHE", ""),
    ):
        unset()
        assert default_cache_folder() == Path(platformdirs.user_cache_dir("leukfeat", appauthor=False))


def test_a_good_folder_is_usable_and_unchanged_by_the_question(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("LEUKFEAT_CACHE", str(tmp_path / "cache"))
    assert usable_cache_folder() == tmp_path / "cache"
    assert usable_cache_folder() == tmp_path / "cache"
    with sqlite3.connect(tmp_path / "cache" / "rows.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (0,)
    connection.close()
    assert caplog.text == ""


def corrupt(folder: Path) -> None:
    folder.mkdir()
    (folder / "rows.sqlite").write_bytes(b"this is no database" * 100)


def other_schema(folder: Path) -> None:
    folder.mkdir()
    execute(folder, "CREATE TABLE rows (something TEXT)")


def full_disk(folder: Path) -> None:
    with RowCache(folder):
        pass
    execute(folder, "CREATE TRIGGER full BEFORE INSERT ON rows BEGIN SELECT RAISE(ABORT, 'disk full'); END")


def folder_is_a_file(folder: Path) -> None:
    folder.write_text("")


def database_is_a_folder(folder: Path) -> None:
    (folder / "rows.sqlite").mkdir(parents=True)


def read_only(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    with RowCache(folder):
        pass
    (folder / "rows.sqlite").chmod(0o400)
    folder.chmod(0o500)


def execute(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "rows.sqlite")
    connection.execute(statement)
    connection.commit()
    connection.close()


BREAKAGES = [corrupt, other_schema, full_disk, folder_is_a_file, database_is_a_folder, read_only]


@pytest.mark.parametrize("damage", BREAKAGES)
def test_a_cache_that_cannot_be_used_is_left_alone_with_one_warning(tmp_path, monkeypatch, caplog, damage):
    folder = tmp_path / "cache"
    damage(folder)
    monkeypatch.setenv("LEUKFEAT_CACHE", str(folder))
    assert usable_cache_folder() is None
    for _ in range(3):
        with RowCache(folder) as rows:
            assert rows.get(IMAGE, [FAMILY]) == {}
            rows.put(IMAGE, {FAMILY: np.ones(1, np.float32)})
            assert rows.get(IMAGE, [FAMILY]) == {}
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len({record.getMessage() for record in warnings}) == len(warnings)
    first = warnings[0].getMessage()
    assert f"The cache in {folder} is left alone" in first
    assert "LEUKFEAT_CACHE" in first


def test_a_row_that_is_no_row_is_not_found(tmp_path):
    with RowCache(tmp_path) as rows:
        rows.put(IMAGE, {FAMILY: np.ones(1, np.float32), "cd" * 32: np.ones(1, np.float32)})
    with RowCache(tmp_path) as rows:
        assert rows.get(IMAGE, [FAMILY, "cd" * 32]).keys() == {FAMILY, "cd" * 32}
    execute(tmp_path, "UPDATE rows SET row = x'010203' WHERE hex(family) LIKE 'AB%'")
    with RowCache(tmp_path) as rows:
        assert rows.get(IMAGE, [FAMILY, "cd" * 32]).keys() == {"cd" * 32}
