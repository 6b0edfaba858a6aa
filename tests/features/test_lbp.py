import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from leukfeat.features.lbp import LBPFeatures
from leukfeat.features.view import CellViews
from tests.masks import cells_of, textured


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("neighbourhood", [(8, 1), (16, 2)])
def test_shares_agree_with_scikit_image(seed: int, neighbourhood: tuple[int, int]) -> None:
    cells = textured(seed)
    view = next(iter(CellViews(cells)))
    shares = LBPFeatures(neighbourhoods=(neighbourhood,)).transform(cells)[0]
    codes = local_binary_pattern(view.grey, *neighbourhood, method="uniform")[view.nucleus].astype(int)
    reference = np.bincount(codes, minlength=neighbourhood[0] + 2) / codes.size
    # tests/kernels/test_riu2.py shows that codes differ only where scikit-image rounds a tie: here in no more
    # than a few of the nucleus' 640 pixels.
    assert np.abs(shares - reference).sum() <= 2 * 4 / codes.size


def test_shares_sum_to_one() -> None:
    shares = LBPFeatures().transform(textured(1))[0]
    assert len(shares) == 28
    assert shares[:10].sum() == pytest.approx(1)
    assert shares[10:].sum() == pytest.approx(1)
    assert (shares >= 0).all()


def test_a_constant_nucleus_is_all_ones() -> None:
    shares = LBPFeatures().transform(cells_of(np.full((9, 9), 255, np.uint8)))[0]
    expected = np.zeros(28)
    expected[[8, 10 + 16]] = 1
    np.testing.assert_array_equal(shares, expected)


def test_neighbours_are_read_outside_the_nucleus() -> None:
    region, rgb = np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.uint8)
    region[4, 4], rgb[4, 4] = 255, 90
    shares = LBPFeatures().transform(cells_of(region, rgb))[0]
    assert shares[0] == shares[10] == 1


def test_pixels_near_the_border_are_left_out() -> None:
    region = np.zeros((9, 9), np.uint8)
    region[1, 2:5] = 255
    shares = LBPFeatures().transform(cells_of(region))[0]
    assert shares[:10].sum() == 1
    assert np.isnan(shares[10:]).all()
    region[1] = 0
    region[0, 2:5] = 255
    assert np.isnan(LBPFeatures().transform(cells_of(region))).all()


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_frames_smaller_than_the_circle_are_nan(size: int) -> None:
    shares = LBPFeatures().transform(cells_of(np.full((size, size), 255, np.uint8)))[0]
    assert np.isnan(shares[10:]).all()
    assert np.isnan(shares[:10]).all() == (size < 3)


def test_columns_follow_the_parameters() -> None:
    names = LBPFeatures(neighbourhoods=((4, 3),)).get_feature_names_out()
    assert names.tolist() == [f"lbp_riu2_p4_r3_b0{code}" for code in range(6)]
    assert LBPFeatures().get_feature_names_out()[3] == "lbp_riu2_p8_r1_b03"


@pytest.mark.parametrize(
    ("neighbourhoods", "error"),
    [
        ((), ValueError),
        (((8, 1), (8, 1)), ValueError),
        (((3, 1),), ValueError),
        (((8, 0),), ValueError),
        (((8, 1.5),), TypeError),
        ((8, 1), TypeError),
        (8, TypeError),
        (((8, 1, 2),), TypeError),
    ],
)
def test_wrong_parameters_are_refused(neighbourhoods, error) -> None:
    with pytest.raises(error, match="'neighbourhoods' parameter of LBPFeatures must be"):
        LBPFeatures(neighbourhoods=neighbourhoods).fit(textured(0))
