"""The union of families, and the base they share."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline, make_union

from leukfeat.features import DEFAULT_FAMILIES, FAMILIES, CellFamily, CellFeatures, FeatureSpec
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.testing import example_cells

GOLDEN = Path(__file__).parents[1] / "golden" / "columns.txt"


class BrightestFeatures(CellFamily):
    """The brightest value, and how often it was asked for."""

    family = "brightest"

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def check_parameters(self) -> None:
        if self.offset < 0:
            raise ValueError("The 'offset' parameter of BrightestFeatures must be at least 0.")

    def specs(self) -> tuple[FeatureSpec, ...]:
        return (FeatureSpec("brightest_value", "brightest", "grey level", 0, "Brightest."),)

    def measure(self, views):
        return views.grey.max(axis=(1, 2))[:, np.newaxis] + self.offset


@pytest.fixture(scope="module")
def cells():
    return example_cells(4, 48)


def test_default_columns_are_the_golden_names():
    assert list(CellFeatures().get_feature_names_out()) == GOLDEN.read_text().split()


def test_columns_are_those_of_the_families_in_order(cells):
    wanted = ["color", GLCMFeatures(distances=(2,)), "nc", BrightestFeatures(offset=1.0)]
    union = CellFeatures(wanted)
    families = [FAMILIES["color"](), wanted[1], FAMILIES["nc"](), wanted[3]]
    rows = union.fit_transform(cells)
    np.testing.assert_array_equal(rows, np.hstack([family.fit_transform(cells) for family in families]))
    assert rows.dtype == np.float32
    assert union.specs() == tuple(spec for family in families for spec in family.specs())
    assert list(union.get_feature_names_out()) == [spec.name for spec in union.specs()]


def test_it_equals_the_union_of_scikit_learn(cells):
    pandas = make_union(FAMILIES["shape"](), FAMILIES["nc"](), verbose_feature_names_out=False)
    expected = pandas.set_output(transform="pandas").fit_transform(cells)
    got = CellFeatures(["shape", "nc"]).set_output(transform="pandas").fit_transform(cells)
    pd.testing.assert_frame_equal(got, expected)


def test_none_takes_the_default_families():
    assert [family.family for family in CellFeatures().resolve()] == list(DEFAULT_FAMILIES)
    assert all(type(family) is FAMILIES[family.family] for family in CellFeatures().resolve())


def test_rows_do_not_depend_on_order_and_batch(cells):
    union = CellFeatures(["shape", "lbp"])
    rows = union.transform(cells)
    order = [2, 0, 3, 1]
    np.testing.assert_array_equal(union.transform(cells[order]), rows[order])
    np.testing.assert_array_equal(union.transform(cells[1:2]), rows[1:2])
    assert union.transform(cells[:0]).shape == (0, len(union.specs()))


def test_clone_and_pickle_keep_the_parameters(cells):
    union = CellFeatures(["nc", BrightestFeatures(offset=2.0)])
    rows = union.transform(cells)
    copy = clone(union)
    assert copy.families[1] is not union.families[1]
    assert copy.families[1].get_params() == {"offset": 2.0}
    assert copy.get_params(deep=False).keys() == {"families"}
    np.testing.assert_array_equal(copy.transform(cells), rows)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(union)).transform(cells), rows)
    pipeline = clone(make_pipeline(union))
    np.testing.assert_array_equal(pipeline.fit_transform(cells), rows)


@pytest.mark.parametrize(
    ("families", "error", "message"),
    [
        (["shape", "glmc"], ValueError, "Unknown family 'glmc' in CellFeatures. Choose from: 'background', "),
        (["nc", "shape", "nc"], ValueError, "family 'nc' more than once"),
        (["nc", FAMILIES["nc"]()], ValueError, "would make the column 'nc_.*' twice. Drop one"),
        ([GLCMFeatures(), GLCMFeatures(n_levels=8)], ValueError, "column 'glcm_.*' twice"),
        ("shape", TypeError, "list of at least one family. Got 'shape'"),
        (BrightestFeatures(), TypeError, "list of at least one family"),
        ([], TypeError, "list of at least one family"),
        (["shape", 3], TypeError, "names of families, or instances. Got 3"),
        (["shape", FAMILIES["nc"]], TypeError, "names of families, or instances. Got <class"),
        ([BrightestFeatures(offset=-1.0)], ValueError, "'offset' parameter of BrightestFeatures"),
    ],
)
def test_wrong_families_are_refused_by_fit_and_transform(cells, families, error, message):
    union = CellFeatures(families)
    for act in (union.fit, union.transform):
        with pytest.raises(error, match=message):
            act(cells)


def test_wrong_cells_are_refused_in_the_name_of_the_union(cells):
    for act in (CellFeatures(["nc"]).fit, CellFeatures(["nc"]).transform):
        with pytest.raises(TypeError, match=r"CellFeatures expects cells.*Got list"):
            act(["a.png"])
        with pytest.raises(ValueError, match=r"CellFeatures expects cells.*Got shape \(4, 48, 48, 3\)"):
            act(cells[..., :3])


def test_a_family_needs_its_two_methods():
    class Nothing(CellFamily):
        family = "nothing"

    with pytest.raises(TypeError, match="abstract"):
        Nothing()


def test_rows_do_not_depend_on_threads_and_batches(monkeypatch):
    cells = example_cells(70, 48)
    rows = CellFeatures().transform(cells)
    for n_threads in (1, 2, 5):
        monkeypatch.setattr("leukfeat._workers.allowed_threads", lambda n=n_threads: n)
        np.testing.assert_array_equal(CellFeatures().transform(cells), rows)
        np.testing.assert_array_equal(CellFeatures().transform(cells[::-1])[::-1], rows)


def test_a_family_that_returns_one_row_for_all_is_told_so(cells):
    class Flat(BrightestFeatures):
        def measure(self, views):
            return np.array([1.0])

    with pytest.raises(ValueError, match=r"^Flat.measure must return .* shape \(4, 1\). Got \(1,\).$"):
        Flat().transform(cells)
