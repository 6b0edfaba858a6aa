"""Difference hashes: which parts of a picture are lighter than their neighbours, as bits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["N_BYTES", "box_of_cells", "difference_hashes"]

N_BYTES = 16  # of one hash

_SIDE = 8
_FIRST_OF_REGION = np.uint32(1 << 24)  # the region is the last byte of a pixel; a smaller word is background


@kernel
def difference_hashes(grey: NDArray[np.uint8], cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Compute two difference hashes of each image: of the whole frame, and of the part that holds its cells.

    A picture is averaged by area to 8 rows of 9 fields, then to 9 rows of 8. The first 64 bits say, row by
    row, which field is lighter than the one to its left; the last 64 which is lighter than the one above it.
    The first bit of a byte is its highest. Sums are integers: equal pixels have equal bits on every machine.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, size, size)
        C-contiguous; `size` is 2048 at most.
    cells : numpy.ndarray of uint8, shape (n_images, size, size, 4)
        The same images in colour with their regions, C-contiguous.

    Returns
    -------
    numpy.ndarray of uint8, shape (n_images, 32)
        16 bytes of the frame and 16 of the bounding box of all cells, which is the frame where there is none.

    References
    ----------
    .. [1] N. Krawetz, "Kind of Like That", 2013,
       https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html (the first 64 bits)
    """
    n_images, height, width = grey.shape
    hashes = np.zeros((n_images, 2 * N_BYTES), dtype=np.uint8)
    for image in range(n_images):
        top, bottom, left, right = box_of_cells(cells[image])
        _hash(grey[image, 0:height, 0:width], hashes[image, :N_BYTES])
        _hash(grey[image, top:bottom, left:right], hashes[image, N_BYTES:])
    return hashes


@kernel
def box_of_cells(cell: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Find the bounding box of all cells in an image.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region, C-contiguous.

    Returns
    -------
    top, bottom, left, right : int
        Where it begins and ends, in rows and in columns; the whole frame where there is no cell.
    """
    height, width = cell.shape[:2]
    words = cell.view(np.uint32).reshape(height, width)
    columns, top, bottom = np.zeros(width, dtype=np.uint32), height, 0
    for y in range(height):
        row, found = words[y], np.uint32(0)
        for x in range(width):
            found |= row[x]
            columns[x] |= row[x]
        if found >= _FIRST_OF_REGION:
            top, bottom = min(top, y), y + 1
    if bottom == 0:
        return 0, height, 0, width
    occupied = np.flatnonzero(columns >= _FIRST_OF_REGION)
    return top, bottom, occupied[0], occupied[-1] + 1


@kernel
def _hash(grey: NDArray[np.uint8], bits: NDArray[np.uint8]) -> None:
    """Set the bits of one hash."""
    rightwards = _sums_by_area(_sums_by_area(grey, _SIDE).T, _SIDE + 1)
    downwards = _sums_by_area(_sums_by_area(grey, _SIDE + 1).T, _SIDE)
    for i in range(_SIDE):
        for j in range(_SIDE):
            bits[i] |= np.uint8(rightwards[j + 1, i] > rightwards[j, i]) << (_SIDE - 1 - j)
            bits[_SIDE + i] |= np.uint8(downwards[j, i + 1] > downwards[j, i]) << (_SIDE - 1 - j)


@kernel
def _sums_by_area(rows: NDArray[Any], n_fields: int) -> NDArray[np.int32]:
    """Add up rows to fields of equal height; a row counts by its overlap, in parts of `n_fields`."""
    n_rows, width = rows.shape
    sums = np.zeros((n_fields, width), dtype=np.int32)
    for field in range(n_fields):
        start, stop = field * n_rows, (field + 1) * n_rows
        line = sums[field]
        for y in range(start // n_fields, -(-stop // n_fields)):
            overlap = np.int32(min((y + 1) * n_fields, stop) - max(y * n_fields, start))
            row = rows[y]
            for x in range(width):
                line[x] += overlap * np.int32(row[x])
    return sums
