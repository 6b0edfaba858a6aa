"""Scores on disk while they are made: one file for each chunk, whole or not there."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True)
class Plan:
    """What a file of scores is made of: equal plans give equal files.

    Parameters
    ----------
    model : str
        Id of the model.
    inputs : str
        Digest of the paths in their order.
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
    n_images: int
    strict: bool
    chunk: int
    version: str = __version__

    @classmethod
    def of(cls, model: str, names: Sequence[str], *, strict: bool, chunk: int) -> "Plan":
        """Make the plan of a call.

        Parameters
        ----------
        model : str
            Id of the model.
        names : sequence of str
            Paths of the images, as they stand in the file.
        strict : bool
            Whether images unlike those of the training get no prediction.
        chunk : int
            Images to a part.

        Returns
        -------
        Plan
            For these.
        """
        digest = hashlib.sha256()
        for name in names:
            digest.update(name.encode() + b"\0")
        return cls(model, digest.hexdigest(), len(names), strict, chunk)

    def differs_in(self, other: "Plan") -> str:
        """Say what two plans differ in, but for the chunk; empty where they make the same file."""
        said = {
            "model": "another model",
            "inputs": "other images",
            "n_images": "other images",
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
        """
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
        """Remove the folder and what is in it."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:07d}.parquet"

    def _is_whole(self, number: int, plan: Plan) -> bool:
        expected = min(plan.chunk, plan.n_images - number * plan.chunk)
        try:
            found: Any = pq.ParquetFile(self._file(number))
        except (OSError, pa.ArrowException):
            return False
        return bool(found.metadata.num_rows == expected and found.schema_arrow.equals(self._schema))
