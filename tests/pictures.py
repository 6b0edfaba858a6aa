"""Pictures to encode, and independent ways to read them again."""

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["TRANSPARENT", "assert_image", "by_opencv", "by_pillow", "make_image", "make_noise", "rescaled"]

TRANSPARENT = "transparent pixels: flatten it first"


def make_image(height: int = 61, width: int = 83, seed: int = 0) -> NDArray[np.uint8]:
    """Make a smooth image with some noise: compressible, but not trivial."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.integers(-3, 4, smooth.shape), 0, 255).astype(np.uint8)


def make_noise(shape: tuple[int, ...], dtype: type[np.unsignedinteger] = np.uint8, seed: int = 1) -> NDArray:
    """Make an image of independent, uniformly distributed values."""
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def by_opencv(data: bytes) -> NDArray[np.uint8]:
    """Decode to RGB with OpenCV, orientation ignored."""
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), flags), cv2.COLOR_BGR2RGB)


def by_pillow(data: bytes) -> NDArray[np.uint8]:
    """Decode to RGB with Pillow."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def rescaled(values: NDArray) -> NDArray[np.uint8]:
    """Bring 16 to 8 bits by the definition, with exact integers: value * 255 / 65535, rounded to nearest."""
    exact = values.astype(np.int64)
    return ((2 * exact * 255 + 65535) // (2 * 65535)).astype(np.uint8)


def assert_image(image: NDArray, expected: NDArray) -> None:
    """Assert that an RGB image equals another one, or a grey one."""
    assert image.dtype == np.uint8
    expected = np.repeat(expected[..., np.newaxis], 3, axis=2) if expected.ndim == 2 else expected
    np.testing.assert_array_equal(image, expected)
