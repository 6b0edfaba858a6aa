"""Pixels of JPEG files."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.decoders.opencv import imdecode_rgb
from leukfeat.imaging.headers.jpeg import JpegHeader

__all__ = ["decode"]


def decode(data: bytes, header: JpegHeader) -> NDArray[np.uint8]:
    """Decode a grey or RGB JPEG file.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : JpegHeader
        Its header.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        RGB, C-contiguous, equal to what `cv2.imread` gives; an orientation in the metadata is not applied.

    Raises
    ------
    leukfeat.errors.ImageError
        If libjpeg reports damaged or missing data.
    """
    return imdecode_rgb(data, header.format)
