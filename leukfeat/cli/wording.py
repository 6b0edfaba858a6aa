"""Messages of the library in the words of the command line: options for parameters."""

import re
from collections.abc import Mapping

__all__ = ["COMMANDS", "LISTS", "OPTIONS", "in_options"]

OPTIONS = {  # by parameter
    **{name: f"--{name}" for name in ("embargo", "jobs", "labels", "overwrite", "positive", "protocol")},
    **{name: f"--{name}" for name in ("families", "n", "root", "scene", "seed", "size")},
    **{name: f"--{name}" for name in ("chunk", "timeout")},
    "allow_leaks": "--allow-leaks",
    "allow_mismatch": "--allow-mismatch",
    "device": "--device",
    "embeddings": "--embedding",
    "class_effect": "--class-effect",
    "merge_leaks": "--merge-leaks",
    "n_components": "--reduce",
    "n_folds": "--folds",
    "n_repeats": "--repeats",
    "n_subjects": "--subjects",
    "subject_classes": "--subject-classes",
    "subject_effect": "--subject-effect",
}
LISTS = {"class": "--labels", "family": "--families"}  # by what is listed
COMMANDS = {"make_splits": "compare", "write_synthetic": "data synthesize"}  # by function

_IN_PYTHON_TOO = re.compile(r"(?:\w+=\S+|leukfeat\.[\w.]+) \((?:on the command line: )?(--[^)]+)\)")
_IN_PARENTHESES = re.compile(r"\(on the command line: (--[^)]+)\)")
_PARAMETER = re.compile(r"The '(\w+)' parameter of \w+ must be")
_SWITCH = re.compile(r"\b(\w+)=True\b")
_UNKNOWN = re.compile(r"Unknown (\w+) ('[^']*') in \w+\.")
_TWICE = re.compile(r"^\w+ got (\w+) ('[^']*') more than once\.")
_FUNCTION = re.compile(r"^(\w+) expects")


def in_options(message: str) -> str:
    """Name options and commands where a message of the library names parameters and functions.

    Parameters
    ----------
    message : str
        What an exception says. Where it gives advice in Python and, in parentheses, for the command line, the
        latter alone is kept.

    Returns
    -------
    str
        The same; what has no option keeps its name.

    Examples
    --------
    >>> from leukfeat.cli.wording import in_options
    >>> in_options("The 'n_folds' parameter of make_splits must be an int of at least 2. Got 1.")
    '--folds must be an int of at least 2. Got 1.'
    >>> in_options("Use n_folds=3 (on the command line: --folds 3).")
    'Use --folds 3.'
    """
    message = _IN_PYTHON_TOO.sub(r"\1", message)
    message = _IN_PARENTHESES.sub(r"(\1)", message)
    message = _reword(_PARAMETER, message, OPTIONS, "{0} must be")
    message = _reword(_SWITCH, message, OPTIONS, "{0}")
    message = _reword(_UNKNOWN, message, LISTS, "Unknown {1} {2} in {0}.")
    message = _reword(_TWICE, message, LISTS, "{0} names the {1} {2} more than once.")
    return _reword(_FUNCTION, message, COMMANDS, "{0} expects")


def _reword(pattern: re.Pattern[str], message: str, known: Mapping[str, str], text: str) -> str:
    """Replace what is found by a text that names its counterpart; leave alone what has none."""

    def replace(found: re.Match[str]) -> str:
        name = known.get(found[1])
        return found[0] if name is None else text.format(name, *found.groups())

    return pattern.sub(replace, message)
