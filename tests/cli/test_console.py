import json
import logging

import pytest
import typer

from leukfeat.cli.console import running
from leukfeat.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _restore_logging():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def end(as_json, error=None, *, failed=0):
    """Run a block that raises `error` or finishes; return the exit code."""
    try:
        with running(as_json) as report:
            if error is not None:
                raise error
            report.finish({"answer": 42}, lambda console: console.print("forty-two"), failed=failed)
    except typer.Exit as stop:
        return stop.exit_code
    return 0


def made_from(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (3, 1)])
def test_finish_prints_one_thing_and_exits_by_failures(capsys, failed, code):
    assert end(False, failed=failed) == code
    assert capsys.readouterr().out == "forty-two\n"
    assert end(True, failed=failed) == code
    assert json.loads(capsys.readouterr().out) == {"answer": 42}


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ConfigurationError("No such class."), 2, "No such class."),
        (ValueError("Out of range."), 2, "Out of range."),
        (OSError("Disk full."), 2, "Disk full."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (made_from(RuntimeError("while a class was made"), KeyboardInterrupt()), 130, "Interrupted."),
        (ZeroDivisionError("by zero"), 2, "Unexpected ZeroDivisionError: by zero. This is a defect"),
    ],
    ids=["configuration", "value", "system", "interrupted", "wrapped", "defect"],
)
def test_errors_are_one_line_and_one_json_object(capsys, error, code, message):
    assert end(False, error) == code
    plain = capsys.readouterr()
    assert plain.out == ""
    assert f"Error: {message}" in plain.err
    assert end(True, error) == code
    printed = capsys.readouterr()
    assert message in json.loads(printed.out)["error"]
    assert message in printed.err


def test_only_a_defect_shows_its_traceback(capsys):
    end(False, ValueError("Out of range."))
    assert "Traceback" not in capsys.readouterr().err
    end(False, ZeroDivisionError("by zero"))
    assert "Traceback" in capsys.readouterr().err


def test_logs_go_to_stderr(capsys):
    with running(True) as report:
        logging.getLogger("leukfeat.test").info("Scene: [cell].")
        logging.getLogger("other").info("not wanted")
        report.finish({}, print)
    printed = capsys.readouterr()
    assert printed.out == "{}\n"
    assert printed.err.strip() == "Scene: [cell]."


def test_output_that_nobody_reads_ends_quietly(monkeypatch, capsys):
    monkeypatch.setattr("leukfeat.cli.console._drop_output", lambda: None)
    assert end(False, BrokenPipeError(32, "Broken pipe")) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_nan_never_reaches_json():
    with pytest.raises(typer.Exit) as stop, running(True) as report:
        report.finish({"score": float("nan")}, print)
    assert stop.value.exit_code == 2
