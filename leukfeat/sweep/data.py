"""What a sweep is fitted on, in memory and as files that its tasks map."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.reduction import ReduceColumns, embedding_columns

__all__ = ["SharedData", "SweepData", "share"]


@dataclass(frozen=True)
class SweepData:
    """What the candidates are fitted on.

    Attributes
    ----------
    values : numpy.ndarray of float32, shape (n_samples, n_features)
        Features; NaN where something could not be measured.
    labels : numpy.ndarray of str, shape (n_samples,)
        True classes.
    feature_names : tuple of str
        Names of the columns.
    n_shown : int
        How many of them, the first ones, are features; the others only those candidates see that name them.
    classes : tuple of str
        All classes, sorted.
    positive : str
        The positive class of two; plays no part with several.
    seed : int
        Of what is random in the models.
    n_components : int, default=None
        How many components stand in each fold for the columns of networks; None keeps these.
    scene : str, default=""
        What the images show, for the reason why a column is not there.
    """

    values: NDArray[np.float32]
    labels: NDArray[Any]
    feature_names: tuple[str, ...]
    n_shown: int
    classes: tuple[str, ...]
    positive: str
    seed: int
    n_components: int | None = None
    scene: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it but the seed, read once."""
        columns = (self.feature_names, self.n_shown, self.n_components)
        told = repr((self.values.shape, self.labels.tolist(), *columns, self.classes))
        positive = self.positive if len(self.classes) == 2 else ""
        found = hashlib.sha256(f"{told}{positive}".encode())
        found.update(np.ascontiguousarray(self.values, dtype=np.float32).data)
        return found.hexdigest()


@dataclass(frozen=True)
class SharedData:
    """The data of a sweep as files that tasks map into memory.

    Attributes
    ----------
    folder : pathlib.Path
        Where they lie.
    feature_names, n_shown, classes, seed, n_components, scene
        As in `SweepData`.
    positive : int
        Number of the positive class of two.
    """

    folder: Path
    feature_names: tuple[str, ...]
    n_shown: int
    classes: tuple[str, ...]
    positive: int
    seed: int
    n_components: int | None = None
    scene: str = ""

    def reduction(self) -> ReduceColumns | None:
        """Return what puts components in the place of the columns of networks, unfitted.

        Returns
        -------
        ReduceColumns or None
            None where nothing is to be reduced.
        """
        columns = self._embedded
        return ReduceColumns(self.n_components, columns) if columns and self.n_components else None

    @property
    def n_columns(self) -> int:
        """How many columns a model sees that sees all features, at most."""
        n_embedded = len(self._embedded)
        n_left = n_embedded if self.n_components is None else min(self.n_components, n_embedded)
        return self.n_shown - n_embedded + n_left

    @property
    def _embedded(self) -> tuple[int, ...]:
        return embedding_columns(self.feature_names[: self.n_shown])

    @property
    def features(self) -> NDArray[np.float32]:
        """The features, without what stands aside."""
        return self._table[:, : self.n_shown]

    def values(self, candidate: Candidate) -> NDArray[np.float32]:
        """Return the columns that a candidate sees.

        Parameters
        ----------
        candidate : Candidate
            Who asks.

        Returns
        -------
        numpy.ndarray of float32, shape (n_samples, n_columns)
            All features, or those that it names; for chance, which looks at none, the first.
        """
        if candidate.kind == "chance":
            return self.features[:, :1]
        if candidate.columns is None:
            return self.features
        return self._table[:, self.places(candidate.columns)]

    def codes(self) -> NDArray[np.intp]:
        """Return the number of each row's class.

        Returns
        -------
        numpy.ndarray of intp, shape (n_samples,)
            Its place among the classes.
        """
        codes: NDArray[np.intp] = np.load(self.folder / "codes.npy")
        return codes

    def places(self, columns: tuple[str, ...]) -> list[int]:
        """Return where columns stand in the table.

        Parameters
        ----------
        columns : tuple of str
            Their names.

        Returns
        -------
        list of int
            Their places.
        """
        absent = [name for name in columns if name not in self.feature_names]
        if absent and absent[0].startswith("background_"):
            raise ConfigurationError(
                "not available: cells on black have no background"
                if self.scene == "masked"
                else "not available: a table of leukfeat extract does not hold the background's colour; "
                "compare the manifest itself"
            )
        if absent:
            raise ConfigurationError(f"not available: the table has no column {absent[0]!r}")
        return [self.feature_names.index(name) for name in columns]

    @property
    def _table(self) -> NDArray[np.float32]:
        values: NDArray[np.float32] = np.load(self.folder / "values.npy", mmap_mode="r")
        return values


def share(data: SweepData, folder: Path) -> SharedData:
    """Write the data of a sweep for its tasks.

    Parameters
    ----------
    data : SweepData
        What is fitted on.
    folder : pathlib.Path
        An existing folder.

    Returns
    -------
    SharedData
        Light enough to travel with every task.
    """
    np.save(folder / "values.npy", np.asarray(data.values, dtype=np.float32))
    np.save(folder / "codes.npy", np.searchsorted(np.asarray(data.classes), data.labels))
    positive = data.classes.index(data.positive) if len(data.classes) == 2 else 0
    return SharedData(
        folder,
        data.feature_names,
        data.n_shown,
        data.classes,
        positive,
        data.seed,
        data.n_components,
        data.scene,
    )
