"""From what somebody asks for to candidates."""

from dataclasses import replace
from difflib import get_close_matches
from inspect import isclass
from pathlib import Path
from typing import Any

from sklearn.base import is_classifier

from leukfeat.errors import ConfigurationError
from leukfeat.sweep.candidates import CORE, Candidate
from leukfeat.sweep.sources import load_object, modules_within, split_source
from leukfeat.sweep.wide import LEFT_OUT, WIDE

__all__ = ["find_candidates"]

_SETS = {"core": CORE, "wide": WIDE}


def find_candidates(text: str) -> tuple[Candidate, ...]:
    """Find the candidates that a list asks for.

    Parameters
    ----------
    text : str
        Parts separated by commas, each one of `core`, `wide`, the name of a model of either (in any case), or
        `MODULE:OBJECT`: an importable module, or the path of a .py file, and in it a `Candidate`, an
        estimator, its class, or a function that returns one.

    Returns
    -------
    tuple of Candidate
        In the order asked for, each once.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If a name is unknown, a module cannot be imported, an object is not there or is no classifier, or two
        different candidates have the same name.

    Examples
    --------
    >>> from leukfeat.sweep import find_candidates
    >>> [candidate.name for candidate in find_candidates("svc,LinearSVC")]
    ['SVC', 'LinearSVC']
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ConfigurationError(f"Models are names separated by commas. Got {text!r}.")
    found: list[Candidate] = []
    for candidate in (candidate for part in parts for candidate in _of_part(part)):
        if candidate not in found:
            found.append(candidate)
    names = [candidate.name for candidate in found]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise ConfigurationError(
            f"Two models would be called {repeated[0]!r}. Ask for one, or name yours by a Candidate."
        )
    return tuple(found)


def _of_part(part: str) -> tuple[Candidate, ...]:
    if part.lower() in _SETS:
        return _SETS[part.lower()]
    return (_of_object(part) if ":" in part else _of_name(part),)


def _of_name(name: str) -> Candidate:
    known = {candidate.name.lower(): candidate for candidate in WIDE}
    if name.lower() in known:
        return known[name.lower()]
    for left_out, reason in LEFT_OUT.items():
        if name.lower() == left_out.lower():
            raise ConfigurationError(f"{left_out} is not among the models: {reason}.")
    near = get_close_matches(name.lower(), [*known, *_SETS], n=3, cutoff=0.5)
    meant = " or ".join(known[match].name if match in known else match for match in near)
    advice = f"Did you mean {meant}? " if near else ""
    raise ConfigurationError(
        f"Unknown model {name!r}. {advice}`leukfeat models --wide` lists them; MODULE:OBJECT or "
        "path/to/file.py:OBJECT names one of your own."
    )


def _of_object(source: str) -> Candidate:
    place, name = split_source(source)
    if not place or not name:
        raise ConfigurationError(f"A model of your own is MODULE:OBJECT. Got {source!r}.")
    if place.endswith(".py"):
        place = str(Path(place).expanduser().absolute())
    whole = f"{place}:{name}"
    found = _load(whole)
    if isinstance(found, Candidate):
        candidate = _at_home(found, place)
    else:
        label = found.__name__ if isclass(found) else f"{Path(place).stem}.{name}"
        candidate = Candidate(label, whole)
    _check_classifier(candidate, source)
    _check_parameters(candidate, place)
    return candidate


def _load(source: str) -> Any:
    """Import an object, or say in one line why that cannot be."""
    place, name = split_source(source)
    try:
        return load_object(source)
    except FileNotFoundError as error:
        raise ConfigurationError(f"There is no file {error.filename or place}.") from error
    except ModuleNotFoundError as error:
        if not _is_within(error.name, place):
            raise ConfigurationError(f"{place} imports {error.name!r}, which is not installed.") from error
        advice = "Install it, or give the path of a .py file: my_model.py:make."
        raise ConfigurationError(f"There is no module {error.name!r} ({source}). {advice}") from error
    except AttributeError as error:
        raise ConfigurationError(f"{place} has no object {name!r}: {error}.") from error
    except ConfigurationError:
        raise
    except Exception as error:
        raise ConfigurationError(f"{place} cannot be imported: {type(error).__name__}: {error}.") from error


def _is_within(module: str | None, place: str) -> bool:
    """Tell whether a module is what a place names, or a package above it."""
    return module is not None and f"{place}.".startswith(f"{module}.")


def _at_home(candidate: Candidate, place: str) -> Candidate:
    """Let a candidate from a file find an estimator in that file, which no process can import by name."""
    module, name = split_source(candidate.estimator)
    if place.endswith(".py") and module in (Path(place).stem, Path(place).name):
        return replace(candidate, estimator=f"{place}:{name}")
    return candidate


def _check_parameters(candidate: Candidate, place: str) -> None:
    """Raise if parameters hold what only a file defines: they travel to tasks before it is imported there."""
    if place.endswith(".py") and Path(place).stem in modules_within(
        [dict(candidate.parameters), dict(candidate.wide)]
    ):
        raise ConfigurationError(
            f"A parameter of {candidate.name} holds what only {place} defines, and does not reach the "
            "processes that fit. Name a function of that file that makes the estimator: FILE.py:FUNCTION."
        )


def _check_classifier(candidate: Candidate, source: str) -> None:
    """Raise unless what a candidate builds is a classifier that can be cloned."""
    try:
        estimator = candidate.build(2, seed=0)
        right = (
            is_classifier(estimator)
            and hasattr(type(estimator), "fit")
            and hasattr(type(estimator), "predict")
        )
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise ConfigurationError(f"{source} cannot be made into a classifier: {said}.") from error
    if not right:
        raise ConfigurationError(
            f"{source} is no classifier: it gives {type(estimator).__name__}. A classifier has fit and "
            "predict and derives from sklearn.base.ClassifierMixin and BaseEstimator, in that order."
        )
