"""A command line that runs in this process, and leaves logging as it was."""

import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (line,) = self.stdout.splitlines()
        value = json.loads(line, parse_constant=pytest.fail)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def leukfeat(monkeypatch, tmp_path):
    """Return a function that runs a command in `tmp_path`."""
    from leukfeat.cli import app

    root, ours = logging.getLogger(), logging.getLogger("leukfeat")
    before = list(root.handlers), root.level, ours.level
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert "Traceback" not in done.stderr
        return Outcome(done.exit_code, done.stdout, done.stderr)

    yield run
    root.handlers[:], _ = before[0], root.setLevel(before[1])
    ours.setLevel(before[2])
