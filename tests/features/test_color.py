from math import isnan

import numpy as np
import pytest

from leukfeat.features.color import ColorFeatures
from tests.masks import cells_of, row, textured
from tests.oracles.color import channel_statistics


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("part", "level"), [("nucleus", 255), ("cytoplasm", 128)])
def test_channels_agree_with_scikit_image_and_scipy(seed: int, part: str, level: int) -> None:
    cells = textured(seed)
    rgb = cells[0, ..., :3][cells[0, ..., 3] == level]
    values = row(ColorFeatures(), cells)
    for channel, statistics in channel_statistics(rgb).items():
        for measure, value in statistics.items():
            ours = values[f"{measure}_{channel}_{part}"]
            assert ours == pytest.approx(value, rel=1e-6, abs=1e-9), (measure, channel)


def test_one_colour_has_no_spread() -> None:
    rgb = np.array([120, 60, 180], np.uint8)
    values = row(ColorFeatures(), cells_of(np.full((7, 7), 255, np.uint8), rgb))
    assert values["mean_hsv_h_nucleus"] == pytest.approx(270)
    assert values["mean_hsv_s_nucleus"] == pytest.approx(2 / 3)
    assert values["mean_hsv_v_nucleus"] == pytest.approx(180 / 255)
    assert values["mean_od_g_nucleus"] == pytest.approx(-np.log10(61 / 256))
    spread = [v for name, v in values.items() if name.endswith("nucleus") and not name.startswith("mean")]
    assert spread == [0.0] * 18


def test_grey_has_no_hue() -> None:
    values = row(ColorFeatures(), cells_of(np.full((7, 7), 255, np.uint8)))
    for name, value in values.items():
        assert isnan(value) == (name.endswith("cytoplasm") or "hsv_h" in name), name


def test_grey_pixels_do_not_count_for_hue() -> None:
    rgb = np.full((4, 4, 3), 200, np.uint8)
    rgb[0] = (255, 0, 0)
    values = row(ColorFeatures(), cells_of(np.full((4, 4), 255, np.uint8), rgb))
    assert values["mean_hsv_h_nucleus"] == 0
    assert values["sd_hsv_h_nucleus"] == 0
    assert values["mean_hsv_s_nucleus"] == pytest.approx(1 / 4)
