"""Estimators by the name of where they are: `module:object`, or `file.py:object`."""

import io
import pickle
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getsourcefile, isclass, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

from sklearn.base import clone

from leukfeat.errors import ConfigurationError

__all__ = ["find_source_file", "load_object", "make_estimator", "modules_within", "split_source"]

_VERSIONED = ("sklearn", "xgboost")


def make_estimator(source: str, parameters: dict[str, Any]) -> Any:
    """Make an estimator, unfitted.

    Parameters
    ----------
    source : str
        Where a class, a function that returns an estimator, or an estimator is.
    parameters : dict
        What class or function is called with; for an estimator, what is set on a clone of it.

    Returns
    -------
    estimator
        A new one each time.
    """
    found = load_object(source)
    if isclass(found) or not hasattr(found, "fit"):
        return found(**parameters)
    return clone(found).set_params(**parameters)


def load_object(source: str) -> Any:
    """Import what a source names.

    Parameters
    ----------
    source : str
        `module:object` or `file.py:object`; the object may be an attribute of one (`module:Class.make`).

    Returns
    -------
    object
        What is found there.

    Raises
    ------
    ImportError, AttributeError, OSError
        If there is no such module, object or file; and whatever the module raises when it is imported.
    """
    place, name = split_source(source)
    found: Any = load_file(Path(place)) if place.endswith(".py") else import_module(place)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def split_source(source: str) -> tuple[str, str]:
    """Part a source into the place and the object there.

    Parameters
    ----------
    source : str
        `module:object` or `file.py:object`.

    Returns
    -------
    place : str
        A module or a file.
    name : str
        The object; empty where there is no colon.
    """
    if ":" not in source:
        return source, ""
    place, _, name = source.rpartition(":")
    return place, name


def load_file(path: Path) -> ModuleType:
    """Import a Python file under its stem, once.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    types.ModuleType
        As `import stem` would give it in the file's folder, so that fitted models of its classes can be
        unpickled wherever the module can be imported.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If another module goes by that name.
    """
    name, file = path.stem, str(path.absolute())
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == file:
        return known
    if known is not None or name in sys.stdlib_module_names:
        raise ConfigurationError(f"Another module is called {name!r}. Rename the file {path}.")
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} cannot be imported as a module.")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def find_source_file(source: str) -> Path | None:
    """Find the file that defines what a source names.

    Parameters
    ----------
    source : str
        `module:object` or `file.py:object`.

    Returns
    -------
    pathlib.Path or None
        The file; of a class or function the one that it is written in, which may be another than the one that
        it is imported from. None for scikit-learn and XGBoost, and where there is no file.
    """
    place, _ = split_source(source)
    if place.endswith(".py"):
        return Path(place)
    if place.split(".")[0] in _VERSIONED:
        return None
    found = load_object(source)
    file = getsourcefile(found) if isclass(found) or isfunction(found) else None
    file = file or getattr(import_module(place), "__file__", None)
    return None if file is None else Path(file)


def modules_within(thing: Any) -> set[str]:
    """List the modules of all that an object is made of.

    Parameters
    ----------
    thing : object
        One that can be pickled; of another, what comes before the part that cannot.

    Returns
    -------
    set of str
        Names of the modules of its classes and functions, and of those of its parts.
    """
    collector = _Modules(io.BytesIO())
    try:
        collector.dump(thing)
    except Exception:  # whatever pickling raises: its task cannot start, and says so
        return collector.found
    return collector.found


class _Modules(pickle.Pickler):
    """Looks at every object on its way into a pickle."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.found: set[str] = set()

    def persistent_id(self, obj: Any) -> None:
        kind = obj if isclass(obj) or isfunction(obj) else type(obj)
        self.found.add(kind.__module__)
