"""Fingerprints: what near-duplicates of an image have in common with it."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.difference_hash import N_BYTES, difference_hashes

__all__ = ["FingerprintFamily", "fingerprint_texts", "fingerprint_words"]

_PARTS = {"frame": "the whole frame", "cell": "the bounding box of all cells"}
_N_WORDS = N_BYTES // 8


class FingerprintFamily(CellFamily):
    """Difference hashes of an image, byte by byte: for the audit, not for models.

    The hash of the whole frame finds an image that was saved anew, larger or smaller; the hash of the part
    that holds the cells finds a cell that was cut out anew. It is no family of the registry.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 32): 16 bytes of the
    frame and 16 of the bounding box of all cells [1]_, as whole numbers from 0 to 255; see
    `leukfeat.kernels.difference_hash`. An image without a cell has the same in both. Nothing is NaN.

    References
    ----------
    .. [1] N. Krawetz, "Kind of Like That", 2013,
       https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """

    family: ClassVar[str] = "fingerprint"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            16 bytes of the frame, 16 of the cells.
        """
        return _SPECS

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, 32)
            Bytes, as whole numbers.
        """
        return difference_hashes(views.grey, views.cells).astype(np.float64)


_SPECS = tuple(
    FeatureSpec(
        f"fingerprint_{part}_{byte:02d}", "fingerprint", "1", 0, f"Byte {byte} of the hash of {where}."
    )
    for part, where in _PARTS.items()
    for byte in range(N_BYTES)
)


def fingerprint_texts(rows: ArrayLike) -> list[str]:
    """Write fingerprints as a column of a table holds them.

    Parameters
    ----------
    rows : array-like of float32, shape (n_images, 32)
        As `FingerprintFamily` measures them.

    Returns
    -------
    list of str
        64 hexadecimal digits each.
    """
    return [row.tobytes().hex() for row in np.asarray(rows, dtype=np.float32).astype(np.uint8)]


def fingerprint_words(texts: Sequence[str]) -> dict[str, NDArray[np.uint64]]:
    """Read fingerprints as words that can be compared bit by bit.

    Parameters
    ----------
    texts : sequence of str
        As `fingerprint_texts` writes them.

    Returns
    -------
    dict of str to numpy.ndarray of uint64, shape (n_images, 2)
        The hash of the `frame` and that of the `cell`.
    """
    words = np.frombuffer(bytes.fromhex("".join(texts)), dtype=np.uint64)
    words = words.reshape(len(texts), len(_PARTS), _N_WORDS)
    return {part: words[:, index] for index, part in enumerate(_PARTS)}
