from math import isnan

import numpy as np
import pytest

from leukfeat.features.glcm import GLCMFeatures
from leukfeat.features.view import CellViews
from tests.masks import cells_of, from_drawing, row, textured
from tests.oracles.glcm import matrices, skimage_measures


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("distance", [1, 2, 3])
def test_mean_and_range_over_angles_agree_with_scikit_image(seed: int, distance: int) -> None:
    cells = textured(seed)
    view = next(iter(CellViews(cells)))
    levels = (view.grey // 8).astype(np.int64)
    angles = [skimage_measures(counts) for counts in matrices(levels, view.nucleus, distance, 32)]
    values = row(GLCMFeatures(), cells)
    for name in angles[0]:
        theirs = [angle[name] for angle in angles]
        assert values[f"{name}_d{distance}_mean"] == pytest.approx(np.mean(theirs), rel=1e-6), name
        assert values[f"{name}_d{distance}_range"] == pytest.approx(np.ptp(theirs), rel=1e-5, abs=1e-7), name


def test_stripes_differ_by_angle() -> None:
    rgb = np.zeros((20, 20, 3), np.uint8)
    rgb[:, ::2] = 255
    values = row(GLCMFeatures(distances=(1,)), cells_of(np.full((20, 20), 255, np.uint8), rgb))
    # Levels 0 and 31: columns differ along 0, 45 and 135 degrees, not along 90.
    assert values["contrast_d1_mean"] == pytest.approx(31**2 * 3 / 4)
    assert values["contrast_d1_range"] == 31**2
    assert values["correlation_d1_range"] == pytest.approx(2, abs=1e-3)


def test_a_constant_nucleus_has_the_stated_values() -> None:
    values = row(GLCMFeatures(), cells_of(np.full((9, 9), 255, np.uint8)))
    for distance in (1, 2, 3):
        assert values[f"contrast_d{distance}_mean"] == values[f"entropy_d{distance}_mean"] == 0
        assert values[f"asm_d{distance}_mean"] == values[f"correlation_d{distance}_mean"] == 1
    assert all(value == 0 for name, value in values.items() if name.endswith("_range"))


def test_angles_without_pairs_are_left_out() -> None:
    region = from_drawing("nn...", ".....", ".....", ".....", ".....")
    values = row(GLCMFeatures(distances=(1, 2)), cells_of(region))
    assert values["asm_d1_mean"] == 1
    assert values["asm_d1_range"] == 0
    assert all(isnan(value) for name, value in values.items() if "_d2_" in name)


@pytest.mark.parametrize("drawing", [("n..", "...", "..."), ("ccc", "ccc", "ccc"), ("...", "...", "...")])
def test_no_pair_is_nan(drawing: tuple[str, ...]) -> None:
    assert np.isnan(GLCMFeatures().transform(cells_of(from_drawing(*drawing)))).all()


def test_pairs_of_touching_cells_count() -> None:
    # Neighbours across a corner: two cells, whose nuclei form one pair of pixels at 45 degrees.
    rgb = np.zeros((5, 5, 3), np.uint8)
    rgb[1, 2], rgb[2, 1] = 255, 0
    region = from_drawing(".....", "..n..", ".n...", ".....", ".....")
    values = row(GLCMFeatures(distances=(1,)), cells_of(region, rgb))
    assert values["contrast_d1_mean"] == 31**2
    assert values["contrast_d1_range"] == 0


def test_columns_follow_the_parameters() -> None:
    names = GLCMFeatures(distances=(5, 2), n_levels=8).get_feature_names_out()
    assert len(names) == 68
    assert names[0] == "glcm_asm_d5_mean"
    assert names[-1] == "glcm_max_probability_d2_range"
    assert len(GLCMFeatures().get_feature_names_out()) == 102


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (
            {"n_levels": 0},
            ValueError,
            r"'n_levels' parameter of GLCMFeatures must be an int in \[2, 256\]. Got 0.",
        ),
        ({"n_levels": 8.0}, TypeError, "'n_levels'"),
        ({"distances": ()}, ValueError, "'distances'"),
        ({"distances": (1, 1)}, ValueError, "distinct"),
        ({"distances": (0,)}, ValueError, "'distances'"),
        ({"distances": (1.5,)}, TypeError, "'distances'"),
        ({"distances": 1}, TypeError, "'distances'"),
    ],
)
def test_wrong_parameters_are_refused(parameters, error, message) -> None:
    cells = textured(0)
    with pytest.raises(error, match=message):
        GLCMFeatures(**parameters).fit(cells)
    with pytest.raises(error, match=message):
        GLCMFeatures(**parameters).transform(cells)
