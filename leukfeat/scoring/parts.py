"""Scores on disk while they are made: one file for each chunk, whole or not there."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leukfeat._tables import make_folder, replacing, write_json
from leukfeat._version import __version__
from leukfeat.errors import ConfigurationError

__all__ = ["Parts", "Plan"]

_PLAN = "plan.json"
_OWN = re.compile(r"plan\.json|\d{7,}\.parquet|\.(plan\.json|\d{7,}\.parquet)\.\d+\.tmp")


@dataclass(frozen=True)
class Plan:
    """What a file of scores is made of: equal plans give equal files.

    Parameters
    ----------
    model : str
        Id of the model.
    inputs : str
        Digest of the paths in their order.
    files : str
        Digest of the files' sizes and times of change; the file of scores does not keep it.
    n_images : int
        Their number.
    strict : bool
        Whether images unlike those of the training get no prediction.
    chunk : int
        Images to a part; without influence on what the file holds.
    version : str, default=__version__
        Of leukfeat.
    """

    model: str
    inputs: str
    files: str
    n_images: int
    strict: bool
    chunk: int
    version: str = __version__

    @classmethod
    def of(
        cls, model: str, names: Sequence[str], paths: Sequence[str], *, strict: bool, chunk: int
    ) -> "Plan":
        """Make the plan of a call.

        Parameters
        ----------
        model : str
            Id of the model.
        names : sequence of str
            Paths of the images, as they stand in the file.
        paths : sequence of str
            Where they lie.
        strict : bool
            Whether images unlike those of the training get no prediction.
        chunk : int
            Images to a part.

        Returns
        -------
        Plan
            For these.
        """
        return cls(model, _digest(names), _digest(map(_state, paths)), len(names), strict, chunk)

    def differs_in(self, other: "Plan") -> str:
        """Say what two plans differ in, but for the chunk; empty where they make the same file."""
        said = {
            "model": "another model",
            "inputs": "other images",
            "n_images": "other images",
            "files": "images changed",
            "strict": "strict changed",
            "version": "another version of leukfeat",
        }
        ours, theirs = asdict(self), asdict(other)
        return ", ".join(dict.fromkeys(text for key, text in said.items() if ours[key] != theirs[key]))


class Parts:
    """The folder of parts beside a file of scores.

    Parameters
    ----------
    target : pathlib.Path
        The file of scores.
    schema : pyarrow.Schema
        Its columns.
    """

    def __init__(self, target: Path, schema: pa.Schema) -> None:
        self.folder = target.with_name(f"{target.name}.parts")
        self._schema = schema

    @property
    def exist(self) -> bool:
        """Whether an earlier call has left some."""
        return self.folder.exists()

    def begin(self, plan: Plan) -> None:
        """Start an empty folder.

        Parameters
        ----------
        plan : Plan
            What is going to be made.

        Raises
        ------
        leukfeat.errors.ConfigurationError
            If there is a folder of that name that holds anything but parts.
        """
        strange = [file.name for file in self._entries() if not _OWN.fullmatch(file.name)]
        if strange:
            raise ConfigurationError(
                f"{self.folder} holds more than parts of scores, such as {strange[0]!r}. Move it away, or "
                "name another file to write."
            )
        self.remove()
        make_folder(self.folder)
        write_json(asdict(plan), self.folder / _PLAN)

    def plan(self) -> Plan:
        """Return the plan of an earlier call.

        Returns
        -------
        Plan
            As it was written.

        Raises
        ------
        leukfeat.errors.ConfigurationError
            If there is none, or it cannot be read.
        """
        try:
            return Plan(**json.loads((self.folder / _PLAN).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(
                f"{self.folder} is of no run that can go on. --force starts anew."
            ) from error

    def write(self, number: int, frame: pd.DataFrame) -> None:
        """Write one part.

        Parameters
        ----------
        number : int
            Of the chunk, from 0.
        frame : pandas.DataFrame
            Its scores.
        """
        with replacing(self._file(number)) as temporary:
            pq.write_table(self.as_arrow(frame), temporary)

    def as_arrow(self, frame: pd.DataFrame) -> pa.Table:
        """Bring scores to their types.

        Parameters
        ----------
        frame : pandas.DataFrame
            Scores.

        Returns
        -------
        pyarrow.Table
            The same.
        """
        return pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False)

    def missing(self, plan: Plan) -> list[int]:
        """Return the numbers of the chunks that are not there, or not whole.

        Parameters
        ----------
        plan : Plan
            What is being made.

        Returns
        -------
        list of int
            In order.
        """
        numbers = range(-(-plan.n_images // plan.chunk))
        return [number for number in numbers if not self._is_whole(number, plan)]

    def read(self, plan: Plan) -> Iterator[pa.Table]:
        """Read all parts in order.

        Parameters
        ----------
        plan : Plan
            What has been made.

        Yields
        ------
        pyarrow.Table
            The scores of one chunk.
        """
        for number in range(-(-plan.n_images // plan.chunk)):
            yield pq.ParquetFile(self._file(number)).read()

    def remove(self) -> None:
        """Remove the parts, and the folder unless it holds anything else."""
        for file in self._entries():
            if _OWN.fullmatch(file.name):
                file.unlink()
        if self.folder.exists() and not self._entries():
            self.folder.rmdir()

    def _entries(self) -> list[Path]:
        return sorted(self.folder.iterdir()) if self.folder.exists() else []

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:07d}.parquet"

    def _is_whole(self, number: int, plan: Plan) -> bool:
        expected = min(plan.chunk, plan.n_images - number * plan.chunk)
        try:
            found: Any = pq.ParquetFile(self._file(number))
        except (OSError, pa.ArrowException):
            return False
        return bool(found.metadata.num_rows == expected and found.schema_arrow.equals(self._schema))


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def _state(path: str) -> str:
    """Return what tells a file from the one that it was; empty where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - twice as fast as pathlib
    except (OSError, ValueError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
