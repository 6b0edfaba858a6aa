"""Quality of a picture, against OpenCV; and that it changes the way a microscopist would say."""

import cv2
import numpy as np
import pytest

from leukfeat.features.quality import QualityFamily
from leukfeat.features.view import CellViews
from leukfeat.imaging import LoadCells
from leukfeat.imaging.quality import QUALITY_MEASURES
from leukfeat.testing import family_checks


def by_opencv(cell):
    """Compute the measures with OpenCV and NumPy alone."""
    rgb, region = np.ascontiguousarray(cell[..., :3]), np.ascontiguousarray(cell[..., 3])
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    inside = region > 0
    inner = np.zeros_like(region)
    inner[1:-1, 1:-1] = region[1:-1, 1:-1]
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_64F), mask=inner)
    top, bottom = rgb.max(axis=2).astype(float), rgb.min(axis=2).astype(float)
    clipped = (top == 255) | (inside & (bottom == 0))
    n_cells = cv2.connectedComponents(inside.astype(np.uint8), connectivity=4)[0] - 1
    known = deviation[0, 0] ** 2, grey[inside].mean(), clipped.mean(), (top - bottom)[inside].mean()
    return (*known, inside.mean(), n_cells)


@pytest.fixture(scope="module")
def cells(synthetic_paths):
    return LoadCells(96, "cell").fit(list(synthetic_paths)).transform(list(synthetic_paths[:6]))


def measured(cells):
    return QualityFamily().measure(CellViews(np.ascontiguousarray(cells)))


def test_the_measures_are_those_of_opencv(cells):
    bright = cells.copy()
    bright[..., :3] = np.clip(bright[..., :3].astype(int) * 2 - 90, 0, 255)
    both = np.concatenate([cells, bright])
    expected = np.array([by_opencv(cell) for cell in both])
    assert expected[6:, 2].max() > 0.1
    np.testing.assert_allclose(measured(both), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("check", family_checks(QualityFamily()), ids=str)
def test_contract(check):
    check()


def test_without_a_cell_there_is_nothing_to_focus_on():
    blank = np.full((1, 64, 64, 4), 200, dtype=np.uint8)
    blank[..., 3] = 0
    (row,) = measured(blank)
    named = dict(zip(QUALITY_MEASURES, row, strict=True))
    assert np.isnan([named["focus"], named["exposure"], named["colour"]]).all()
    assert (named["clipped"], named["foreground"], named["cells"]) == (0, 0, 0)


def test_blur_darkness_and_grey_are_seen(cells):
    focus, exposure, clipped, *_ = measured(cells).T
    blurred, dark, grey, burnt = (cells.copy() for _ in range(4))
    for image in blurred:
        image[..., :3] = cv2.GaussianBlur(np.ascontiguousarray(image[..., :3]), (0, 0), 2)
    dark[..., :3] //= 3
    grey[..., :3] = grey[..., :3].mean(axis=3, keepdims=True).astype(np.uint8)
    burnt[..., :3] = np.minimum(burnt[..., :3].astype(int) + 120, 255)
    assert (measured(blurred)[:, 0] < focus / 3).all()
    assert (measured(dark)[:, 1] < exposure / 2).all()
    assert (measured(grey)[:, 3] < 1).all()
    assert (measured(burnt)[:, 2] > clipped + 0.2).all()
