"""The documents say what is so: blocks run, commands parse, links lead somewhere, numbers equal the specs."""

import re
import shlex
import sys
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType

import pytest
import typer

from leukfeat.cli import app
from leukfeat.features import DEFAULT_FAMILIES, FAMILIES

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "reports/README.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FAMILY = re.compile(r"^\| `(\w+)` \| `(\w+)` \| [^|]+ \| (\d+) \|$", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[str]:
    return [body for language, body in BLOCK.findall(read(name)) if language in languages]


def command_lines(name: str) -> list[str]:
    """Return the lines of `sh` blocks, and those after a prompt in `console` blocks."""
    typed = [line for body in blocks(name, "sh") for line in body.splitlines()]
    prompted = [line for body in blocks(name, "console") for line in body.splitlines()]
    lines = [*typed, *(line.removeprefix("$ ") for line in prompted if line.startswith("$ "))]
    return [line for line in lines if line and not line.startswith("#")]


COMMANDS = [(name, line) for name in DOCUMENTS for line in command_lines(name)]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_python_blocks_run_in_order(name, tmp_path, monkeypatch):
    script = ModuleType(
        "__main__"
    )  # as a session would: guards hold, and classes of the blocks can be pickled
    monkeypatch.setitem(sys.modules, "__main__", script)
    monkeypatch.chdir(tmp_path)
    found = blocks(name, "python")
    assert found
    for number, body in enumerate(found):
        exec(compile(body, f"{name}, block {number}", "exec"), script.__dict__)  # noqa: S102
    check_outcome = {"README.md": check_readme, "CONTRIBUTING.md": check_contributing}[name]
    check_outcome(script)


def check_readme(script):
    assert len(script.scores) == 5
    assert script.scores.mean() > 0.6  # ten subjects of six cells: above chance, no more
    assert script.table.shape == (60, sum(len(FAMILIES[name]().specs()) for name in ("shape", "nc")))
    assert set(script.predicted) <= {"blast", "lymphocyte"}
    assert len(script.predicted) == 5


def check_contributing(script):
    assert "RandomForest" in set(script.comparison.results.leaderboard["Model"])
    assert script.comparison.results.best == "RandomForest"
    frame = script.pd.read_csv("my_set.csv")
    assert list(frame.columns) == ["path", "label", "sequence"]
    assert frame["label"].value_counts().to_dict() == {"blast": 20, "lymphocyte": 20}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_lead_somewhere(name):
    links = [link.partition("#")[0] for link in LINK.findall(read(name)) if "://" not in link]
    missing = [link for link in links if link and not (ROOT / name).parent.joinpath(link).exists()]
    assert not missing


def test_families_in_the_readme_are_those_of_the_registry():
    rows = [(name, kind, int(width)) for name, kind, width in FAMILY.findall(read("README.md"))]
    families = {name: FAMILIES[name] for name in DEFAULT_FAMILIES}
    assert rows == [(name, kind.__name__, len(kind().specs())) for name, kind in families.items()]
    total = sum(width for _, _, width in rows)
    assert set(re.findall(r"(\d+) (?:columns|features|float32)", read("README.md"))) == {str(total)}
    assert f"{total} columns" in read("CHANGELOG.md")
    assert f"{total} float32" in read("docs/scaling.md")


@pytest.mark.parametrize(
    "line", [line for _, line in COMMANDS if line.startswith("leukfeat ")], ids=lambda line: line
)
def test_leukfeat_commands_parse(line):
    command, arguments = typer.main.get_command(app), shlex.split(line)[1:]
    while hasattr(command, "commands"):
        assert arguments, f"{command.name} needs a subcommand"
        assert arguments[0] in command.commands
        command = command.commands[arguments.pop(0)]
    command.make_context("leukfeat", arguments)  # raises for what is unknown, missing or of a wrong type


@pytest.mark.parametrize(
    "line", [line for _, line in COMMANDS if not line.startswith("leukfeat ")], ids=lambda line: line
)
def test_other_commands_name_what_is_there(line):
    program, *arguments = shlex.split(line)
    if program == "make":
        targets = set(re.findall(r"^([\w-]+):", read("Makefile"), re.MULTILINE))
        assert {argument for argument in arguments if "=" not in argument} <= targets
    elif program == "python" and arguments[0] != "-m":
        assert (ROOT / arguments[0]).is_file()
    else:
        assert arguments[:3] == ["-m", "pip", "install"]


def test_extras_in_the_readme_are_declared():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = set(setup["options.extras_require"])
    text = read("README.md")
    assert all(f"`{extra}`" in text or f"`.[{extra}]`" in text for extra in extras)
    assert set(re.findall(r"`\.\[(\w+)\]`", text)) <= extras


def test_the_picture_is_small():
    assert (ROOT / "docs" / "images" / "cells.png").stat().st_size < 250_000
