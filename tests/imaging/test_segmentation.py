"""Segmentation on discs drawn here, on synthetic cells, on degenerate images and on expert masks."""

import math

import cv2
import numpy as np
import pytest
from scipy import ndimage

from leukfeat.datasets.synthetic import synthesize
from leukfeat.imaging.framing import frame, square
from leukfeat.imaging.scene import SCENES
from leukfeat.imaging.segmentation import BACKGROUND, CYTOPLASM, NUCLEUS, segment
from leukfeat.imaging.segmentation.elements import ellipse

SLIDE = (245, 230, 210)
PURPLE = (85, 40, 130)
LILAC = (175, 150, 200)
RED = (205, 135, 145)


def disc(size, row, column, radius):
    """Return a disc; lengths in hundredths of the frame, centres of pixels decide."""
    y, x = (np.mgrid[:size, :size] + 0.5) * 100 / size
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


def paint(size, *parts, slide=SLIDE):
    """Return an image of coloured masks, blurred as optics do, with a little noise."""
    image = np.full((size, size, 3), slide, np.uint8)
    for mask, colour in parts:
        image[mask] = colour
    noise = np.random.default_rng(0).normal(0, 2, image.shape)
    return np.clip(cv2.GaussianBlur(image, (3, 3), 0) + noise, 0, 255).astype(np.uint8)


def dice(found, true):
    return 2 * np.sum(found & true) / (np.sum(found) + np.sum(true))


def n_components(mask):
    return ndimage.label(mask, structure=[[0, 1, 0], [1, 1, 1], [0, 1, 0]])[1]


def single_cell(size, row=50, column=50):
    """Return image, cell and nucleus: one white cell among red cells, one of which touches it."""
    cell, nucleus = disc(size, row, column, 18), disc(size, row, column + 2, 12)
    reds = [(row - 29, column, 12), (10, 12, 11), (88, 15, 12), (85, 85, 12), (14, 88, 11)]
    parts = [(disc(size, *red), RED) for red in reds] + [(cell, LILAC), (nucleus, PURPLE)]
    return paint(size, *parts), cell, nucleus


@pytest.mark.parametrize(("size", "least"), [(64, 0.92), (200, 0.95), (299, 0.95)])
def test_cell_among_red_cells(size, least):
    image, cell, nucleus = single_cell(size)
    region = segment(image, "cell")
    assert dice(region == NUCLEUS, nucleus) > least
    assert dice(region > 0, cell) > least
    assert n_components(region > 0) == 1


@pytest.mark.parametrize(("size", "least"), [(64, 0.93), (200, 0.96), (299, 0.96)])
def test_cell_on_black(size, least):
    cell, nucleus = disc(size, 50, 50, 25), disc(size, 52, 50, 18)
    image = paint(size, (cell, LILAC), (nucleus, PURPLE), slide=(0, 0, 0))
    region = segment(image, "masked")
    assert dice(region == NUCLEUS, nucleus) > least
    assert dice(region > 0, cell) > least
    assert n_components(region > 0) == 1


def test_dark_noise_and_specks_on_black_are_no_cell():
    cell = disc(200, 50, 50, 25)
    image = paint(200, (cell, PURPLE), (disc(200, 10, 10, 1.2), LILAC), slide=(0, 0, 0))
    noise = np.random.default_rng(1).integers(0, 12, image.shape, dtype=np.uint8)
    region = segment(np.maximum(image, noise), "masked")
    assert n_components(region > 0) == 1
    assert dice(region > 0, cell) > 0.98


def test_cell_without_cytoplasm_on_black_is_all_nucleus():
    image = paint(200, (disc(200, 50, 50, 25), PURPLE), slide=(0, 0, 0))
    region = segment(image, "masked")
    assert set(np.unique(region)) == {BACKGROUND, NUCLEUS}


def test_hole_in_a_cell_on_black_is_filled():
    image = paint(200, (disc(200, 50, 50, 25), PURPLE), (disc(200, 50, 50, 3), (0, 0, 0)), slide=(0, 0, 0))
    assert segment(image, "masked")[100, 100] > 0


@pytest.mark.parametrize("slide", [(245, 235, 120), (255, 255, 255), (225, 235, 250), (210, 200, 195)])
def test_colour_of_the_slide_does_not_matter(slide):
    light = np.array(slide) / SLIDE
    image, cell, nucleus = single_cell(200)
    region = segment(np.clip(image * light, 0, 255).astype(np.uint8), "cell")
    assert dice(region == NUCLEUS, nucleus) > 0.95
    assert dice(region > 0, cell) > 0.95


def test_lobes_of_one_nucleus_stay_in_one_cell():
    cell = disc(200, 50, 50, 20)
    lobes = disc(200, 42, 44, 6) | disc(200, 44, 59, 6) | disc(200, 60, 52, 6)
    region = segment(paint(200, (disc(200, 15, 15, 10), RED), (cell, LILAC), (lobes, PURPLE)), "cell")
    assert n_components(region == NUCLEUS) == 3
    assert n_components(region > 0) == 1
    assert dice(region == NUCLEUS, lobes) > 0.95


def test_white_cell_that_touches_the_central_one_is_cut_off():
    central, neighbour = disc(200, 50, 48, 18), disc(200, 50, 82, 18)
    nuclei = [(disc(200, 50, 48, 14), PURPLE), (disc(200, 50, 82, 14), PURPLE)]
    region = segment(paint(200, (central, LILAC), (neighbour, LILAC), *nuclei), "cell")
    assert dice(region == NUCLEUS, nuclei[0][0]) > 0.95
    assert dice(region > 0, central) > 0.95


def test_cell_at_the_border():
    image, cell, nucleus = single_cell(200, row=50, column=12)
    region = segment(image, "cell")
    assert dice(region == NUCLEUS, nucleus) > 0.95
    assert dice(region > 0, cell) > 0.92


def smear(*centres, size=200, gap_nuclei=0.6):
    cells = [disc(size, row, column, 7) for row, column in centres]
    parts = [(disc(size, *red, 5), RED) for red in ((15, 15), (15, 40), (85, 20), (60, 12), (12, 88))]
    parts += [(cell, LILAC) for cell in cells]
    parts += [(disc(size, row, column, 7 * gap_nuclei), PURPLE) for row, column in centres]
    return paint(size, *parts), cells


@pytest.mark.parametrize("size", [200, 299])
def test_cells_of_a_field_are_found_and_red_cells_are_not(size):
    image, cells = smear((30, 60), (60, 40), (70, 80), size=size)
    region = segment(image, "field")
    assert n_components(region > 0) == 3
    assert dice(region > 0, np.any(cells, axis=0)) > 0.94


@pytest.mark.parametrize("angle", [0, 30, 45, 60, 90, 135])
def test_touching_cells_of_a_field_are_parted_by_one_line(angle):
    down, right = 6.6 * math.sin(math.radians(angle)), 6.6 * math.cos(math.radians(angle))
    image, cells = smear((50 - down, 50 - right), (50 + down, 50 + right), gap_nuclei=0.85)
    region = segment(image, "field")
    assert n_components(region > 0) == 2
    closed = ndimage.binary_closing(region > 0, iterations=2)
    assert n_components(closed) == 1
    line = closed & (region == 0) & ndimage.binary_dilation(cells[0] & cells[1])
    assert not ndimage.binary_erosion(line, structure=np.ones((2, 2))).any()


def test_black_print_and_platelets_are_no_cells():
    image, _ = smear((50, 50))
    image[180:190, 140:190] = 0
    image[disc(200, 80, 60, 1.2)] = PURPLE
    region = segment(image, "field")
    assert n_components(region > 0) == 1
    assert region[100, 100] == NUCLEUS


def test_field_without_white_cells_is_empty():
    image = paint(200, *[(disc(200, row, 50, 6), RED) for row in (20, 50, 80)])
    assert not segment(image, "field").any()


@pytest.mark.parametrize("scene", ["cell", "field"])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_image_is_background(scene, level):
    assert not segment(np.full((200, 200, 3), level, np.uint8), scene).any()


def test_all_black_is_background_on_black():
    assert not segment(np.zeros((200, 200, 3), np.uint8), "masked").any()


def test_all_white_on_black_is_one_cell():
    assert (segment(np.full((64, 64, 3), 255, np.uint8), "masked") == NUCLEUS).all()


def test_red_cells_alone_have_no_nucleus():
    image = paint(200, (disc(200, 50, 50, 15), RED), (disc(200, 20, 20, 12), RED))
    assert not segment(image, "cell").any()


def test_specks_of_one_pixel_are_background():
    image = paint(200)
    image[20::40, 20::40] = PURPLE
    assert not segment(image, "cell").any()
    assert not segment(image, "field").any()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_gives_a_valid_region(scene, seed):
    image = np.random.default_rng(seed).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    region = segment(image, scene)
    assert set(np.unique(region)) <= {BACKGROUND, CYTOPLASM, NUCLEUS}
    if scene != "field":
        assert n_components(region > 0) <= 1


@pytest.mark.parametrize("size", [64, 200, 299])
@pytest.mark.parametrize("scene", SCENES)
def test_region_is_uint8_of_three_values_and_repeats(scene, size):
    image, _ = frame(next(iter(synthesize(1, n_subjects=1, scene=scene, seed=7))).rgb, size, scene)
    image.setflags(write=False)
    region = segment(image, scene)
    assert region.dtype == np.uint8
    assert region.shape == (size, size)
    assert set(np.unique(region)) == {BACKGROUND, CYTOPLASM, NUCLEUS}
    np.testing.assert_array_equal(region, segment(image.copy(), scene))


def test_strided_input_gives_the_same_region():
    image, _, _ = single_cell(200)
    bgr = np.ascontiguousarray(image[..., ::-1])
    np.testing.assert_array_equal(segment(bgr[..., ::-1], "cell"), segment(image, "cell"))


@pytest.mark.parametrize(
    ("rgb", "error", "message"),
    [
        ([[0]], TypeError, "Got list"),
        (np.zeros((64, 64, 3)), TypeError, "Got dtype float64"),
        (np.zeros((64, 64), np.uint8), ValueError, r"Got shape \(64, 64\)"),
        (np.zeros((64, 60, 3), np.uint8), ValueError, r"Got shape \(64, 60, 3\)"),
        (np.zeros((64, 64, 4), np.uint8), ValueError, r"Got shape \(64, 64, 4\)"),
        (np.zeros((2, 2, 3), np.uint8), ValueError, "at least 16"),
    ],
)
def test_what_is_no_frame_is_refused(rgb, error, message):
    with pytest.raises(error, match=message):
        segment(rgb, "cell")


def test_unknown_scene_is_refused():
    with pytest.raises(ValueError, match="'masked', 'cell', 'field'"):
        segment(np.zeros((64, 64, 3), np.uint8), "smear")


@pytest.mark.parametrize("size", [16, 64, 200, 299, 1024])
@pytest.mark.parametrize("diameter", [1, 3, 5, 7, 9, 11, 13, 15])
def test_rows_of_an_ellipse_are_opencvs(diameter, size):
    halves = ellipse(diameter, size)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (len(halves), len(halves)))
    columns = np.arange(len(halves)) - len(halves) // 2
    np.testing.assert_array_equal(np.abs(columns) <= halves[:, None], element)
    assert abs(len(halves) - diameter * size / 200) <= 1 or len(halves) == 1


def truth(mask, scene):
    """Bring a mask to the frame: a class is present where it covers half of a pixel."""
    whole = square(mask, scene)
    region = np.zeros((200, 200), np.uint8)
    for above, value in ((64, CYTOPLASM), (191, NUCLEUS)):
        share = cv2.resize((whole > above).astype(np.float32), (200, 200), interpolation=cv2.INTER_AREA)
        region[share >= 0.5] = value
    return region


def scores(cases, scene):
    """Return the Dice of nucleus and cell of each case."""
    regions = [(segment(frame(rgb, 200, scene)[0], scene), truth(mask, scene)) for rgb, mask in cases]
    return np.array([(dice(r == NUCLEUS, t == NUCLEUS), dice(r > 0, t > 0)) for r, t in regions]).T


@pytest.mark.parametrize("scene", SCENES)
def test_synthetic_cells_are_segmented(scene):
    nucleus, cell = scores(
        [(image.rgb, image.region) for image in synthesize(30, scene=scene, seed=11)], scene
    )
    assert np.median(nucleus) >= 0.97
    assert np.median(cell) >= 0.97


def test_number_of_cells_in_synthetic_fields_is_right():
    found, true = [], []
    for image in synthesize(20, scene="field", seed=4):
        framed, _ = frame(image.rgb, 200, "field")
        found.append(n_components(segment(framed, "field") > 0))
        true.append(n_components(image.region > 0))
    assert abs(sum(found) - sum(true)) <= 0.1 * sum(true)


@pytest.mark.realdata
@pytest.mark.parametrize("folder", ["dataset_1", "dataset_2"])
def test_expert_masks_are_met(data_dir, folder):
    paths = sorted((data_dir / "wbc_masks" / folder).glob("*_mask.png"))
    cases = []
    for path in paths[:: len(paths) // 40][:40]:
        image = cv2.imread(str(path.with_name(path.name.replace("_mask", ""))), cv2.IMREAD_COLOR)
        cases.append((cv2.cvtColor(image, cv2.COLOR_BGR2RGB), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)))
    nucleus, cell = scores(cases, "cell")
    assert np.median(nucleus) >= 0.96
    assert np.mean(nucleus) >= 0.93
    assert np.median(cell) >= 0.95
