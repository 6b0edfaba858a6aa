import subprocess
import sys

import pytest

import leukfeat as package
from leukfeat.cli.options import split_list
from leukfeat.errors import ConfigurationError


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["data"],
        ["data", "manifest"],
        ["data", "synthesize"],
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


def test_split_list():
    assert split_list(None) is None
    assert split_list("blast, lymphocyte") == ("blast", "lymphocyte")
    assert split_list("a,,b,") == ("a", "b")
    for empty in ("", ",", " , "):
        with pytest.raises(ConfigurationError, match="separated by commas"):
            split_list(empty)
