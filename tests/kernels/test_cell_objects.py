import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from leukfeat.kernels.cell_batch import CellObjects, cell_runs_of, nucleus_runs_of
from leukfeat.kernels.cell_objects import find_objects
from leukfeat.kernels.runs import draw_runs
from leukfeat.kernels.stretches import find_stretches
from tests.masks import from_drawing


def objects_of(*regions: np.ndarray) -> CellObjects:
    cells = np.zeros((len(regions), *regions[0].shape, 4), dtype=np.uint8)
    cells[..., 3] = np.stack(regions)
    return find_objects(find_stretches(cells))


def drawn(objects: CellObjects, cell: int) -> tuple[list[list[int]], list[list[int]]]:
    """The masks of a cell and of its nucleus in the cell's box."""
    height, width = objects.boxes[cell, 2:]
    runs = cell_runs_of(objects, cell), nucleus_runs_of(objects, cell)
    return draw_runs(runs[0], height, width).tolist(), draw_runs(runs[1], height, width).tolist()


def random_region(seed: int, size: int, share: float) -> np.ndarray:
    shares = [1 - share, share / 2, share / 2]
    return np.random.default_rng(seed).choice([0, 128, 255], (size, size), p=shares).astype(np.uint8)


def test_cells_are_four_connected_and_keep_all_lobes() -> None:
    region = from_drawing("....cc", ".ncn..", ".ccc..", "n...nn", "n....c", "......")
    objects = objects_of(region)
    assert objects.bounds.tolist() == [0, 4]
    assert objects.boxes.tolist() == [[0, 4, 1, 2], [1, 1, 2, 3], [3, 0, 2, 1], [3, 4, 2, 2]]
    assert drawn(objects, 0) == ([[1, 1]], [[0, 0]])
    assert drawn(objects, 1) == ([[1, 1, 1], [1, 1, 1]], [[1, 0, 1], [0, 0, 0]])
    assert drawn(objects, 2) == ([[1], [1]], [[1], [1]])
    assert drawn(objects, 3) == ([[1, 1], [0, 1]], [[1, 1], [0, 0]])


def test_runs_are_those_of_the_mask_in_the_cells_box() -> None:
    objects = objects_of(from_drawing(".....", ".cnc.", ".n.nn", ".....", "....."))
    assert cell_runs_of(objects, 0).tolist() == [[0, 0, 3], [1, 0, 1], [1, 2, 4]]
    assert nucleus_runs_of(objects, 0).tolist() == [[0, 1, 2], [1, 0, 1], [1, 2, 4]]


def test_rows_that_end_and_begin_with_a_cell_do_not_touch() -> None:
    objects = objects_of(from_drawing("..nn", "nn..", "....", "...."))
    assert objects.boxes.tolist() == [[0, 2, 1, 2], [1, 0, 1, 2]]


@given(
    st.integers(0, 1000),
    st.sampled_from([3, 24, 70]),
    st.sampled_from([0.0, 0.1, 0.45, 0.6, 1.0]),
    st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_cells_agree_with_scipy_in_pixels_and_order(seed, size, share, n_frames) -> None:
    regions = [random_region(seed + i, size, share) for i in range(n_frames)]
    objects = objects_of(*regions)
    cell = 0
    for frame, region in enumerate(regions):
        labels, n_labels = ndimage.label(region > 0)
        assert objects.bounds[frame + 1] - objects.bounds[frame] == n_labels
        for label, box in enumerate(ndimage.find_objects(labels), start=1):
            expected = labels[box] == label
            assert objects.boxes[cell].tolist() == [box[0].start, box[1].start, *expected.shape]
            mask, nucleus = drawn(objects, cell)
            np.testing.assert_array_equal(mask, expected)
            np.testing.assert_array_equal(nucleus, expected & (region[box] == 255))
            cell += 1


@pytest.mark.parametrize("level", [0, 255])
def test_frames_of_nothing_and_of_one_nucleus(level: int) -> None:
    objects = objects_of(np.full((8, 8), level), np.full((8, 8), level))
    assert objects.bounds.tolist() == ([0, 0, 0] if level == 0 else [0, 1, 2])
    assert len(objects.cell_runs) == len(objects.nucleus_runs) == (0 if level == 0 else 16)


def test_thousands_of_specks_take_no_more_than_a_moment() -> None:
    """As many cells as there can be: every second pixel of a chequered frame of a million."""
    chequers = (np.indices((1000, 1000)).sum(axis=0) % 2 * 255).astype(np.uint8)
    objects = objects_of(chequers)
    assert objects.bounds.tolist() == [0, 500_000]
    assert (objects.boxes[:, 2:] == 1).all()
