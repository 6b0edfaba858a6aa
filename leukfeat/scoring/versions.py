"""With what a model was made, and what of that this machine has otherwise."""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from leukfeat._text import visible

__all__ = ["installed", "machine", "other_versions", "versions_of"]

_ALWAYS = ("leukfeat", "numpy", "scipy", "scikit-learn", "joblib", "numba", "opencv-python-headless")
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}  # whose module has another name
_FREE = {"scipy", "joblib", "numba", "opencv-python-headless", "python", "skops", "onnxruntime"}
_ABSENT = "not installed"


def installed(name: str) -> str:
    """Return the version of a distribution.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    str
        `"not installed"` for what is absent.
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return _ABSENT


def versions_of(estimator: Any, *more: str) -> dict[str, str]:
    """Return the versions that a fitted model depends on.

    Parameters
    ----------
    estimator : estimator
        The model; the libraries of estimators inside it count, too.
    *more : str
        Further distributions.

    Returns
    -------
    dict of str to str
        By distribution, Python's own first.
    """
    parts = [estimator, *estimator.get_params(deep=True).values()]
    roots = {type(part).__module__.partition(".")[0] for part in parts}
    others = sorted(_DISTRIBUTIONS.get(root, root) for root in roots)
    found = {name: installed(name) for name in (*_ALWAYS, *others, *more)}
    known = {name: value for name, value in found.items() if value != _ABSENT}
    return {"python": platform.python_version(), **known}


def machine() -> dict[str, str]:
    """Return on what kind of machine this runs.

    Returns
    -------
    dict of str to str
        `system` and `processor`.
    """
    return {"system": platform.platform(), "processor": platform.machine()}


def other_versions(recorded: Mapping[str, str]) -> Iterator[str]:
    """Say which versions differ in a way that may change predictions, or keep a model from being read.

    Parameters
    ----------
    recorded : mapping of str to str
        Those that a model was made with.

    Yields
    ------
    str
        One sentence for each: of leukfeat any difference, of the libraries that fit models and hold their
        numbers one in the first two numbers.
    """
    for name, recorded_version in recorded.items():
        before = str(recorded_version)
        now = before if name in _FREE else installed(name)
        exact = name == "leukfeat"
        if (now != before) if exact else (_minor(now) != _minor(before)):
            yield f"It was made with {visible(name)} {visible(before)}; here is {now}."


def _minor(text: str) -> list[str]:
    return text.split(".")[:2]
