import csv
from math import isnan, pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label

from leukfeat.features.contour import ContourFeatures
from leukfeat.imaging import LoadCells
from leukfeat.testing import FamilyCheck, family_checks
from tests.masks import blobs, cells_of, disc, from_drawing, row, textured

DESCRIPTORS = tuple(f"fourier_{name}_nucleus" for name in ("m4", "m3", "m2", "m1", "p2", "p3", "p4", "p5"))


@pytest.mark.parametrize("check", family_checks(ContourFeatures()), ids=lambda check: str(check))
def test_contract(check: FamilyCheck) -> None:
    check()


def flower(n_leaves: int, depth: float = 0.5, size: int = 160, turn: float = 0.2) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    angles = np.arctan2(rows, columns)
    radius = size * 0.3 * (1 + depth * np.cos(n_leaves * angles + turn))
    return (np.hypot(rows, columns) <= radius).astype(np.uint8)


def framed(mask: np.ndarray, border: int = 4) -> np.ndarray:
    """A nucleus of this form in a square of cytoplasm."""
    side = max(mask.shape) + 2 * border
    region = np.full((side, side), 128, np.uint8)
    region[border : border + mask.shape[0], border : border + mask.shape[1]][mask == 1] = 255
    return region


def test_columns_of_a_square_by_hand() -> None:
    values = row(ContourFeatures(), cells_of(framed(np.ones((3, 3), np.uint8))))
    # The outline goes round the pixels' centres: a square of side 2, four corners, four middles of sides.
    mean = (1 + sqrt(2)) / 2
    # The variance of x and y over the outline is 2/3 each; |Z_1| is 8 / pi^2 * sqrt(2).
    fundamental = 8 * sqrt(2) / pi**2
    rest = 4 / 3 - fundamental**2 * (1 + 1 / 81 + 1 / 625)
    expected = dict.fromkeys(values, 0) | {
        "radial_cv_nucleus": (mean - 1) / mean,
        "roughness_nucleus": sqrt(rest) / fundamental,
        "fourier_m3_nucleus": 1 / 9,
        "fourier_p5_nucleus": 1 / 25,
    }
    assert values == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("radius", [20, 35.5, 60])
def test_a_disc_is_smooth_round_and_convex(radius: float) -> None:
    values = row(ContourFeatures(), cells_of(255 * disc(radius, 140)))
    assert values["radial_cv_nucleus"] < 0.02
    assert values["roughness_nucleus"] < 0.02
    assert values["concavity_count_nucleus"] == 0
    assert values["concavity_depth_nucleus"] < 0.02
    assert max(values[name] for name in DESCRIPTORS) < 0.02


@pytest.mark.parametrize("n_leaves", [2, 3, 4])
def test_a_flower_shows_in_its_harmonics_and_concavities(n_leaves: int) -> None:
    values = row(ContourFeatures(), cells_of(255 * flower(n_leaves)))
    assert values["concavity_count_nucleus"] == n_leaves
    assert values["concavity_depth_nucleus"] > 0.1
    largest = sorted(DESCRIPTORS, key=values.__getitem__)[-2:]
    assert set(largest) == {f"fourier_m{n_leaves - 1}_nucleus", f"fourier_p{n_leaves + 1}_nucleus"}


def test_roughness_grows_with_what_low_harmonics_do_not_hold() -> None:
    found = [
        row(ContourFeatures(), cells_of(255 * flower(20, depth)))["roughness_nucleus"]
        for depth in (0.0, 0.03, 0.06, 0.12)
    ]
    assert found == sorted(found)
    # A ripple of height h has the root-mean-square h / sqrt(2), as long as it hardly lengthens the outline.
    assert found[1] == pytest.approx(0.03 / sqrt(2), rel=0.15)


@pytest.mark.parametrize(("depth", "count"), [(2, 0), (3, 1)])
def test_a_shallow_dent_is_not_counted_but_measured(depth: int, count: int) -> None:
    mask = np.ones((46, 46), np.uint8)  # of 51.9 pixels' diameter: 2.6 pixels are 5 %
    mask[:depth, 15:30] = 0
    values = row(ContourFeatures(), cells_of(framed(mask)))
    assert values["concavity_count_nucleus"] == count
    assert values["concavity_depth_nucleus"] == pytest.approx(depth / sqrt(4 * mask.sum() / pi), rel=1e-6)


def test_one_pixel_of_a_small_nucleus_is_not_counted() -> None:
    values = row(ContourFeatures(), cells_of(framed(from_drawing("#..#", "####", "####"))))
    assert values["concavity_count_nucleus"] == 0
    assert values["concavity_depth_nucleus"] == pytest.approx(1 / sqrt(4 * 10 / pi), rel=1e-6)


def test_only_the_largest_lobe_is_measured_and_holes_do_not_count() -> None:
    expected = row(ContourFeatures(), cells_of(framed(flower(3))))
    region = framed(flower(3))
    region[6:11, 6:9] = 255
    region[80:84, 80:86] = 128
    values = row(ContourFeatures(), cells_of(region))
    # A hole moves the centroid and makes the area smaller, but leaves the outline alone.
    same = (*DESCRIPTORS, "roughness_nucleus", "concavity_count_nucleus")
    assert {name: values[name] for name in same} == {name: expected[name] for name in same}


def test_an_image_gives_the_median_over_its_cells() -> None:
    region = np.zeros((120, 120), np.uint8)
    region[2:32, 2:32] = 255
    region[10:14, 2:20] = 128  # one cleft
    region[2:32, 40:70] = 255
    region[10:14, 40:50] = region[20:24, 60:70] = 128  # two
    region[2:32, 80:110] = 255
    region[10:14, 80:90] = region[20:24, 100:110] = region[16:18, 92:96] = 128  # two, and a hole
    region[60:62, 60:62] = 128  # no nucleus
    region[80, 80] = 255  # a nucleus without length
    values = row(ContourFeatures(), cells_of(region))
    assert values["concavity_count_nucleus"] == 2
    assert not any(isnan(value) for value in values.values())


@pytest.mark.parametrize("level", [0, 128])
def test_no_nucleus_gives_nan(level: int) -> None:
    values = row(ContourFeatures(), cells_of(np.full((9, 9), level, np.uint8)))
    assert all(isnan(value) for value in values.values())


def test_a_single_pixel_gives_nan_and_two_a_line() -> None:
    pixel = row(ContourFeatures(), cells_of(framed(from_drawing("#"))))
    assert all(isnan(value) for value in pixel.values())
    line = row(ContourFeatures(), cells_of(framed(from_drawing("##"))))
    zeros = ("radial_cv", "concavity_count", "concavity_depth", "fourier_m4", "fourier_m2", "fourier_p2")
    assert [line[f"{name}_nucleus"] for name in zeros] == pytest.approx([0] * 6, abs=1e-9)
    assert line["fourier_m1_nucleus"] == pytest.approx(1)


def test_nuclei_at_the_border_are_measured_as_seen() -> None:
    inside, outside = np.zeros((60, 60), np.uint8), np.zeros((60, 60), np.uint8)
    mask = flower(3, size=50)
    rows, columns = np.nonzero(mask)
    mask = 255 * mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    inside[9 : 9 + mask.shape[0], 11 : 11 + mask.shape[1]] = mask
    outside[: mask.shape[0], 60 - mask.shape[1] :] = mask
    assert row(ContourFeatures(), cells_of(outside)) == row(ContourFeatures(), cells_of(inside))


@given(blobs(), st.sampled_from(["rot90", "fliplr", "flipud", "transpose"]))
@settings(max_examples=40, deadline=None)
def test_rotations_and_reflections_change_nothing(mask, name) -> None:
    lobes = label(mask, connectivity=2)
    assume(np.count_nonzero(np.bincount(lobes[lobes > 0]) == np.bincount(lobes[lobes > 0]).max()) == 1)
    region = framed(mask)
    moved = np.ascontiguousarray(getattr(np, name)(region))
    before, after = row(ContourFeatures(), cells_of(region)), row(ContourFeatures(), cells_of(moved))
    assert after == pytest.approx(before, rel=1e-6, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("shift", [(3, 0), (0, -3), (2, 2)])
def test_translation_changes_nothing_at_all(shift: tuple[int, int]) -> None:
    cells = textured(12)
    moved = np.roll(cells, shift, axis=(1, 2))
    np.testing.assert_array_equal(ContourFeatures().transform(moved), ContourFeatures().transform(cells))


@given(region=arrays(np.uint8, (7, 7), elements=st.sampled_from([0, 128, 255])))
@settings(max_examples=100, deadline=None)
def test_any_region_gives_numbers_that_keep_their_bounds_or_nan(region) -> None:
    values = row(ContourFeatures(), cells_of(region))
    assert all(isnan(value) or 0 <= value < np.inf for value in values.values())
    if not isnan(values["radial_cv_nucleus"]):
        assert values["concavity_depth_nucleus"] < 7
        assert values["concavity_count_nucleus"] < 7


def test_large_frames_keep_their_precision() -> None:
    small = row(ContourFeatures(), cells_of(255 * flower(3, size=300)))
    large = row(ContourFeatures(), cells_of(255 * flower(3, size=1500)))
    assert large == pytest.approx(small, abs=0.02)


@pytest.mark.realdata
def test_lobed_nuclei_of_neutrophils_are_found_in_real_cells(data_dir) -> None:
    with (data_dir / "deepapl" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    medians = {}
    for kind in ("lymphocyte", "neutrophil"):
        paths = [str(data_dir / "deepapl" / record["path"]) for record in records if record["label"] == kind]
        rows = ContourFeatures().transform(LoadCells(scene="cell").fit_transform(paths[::30][:20]))
        medians[kind] = dict(
            zip(ContourFeatures().get_feature_names_out(), np.nanmedian(rows, axis=0), strict=True)
        )
    for name in ("radial_cv", "roughness", "concavity_count", "concavity_depth"):
        column = f"contour_{name}_nucleus"
        assert medians["neutrophil"][column] > 1.5 * medians["lymphocyte"][column], column
