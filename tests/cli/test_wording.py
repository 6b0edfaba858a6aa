"""Messages in the words of the command line."""

from typing import Any

import pytest
import typer

from leukfeat.cli import app
from leukfeat.cli.wording import COMMANDS, LISTS, OPTIONS, in_options
from leukfeat.evaluation import make_splits

TWELVE = ["a", "b"] * 6


def options_of(command: Any) -> set[str]:
    found = {name for item in command.params for name in item.opts}
    return found.union(*(options_of(sub) for sub in getattr(command, "commands", {}).values()))


def test_every_option_and_command_is_one():
    root: Any = typer.main.get_command(app)
    assert {*OPTIONS.values(), *LISTS.values()} <= options_of(root)
    for name in COMMANDS.values():
        command = root
        for part in name.split():
            command = command.commands[part]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("The 'n_folds' parameter of make_splits must be an int.", "--folds must be an int."),
        ("The 'size' parameter of LoadCells must be an int.", "--size must be an int."),
        ("The 'n_levels' parameter of GLCMFeatures must be an int.", None),
        ("Unknown class 'x' in compare. Name one.", "Unknown class 'x' in --labels. Name one."),
        ("Pass overwrite=True to replace the set.", "Pass --overwrite to replace the set."),
        ("Use extract(cache=True).", None),
        ("Leave it out (on the command line: --labels), or not.", "Leave it out (--labels), or not."),
        ("Ask protocol='random' (on the command line: --protocol random).", "Ask --protocol random."),
        ("Use n_folds=3 (--folds 3), or leave the class out (--labels).",
         "Use --folds 3, or leave the class out (--labels)."),
    ],
)  # fmt: skip
def test_names_of_the_library_become_those_of_options(message, expected):
    assert in_options(message) == (message if expected is None else expected)


@pytest.mark.parametrize(
    "options",
    [
        {"subjects": list("stuvwx") * 2, "n_folds": 4},
        {"sequence": range(12), "embargo": 5, "n_folds": 2},
        {"folds": ["0", "1", "2"] * 4, "protocol": "official", "n_repeats": 3},
        {"subjects": list("stuvwx") * 2, "folds": list("000111111000")},
        {},
        {"n_folds": 1},
    ],
    ids=["subjects", "embargo", "repeats", "leaks", "nothing", "one fold"],
)
def test_refusals_of_splits_speak_of_options_alone(options):
    with pytest.raises(ValueError, match=r".") as caught:
        make_splits(TWELVE, **options)
    said = in_options(str(caught.value))
    assert "--" in said
    for name in ("n_folds", "n_repeats", "allow_leaks", "embargo=", "protocol=", "make_splits", "leukfeat."):
        assert name not in said
