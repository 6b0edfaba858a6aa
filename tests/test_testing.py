"""The contract suite lets sound families pass and finds what is wrong with others."""

import numpy as np
import pytest

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.testing import example_cells, family_checks


class Sound(CellFamily):
    """Mean of each colour in the nucleus."""

    family = "sound"

    def __init__(self, *, gain: float = 1.0) -> None:
        self.gain = gain

    def specs(self) -> tuple[FeatureSpec, ...]:
        return tuple(
            FeatureSpec(f"{self.family}_mean_{c}", self.family, "1", 0, f"Mean of {c}.") for c in "rgb"
        )

    def measure(self, views):
        return np.array([self._row(view.rgb[view.nucleus]) for view in views])

    def _row(self, pixels):
        return self.gain * pixels.mean(axis=0) if len(pixels) else np.full(3, np.nan)


class WholeFrame(Sound):
    """Reads no regions, and measures every image."""

    family = "wholeframe"

    def measure(self, views):
        return np.array([view.rgb.mean(axis=(0, 1)) for view in views])


class BatchDependent(Sound):
    def transform(self, X):
        rows = super().transform(X)
        return rows + np.float32(len(rows))


class OrderDependent(Sound):
    def transform(self, X):
        rows = super().transform(X)
        return rows + np.arange(len(rows), dtype=np.float32)[:, np.newaxis] % 2


class Forgetful(Sound):
    calls = 0

    def measure(self, views):
        self.calls += 1
        return super().measure(views) + self.calls


class Mutating(Sound):
    def transform(self, X):
        rows = super().transform(X)
        if len(rows) and X.flags.writeable:
            X[0, 0, 0, 0] += 1
        return rows


class NeedsWritableInput(Sound):
    def transform(self, X):
        X[:0] = 0
        return super().transform(X)


class NeedsContiguousInput(Sound):
    def transform(self, X):
        rows = super().transform(X)
        return rows if X.flags["C_CONTIGUOUS"] else rows + np.float32(1)


class TooWide(Sound):
    def transform(self, X):
        rows = super().transform(X)
        return np.concatenate([rows, rows], axis=1)


class ZeroForNaN(Sound):
    def measure(self, views):
        return np.nan_to_num(super().measure(views))


class InfinityForNaN(Sound):
    def measure(self, views):
        return np.nan_to_num(super().measure(views), nan=np.inf)


class Fails(Sound):
    """Raises without a nucleus."""

    def measure(self, views):
        if not all(view.nucleus.any() for view in views):
            raise ValueError("no nucleus")
        return super().measure(views)


class DoublePrecision(Sound):
    def transform(self, X):
        return super().transform(X).astype(np.float64)


class ColumnMajor(Sound):
    def transform(self, X):
        return np.asfortranarray(super().transform(X))


class Capitals(Sound):
    family = "capitals"

    def specs(self):
        return tuple(FeatureSpec(f"capitals_Mean_{c}", "capitals", "1", 0, "Mean.") for c in "rgb")


class WithoutPrefix(Sound):
    def specs(self):
        return tuple(FeatureSpec(f"mean_{c}", self.family, "1", 0, "Mean.") for c in "rgb")


class Twice(Sound):
    def specs(self):
        return (super().specs()[0],) * 3


class OtherNames(Sound):
    def get_feature_names_out(self, input_features=None):
        return np.array(["sound_a", "sound_b", "sound_c"], dtype=object)


class OtherFamily(Sound):
    def specs(self):
        return tuple(FeatureSpec(f"sound_mean_{c}", "color", "1", 0, "Mean.") for c in "rgb")


class Undescribed(Sound):
    def specs(self):
        return tuple(FeatureSpec(f"sound_mean_{c}", self.family, "1") for c in "rgb")


class CubicPower(Sound):
    def specs(self):
        return tuple(FeatureSpec(f"sound_mean_{c}", self.family, "px^3", 3, "Volume.") for c in "rgb")


class ChangesParameters(Sound):
    def __init__(self, *, gain: float = 1.0) -> None:
        self.gain = gain

    def get_params(self, deep=True):
        return {"gain": self.gain}

    def __sklearn_clone__(self):
        return type(self)(gain=self.gain + 1)


class LosesStateInPickle(Sound):
    def __getstate__(self):
        return {**super().__getstate__(), "gain": 2.0}


class SilentAboutShape(Sound):
    def fit(self, X, y=None):
        return self


class AnonymousError(Sound):
    def fit(self, X, y=None):
        try:
            return super().fit(X, y)
        except (TypeError, ValueError) as error:
            raise type(error)("wrong input") from error


class WithoutFrame(Sound):
    def set_output(self, *, transform=None):
        return self


class FailsOnNoImages(Sound):
    def transform(self, X):
        rows = super().transform(X)
        return rows if len(rows) else rows.reshape(0)


class Drifting(Sound):
    """Moves a little with the size of the batch, as matrix products do."""

    def transform(self, X):
        return super().transform(X) + np.float32(1e-4 * len(X))


def failures(family: CellFamily, **options) -> dict[str, Exception]:
    """What each check that fails raises."""
    failed = {}
    for check in family_checks(family, **options):
        try:
            check()
        except Exception as error:
            failed[str(check)] = error
    return failed


@pytest.mark.parametrize("family", [Sound(), Sound(gain=3.0), WholeFrame()], ids=lambda f: type(f).__name__)
def test_a_sound_family_passes(family: CellFamily) -> None:
    assert failures(family) == {}


@pytest.mark.parametrize(
    ("family", "clause"),
    [
        (BatchDependent, "rows_independent"),
        (OrderDependent, "rows_independent"),
        (Forgetful, "rows_independent"),
        (Mutating, "input_unchanged"),
        (NeedsWritableInput, "input_unchanged"),
        (NeedsContiguousInput, "strided_input"),
        (TooWide, "output"),
        (DoublePrecision, "output"),
        (ColumnMajor, "output"),
        (InfinityForNaN, "output"),
        (InfinityForNaN, "unmeasurable"),
        (ZeroForNaN, "unmeasurable"),
        (Fails, "unmeasurable"),
        (Capitals, "names"),
        (WithoutPrefix, "names"),
        (Twice, "names"),
        (OtherNames, "names"),
        (OtherFamily, "specs"),
        (Undescribed, "specs"),
        (CubicPower, "specs"),
        (ChangesParameters, "clone"),
        (LosesStateInPickle, "pickle"),
        (SilentAboutShape, "wrong_input"),
        (AnonymousError, "wrong_input"),
        (WithoutFrame, "pandas"),
        (FailsOnNoImages, "empty_batch"),
    ],
)
def test_a_faulty_family_is_caught(family: type[CellFamily], clause: str) -> None:
    error = failures(family())[clause]
    if family in (Fails, NeedsWritableInput):
        assert isinstance(error, ValueError)
    else:
        assert isinstance(error, AssertionError)
        assert family.__name__ in str(error)


def test_complaints_name_the_family() -> None:
    error = failures(BatchDependent())["rows_independent"]
    assert isinstance(error, AssertionError)
    assert str(error) == "BatchDependent gives rows that depend on the size of the batch."


def test_embeddings_may_differ_by_their_tolerance() -> None:
    assert "rows_independent" in failures(Drifting())
    assert "rows_independent" in failures(Drifting(), atol=1e-5)
    assert failures(Drifting(), atol=1e-2) == {}


def test_checks_use_the_frame_size_a_family_declares() -> None:
    class Framed(Sound):
        frame_size = 32

    assert all(check.cells.shape[1:] == (32, 32, 4) for check in family_checks(Framed()))
    own = example_cells(n=3, size=20, seed=4)
    assert all(check.cells is own for check in family_checks(Sound(), cells=own))


def test_checks_leave_family_and_cells_alone() -> None:
    family, cells = Sound(gain=2.0), example_cells(n=3)
    before = cells.copy()
    failures(family, cells=cells)
    assert cells.flags.writeable
    np.testing.assert_array_equal(cells, before)
    assert vars(family) == {"gain": 2.0}


def test_example_cells_hold_one_cell_two_cells_and_no_nucleus() -> None:
    cells = example_cells(n=6, size=50, seed=1)
    assert cells.shape == (6, 50, 50, 4)
    assert cells.dtype == np.uint8
    assert set(np.unique(cells[..., 3])) == {0, 128, 255}
    assert [(cell[..., 3] == 255).any() for cell in cells] == [True, True, False] * 2
    np.testing.assert_array_equal(cells, example_cells(n=6, size=50, seed=1))
    assert not np.array_equal(cells, example_cells(n=6, size=50, seed=2))
