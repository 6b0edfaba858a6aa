"""What cannot be written is told before any work, and after what else is wrong with a call."""

import sys
from pathlib import Path

import pytest

from leukfeat.cli.output import require_writable
from leukfeat.errors import ConfigurationError
from tests.tables import make_table

NOWHERE = [
    pytest.param("file.txt/run", id="below a file"),
    pytest.param(
        "/proc/nowhere/run",
        id="proc",
        marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc"),
    ),
]


def nothing() -> None:
    """Find no other fault."""


@pytest.fixture
def everything(tmp_path):
    """Return what lies below the working folder: a file and a table."""
    (tmp_path / "file.txt").write_text("mine")
    make_table(n=60).write(tmp_path / "table.parquet")
    return lambda: sorted(path.name for path in tmp_path.rglob("*") if "cache" not in path.parts)


@pytest.fixture(autouse=True)
def _no_work(monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("work was done")

    for name in (
        "leukfeat.extraction.extract",
        "leukfeat.comparison.compare",
        "leukfeat.comparison.leak_check",
    ):
        monkeypatch.setattr(name, fail)


@pytest.mark.parametrize("place", NOWHERE)
def test_what_can_be_written_leaves_nothing_and_what_cannot_is_refused(tmp_path, everything, place):
    before = everything()
    for folder in (tmp_path, tmp_path / "new", tmp_path / "new" / "deeper"):
        require_writable(folder, folder, nothing)
    with pytest.raises(ConfigurationError, match=r"cannot be written: .*Name another place"):
        require_writable(tmp_path / place, tmp_path / place, nothing)
    assert everything() == before


@pytest.mark.parametrize("place", NOWHERE)
@pytest.mark.parametrize("command", ["compare", "leak-check", "extract"])
def test_commands_say_so_before_any_work(leukfeat, everything, synthetic_manifest, command, place):
    before = everything()
    source = synthetic_manifest if command == "extract" else "table.parquet"
    output = f"{place}/table.parquet" if command == "extract" else place
    done = leukfeat(command, source, "-o", output, "--jobs", "1", "--json")
    assert done.code == 2
    assert done.json["error"].startswith(f"{output} cannot be written: ")
    assert everything() == before


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("compare", ["--folds", "1"], "--folds must be"),
        ("compare", ["--labels", "nonsense"], "Unknown class 'nonsense'"),
        ("compare", ["--families", "glcm"], "made with"),
        ("leak-check", ["--protocol", "random"], "honest protocol"),
        ("leak-check", ["--folds", "40"], "40 folds"),
        ("extract", ["--families", "glmc"], "Unknown family 'glmc'"),
        ("extract", ["--size", "0"], "--size must be"),
        ("extract", ["--scene", "smear"], "--scene must be"),
    ],
)
def test_wrong_options_are_told_first(leukfeat, everything, synthetic_manifest, command, arguments, message):
    source = synthetic_manifest if command == "extract" else "table.parquet"
    output = "file.txt/t.parquet" if command == "extract" else "file.txt/run"
    done = leukfeat(command, source, "-o", output, *arguments, "--jobs", "1", "--json")
    assert done.code == 2
    assert message in done.json["error"]


def test_families_and_scenes_of_a_manifest_are_told_first_too(leukfeat, everything, synthetic_manifest):
    for arguments, message in (
        (["--families", "glmc"], "Unknown family"),
        (["--scene", "smear"], "--scene must be"),
    ):
        done = leukfeat(
            "compare", synthetic_manifest, "-o", "file.txt/run", *arguments, "--jobs", "1", "--json"
        )
        assert message in done.json["error"]


def test_a_folder_is_no_table(leukfeat, everything, synthetic_manifest):
    Path("here.parquet").mkdir()
    done = leukfeat("extract", synthetic_manifest, "-o", "here.parquet", "--jobs", "1", "--json")
    assert "here.parquet is a folder" in done.json["error"]
