"""The contract that every feature family keeps, as checks for anybody's test suite.

Examples
--------
In a test module of a package with a family of its own::

    @pytest.mark.parametrize("check", family_checks(MyFeatures()), ids=str)
    def test_contract(check):
        check()
"""

import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from leukfeat.features.family import CellFamily

__all__ = ["FamilyCheck", "example_cells", "family_checks"]

_CYTOPLASM, _NUCLEUS = 128, 255
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")


@dataclass(frozen=True)
class FamilyCheck:
    """One clause of the contract, to be called without arguments.

    Attributes
    ----------
    name : str
        What it checks; also its `str`.
    family : CellFamily
        The family that is checked; each call works on a clone.
    cells : numpy.ndarray of uint8, shape (n, size, size, 4)
        The images it is checked with.
    atol : float
        How far rows may differ that should be equal; 0 means bit for bit.
    clause : callable
        Called with family, cells and atol; raises AssertionError where the contract is broken.
    """

    name: str
    family: CellFamily
    cells: NDArray[np.uint8]
    atol: float
    clause: Callable[[CellFamily, NDArray[np.uint8], float], None]

    def __call__(self) -> None:
        """Run the check on a clone of the family and a copy of the cells."""
        self.clause(clone(self.family), self.cells.copy(), self.atol)

    def __str__(self) -> str:
        return self.name


def family_checks(
    family: CellFamily, *, cells: NDArray[np.uint8] | None = None, atol: float = 0.0
) -> tuple[FamilyCheck, ...]:
    """List the checks of the contract of feature families.

    Parameters
    ----------
    family : CellFamily
        The family to check.
    cells : numpy.ndarray of uint8, shape (n, size, size, 4), default=None
        At least three images to check it with; None takes `example_cells` of the family's frame size.
    atol : float, default=0.0
        How far rows may differ that should be equal. Counting families keep 0.0, bit for bit; embeddings may
        need 1e-5.

    Returns
    -------
    tuple of FamilyCheck
        Each raises AssertionError, with a message that names the family, if the contract is broken.
    """
    images = example_cells(size=family.frame_size or 64) if cells is None else cells
    return tuple(FamilyCheck(name, family, images, atol, clause) for name, clause in _CLAUSES.items())


def example_cells(n: int = 6, size: int = 64, seed: int = 0) -> NDArray[np.uint8]:
    """Draw plain cells to check families with.

    Parameters
    ----------
    n : int, default=6
        Number of images.
    size : int, default=64
        Side of each, in pixels.
    seed : int, default=0
        Of the random generator.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, size, size, 4)
        Noisy ellipses with nuclei; of each three images the second holds two cells and the third a cell
        without nucleus.
    """
    generator = np.random.default_rng(seed)
    cells = np.empty((n, size, size, 4), dtype=np.uint8)
    for i, cell in enumerate(cells):
        region = _example_region(generator, size, n_cells=2 if i % 3 == 1 else 1, nucleus=i % 3 != 2)
        colour = np.where(region[..., np.newaxis] == 0, (230, 220, 225), (185, 165, 210))
        colour = np.where(region[..., np.newaxis] == _NUCLEUS, (110, 70, 150), colour)
        cell[..., :3] = np.clip(colour + generator.normal(0.0, 12.0, colour.shape), 0.0, 255.0)
        cell[..., 3] = region
    return cells


def _example_region(
    generator: np.random.Generator, size: int, *, n_cells: int, nucleus: bool
) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:size, :size] / size
    region = np.zeros((size, size), dtype=np.uint8)
    for k in range(n_cells):
        centre = (k + 0.5) / n_cells
        width, height = generator.uniform(0.3, 0.42, 2) / n_cells
        distance = np.hypot((rows - 0.5) / height, (columns - centre) / width)
        region[distance < 1.0] = _CYTOPLASM
        if nucleus:
            region[distance < generator.uniform(0.5, 0.8)] = _NUCLEUS
    return region


def _require(family: CellFamily, condition: bool, complaint: str) -> None:
    if not condition:
        raise AssertionError(f"{type(family).__name__} {complaint}")


def _require_equal(
    family: CellFamily, rows: NDArray[Any], expected: NDArray[Any], atol: float, complaint: str
) -> None:
    same_shape = rows.shape == expected.shape
    if same_shape and atol == 0.0:
        equal = np.array_equal(rows, expected, equal_nan=True)
    else:
        equal = same_shape and np.allclose(rows, expected, rtol=0.0, atol=atol, equal_nan=True)
    _require(family, bool(equal), complaint)


def _check_names(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:  # noqa: ARG001
    names = [spec.name for spec in family.specs()]
    wrong = [name for name in names if not _NAME.fullmatch(name) or not name.startswith(f"{family.family}_")]
    _require(family, not wrong, f"has names that are not lower case '{family.family}_…': {wrong[:3]}.")
    _require(family, len(set(names)) == len(names), "names a column twice.")
    out = list(family.get_feature_names_out())
    _require(family, out == names, "gives other names in get_feature_names_out than in specs.")


def _check_specs(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:  # noqa: ARG001
    for spec in family.specs():
        _require(family, spec.family == family.family, f"has a spec of family {spec.family!r}: {spec.name}.")
        _require(family, bool(spec.unit and spec.description), f"does not describe column {spec.name}.")
        _require(family, spec.length_power in (0, 1, 2), f"has a length_power beyond 2: {spec.name}.")


def _check_output(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:  # noqa: ARG001
    rows = family.fit(cells).transform(cells)
    expected = (len(cells), len(family.specs()))
    _require(family, isinstance(rows, np.ndarray), f"returns {type(rows).__name__} and no NumPy array.")
    _require(family, rows.shape == expected, f"returns shape {rows.shape}, expected {expected}.")
    _require(family, rows.dtype == np.float32, f"returns {rows.dtype}, expected float32.")
    _require(family, rows.flags["C_CONTIGUOUS"], "returns an array that is not C-contiguous.")
    _require(family, not np.isinf(rows).any(), "returns infinite values; what cannot be measured is NaN.")


def _check_rows_independent(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:
    rows = family.transform(cells)
    single = np.concatenate([family.transform(cells[i : i + 1]) for i in range(len(cells))])
    _require_equal(family, single, rows, atol, "gives rows that depend on the size of the batch.")
    reverse = family.transform(cells[::-1].copy())[::-1]
    _require_equal(family, reverse, rows, atol, "gives rows that depend on the order of the batch.")
    again = family.transform(cells)
    _require_equal(family, again, rows, atol, "gives other rows at the second call.")


def _check_input_unchanged(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:
    before = cells.copy()
    rows = family.transform(cells)
    _require(family, np.array_equal(cells, before), "changes its input.")
    cells.flags.writeable = False
    _require_equal(family, family.transform(cells), rows, atol, "gives other rows for read-only input.")


def _check_strided_input(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:
    rows = family.transform(cells)
    strided = np.repeat(cells, 2, axis=0)[::2]
    _require_equal(family, family.transform(strided), rows, atol, "gives other rows for a strided batch.")
    planar = np.ascontiguousarray(cells.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    _require_equal(family, family.transform(planar), rows, atol, "gives other rows for planar memory.")


def _check_unmeasurable(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:  # noqa: ARG001
    """Frames that are all background, all cytoplasm, all nucleus: who reads regions lacks one in some."""
    extremes = [cells[:1].copy() for _ in range(3)]
    for image, region in zip(extremes, (0, _CYTOPLASM, _NUCLEUS), strict=True):
        image[..., 3] = region
    rows = [family.transform(image) for image in extremes]
    reads_regions = any(not np.array_equal(row, rows[0], equal_nan=True) for row in rows[1:])
    unmeasured = any(np.isnan(row).any() for row in rows)
    infinite = any(np.isinf(row).any() for row in rows)
    _require(family, unmeasured or not reads_regions, "gives numbers, not NaN, for what cannot be measured.")
    _require(family, not infinite, "gives infinite values, not NaN, for what cannot be measured.")


def _check_empty_batch(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:  # noqa: ARG001
    rows = family.transform(cells[:0])
    expected = (0, len(family.specs()))
    _require(
        family, rows.shape == expected, f"returns shape {rows.shape} for no images, expected {expected}."
    )


def _check_clone(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:
    rows = family.fit_transform(cells)
    parameters = family.get_params()
    copy = clone(family)
    _require(family, copy.get_params() == parameters, "has other parameters after clone.")
    copy.set_params(**parameters)
    _require_equal(family, copy.transform(cells), rows, atol, "gives other rows after clone.")


def _check_pickle(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:
    rows = family.fit_transform(cells)
    restored = pickle.loads(pickle.dumps(family))  # noqa: S301 - our own bytes
    _require_equal(family, restored.transform(cells), rows, atol, "gives other rows after pickling.")


def _check_pandas(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:
    rows = family.transform(cells)
    frame = clone(family).set_output(transform="pandas").fit(cells).transform(cells)
    columns = list(getattr(frame, "columns", []))
    _require(family, columns == list(family.get_feature_names_out()), "does not name the columns of a frame.")
    _require_equal(family, frame.to_numpy(), rows, atol, "gives other rows in a frame.")


def _check_wrong_input(family: CellFamily, cells: NDArray[np.uint8], atol: float) -> None:  # noqa: ARG001
    wrong_types: tuple[Any, ...] = (cells.tolist(), None, cells.astype(np.float64))
    wrong_shapes = (cells[0], cells[..., :3], cells[:, :-1])
    for wrong in wrong_types:
        _require_error(family, wrong, TypeError)
    for wrong in wrong_shapes:
        _require_error(family, wrong, ValueError)


def _require_error(family: CellFamily, wrong: Any, expected: type[Exception]) -> None:
    what = f"{wrong.dtype} {wrong.shape}" if isinstance(wrong, np.ndarray) else type(wrong).__name__
    for act in (family.fit, family.transform):
        try:
            act(wrong)
        except expected as error:
            named = type(family).__name__ in str(error)
            _require(family, named, f"does not name itself in the error about {what}: {error}")
        else:
            _require(family, False, f"accepts {what} without {expected.__name__}.")


_CLAUSES: dict[str, Callable[[CellFamily, NDArray[np.uint8], float], None]] = {
    "names": _check_names,
    "specs": _check_specs,
    "output": _check_output,
    "rows_independent": _check_rows_independent,
    "input_unchanged": _check_input_unchanged,
    "strided_input": _check_strided_input,
    "unmeasurable": _check_unmeasurable,
    "empty_batch": _check_empty_batch,
    "clone": _check_clone,
    "pickle": _check_pickle,
    "pandas": _check_pandas,
    "wrong_input": _check_wrong_input,
}
