"""Finished tasks on disk, found again by what they were made of."""

import io
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from leukfeat._isolation import Limits
from leukfeat._tables import replacing
from leukfeat.errors import ConfigurationError
from leukfeat.sweep.fold_result import FoldResult

__all__ = ["TaskStore", "holds_tasks_only"]

_LOG = logging.getLogger(__name__)
_ARRAYS = ("predicted", "ranking", "probabilities", "cuts")
_NAMES = ("model", "repeat", "fold")  # of the row and fold that ask, not of what was computed
_WORK = "work-"
_OWN_NAME = re.compile(r"\.?[0-9a-f]{64}\.npz(\.\d+\.tmp)?|work-\d+")


def holds_tasks_only(folder: Path) -> bool:
    """Return whether a folder holds finished tasks and nothing else.

    Parameters
    ----------
    folder : pathlib.Path
        Any path.

    Returns
    -------
    bool
        Also true of an empty folder.
    """
    return folder.is_dir() and all(_OWN_NAME.fullmatch(entry.name) for entry in folder.iterdir())


@dataclass
class TaskStore:
    """The finished tasks of a run.

    Parameters
    ----------
    folder : pathlib.Path
        Where they lie, a file each; made when the first is written.
    """

    folder: Path
    _written: list[Path] = field(default_factory=list, repr=False)

    def read(self, key: str, limits: Limits) -> FoldResult | None:
        """Return a finished task.

        Parameters
        ----------
        key : str
            Of `leukfeat.sweep.task_key.task_key`.
        limits : Limits
            What it could take now: one that failed for want of less is not finished.

        Returns
        -------
        FoldResult or None
            Without the names of model and fold; None where there is none, or its file is damaged.
        """
        path = self._path(key)
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
                told = json.loads(str(found["told"]))
                arrays = {name: found[name] for name in _ARRAYS}
            if told.pop("key") != key or _may_succeed(told.pop("cause"), told.pop("limits"), limits):
                return None
            told["warnings"] = tuple(told["warnings"])
            return FoldResult("", 0, 0, **arrays, **told)
        except FileNotFoundError:
            return None
        except Exception as error:  # whatever a damaged file raises: the task is done anew
            _LOG.warning("The finished task %s cannot be read and is done anew: %s", path, error)
            return None

    def write(self, key: str, result: FoldResult, cause: str, limits: Limits) -> None:
        """Keep a task.

        Parameters
        ----------
        key : str
            Of `leukfeat.sweep.task_key.task_key`.
        result : FoldResult
            What came of it, a failure too.
        cause : str
            Kind of the failure, as in `leukfeat._isolation.Outcome`.
        limits : Limits
            What it could take.
        """
        names = [item.name for item in fields(result) if item.name not in (*_ARRAYS, *_NAMES)]
        told = {
            **{name: getattr(result, name) for name in names},
            "key": key,
            "cause": cause,
            "limits": {"seconds": limits.seconds, "memory": limits.memory_bytes},
        }
        arrays: dict[str, Any] = {name: np.asarray(getattr(result, name)) for name in _ARRAYS}
        try:
            with replacing(self._path(key)) as temporary, temporary.open("wb") as file:
                np.savez(file, told=np.array(json.dumps(told)), **arrays)
            self._written.append(self._path(key))
        except (OSError, ConfigurationError) as error:  # results do not depend on it
            _LOG.warning("A finished task is not kept in %s: %s", self.folder, error)

    def forget(self) -> None:
        """Remove what this run has written, and the folders that are empty then."""
        for path in self._written:
            path.unlink(missing_ok=True)
        self._written.clear()
        self._remove_empty()

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Yield a folder for what tasks share, on the same disk; that of a run that was killed is removed."""
        self._remove_left_behind()
        place = self.folder / f"{_WORK}{os.getpid()}"
        place.mkdir(parents=True)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            self._remove_empty()

    def _remove_empty(self) -> None:
        with suppress(OSError):
            self.folder.rmdir()
            self.folder.parent.rmdir()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _remove_left_behind(self) -> None:
        for place in self.folder.glob(f"{_WORK}*"):
            number = place.name.removeprefix(_WORK)
            own = number == str(os.getpid())
            if number.isdigit() and (own or not psutil.pid_exists(int(number))):
                shutil.rmtree(place, ignore_errors=True)


def _may_succeed(cause: str, before: dict[str, float], now: Limits) -> bool:
    """Return whether a failure is one of limits that are wider now, or one that nothing explains."""
    wider = {"timeout": now.seconds > before["seconds"], "memory": now.memory_bytes > before["memory"]}
    return wider.get(cause, False)
