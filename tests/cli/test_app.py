import signal
import subprocess
import sys

import pytest

import leukfeat as package
from leukfeat.cli.options import split_list
from leukfeat.cli.starting import start_workers
from leukfeat.errors import ConfigurationError


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["data"],
        ["data", "manifest"],
        ["data", "synthesize"],
        ["data", "fetch"],
        ["data", "verify"],
        ["data", "register"],
        ["data", "convert"],
        ["explore"],
        ["extract"],
        ["compare"],
        ["leak-check"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_help_of_every_command(leukfeat, arguments):
    done = leukfeat(*arguments, "--help")
    assert done.code == 0
    assert "Usage:" in done.stdout
    assert "--json" in done.stdout or arguments in ([], ["data"])


def test_version(leukfeat):
    done = leukfeat("--version")
    assert (done.code, done.stdout) == (0, f"leukfeat {package.__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["compare"], ["compare", "x.csv", "--nonsense"], ["compare", "x.csv", "--jobs", "0"]],
)
def test_a_wrong_call_exits_with_2(leukfeat, arguments):
    done = leukfeat(*arguments)
    assert done.code == 2
    assert done.stdout == ""
    assert done.stderr


def test_module_and_console_script_are_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "leukfeat", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"leukfeat {package.__version__}\n"
    assert done.stderr == ""


INTERRUPTED_IMPORT = """
import builtins, signal, sys
wanted, load = sys.argv.pop(1), builtins.__import__
def interrupted(name, *rest, **options):
    if name == wanted:
        builtins.__import__ = load
        signal.raise_signal(signal.SIGINT)
    return load(name, *rest, **options)
signal.signal(signal.SIGINT, signal.default_int_handler)
builtins.__import__ = interrupted
from leukfeat.cli import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "pandas", "leukfeat.comparison", "leukfeat.report.terminal"])
@pytest.mark.parametrize("as_json", [False, True])
def test_an_interrupt_while_modules_are_imported_ends_well(tmp_path, module, as_json):
    (tmp_path / "m.csv").write_text("path,label\n")
    command = [sys.executable, "-c", INTERRUPTED_IMPORT, module, "compare", "m.csv", "--jobs", "1"]
    done = subprocess.run(  # noqa: S603
        command + ["--json"] * as_json, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 130
    assert done.stderr == "Error: Interrupted.\n"
    assert done.stdout == ('{"error": "Interrupted."}\n' if as_json else "")


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="this system cannot hold back signals")
def test_ctrl_c_does_not_reach_the_server_of_workers(monkeypatch):
    """It is sent to all processes of a terminal, and one that imports would print a traceback."""
    held = []
    monkeypatch.setattr(
        "leukfeat.cli.starting.prepare_workers",
        lambda modules: held.append((modules, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
    )
    monkeypatch.setattr(
        "leukfeat.cli.starting.resource_tracker.ensure_running", lambda: held.append("tracker")
    )
    start_workers(1, "math")
    start_workers(None, "math", "json")
    assert held == ["tracker", (("math", "json"), {signal.SIGINT})]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_split_list():
    assert split_list(None) is None
    assert split_list("blast, lymphocyte") == ("blast", "lymphocyte")
    assert split_list("a,,b,") == ("a", "b")
    for empty in ("", ",", " , "):
        with pytest.raises(ConfigurationError, match="separated by commas"):
            split_list(empty)
