"""Masks of one bit per pixel for tests: made from byte masks, and drawn as such."""

import cv2
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import at_most, crop

__all__ = ["bits_of", "mask_of", "masks"]

_SIZES = (16, 63, 64, 65, 130)


def bits_of(mask: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.asarray(at_most(np.where(mask, 0, 1).astype(np.uint8), 0))


def mask_of(bits: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return np.asarray(crop(bits, 0, 0, bits.shape[1], bits.shape[1]))


def masks() -> st.SearchStrategy[NDArray[np.uint8]]:
    """Noise and blobs in frames whose rows end within a word, with it and after it."""
    shares = st.sampled_from([0.0, 0.03, 0.4, 0.6, 0.97, 1.0])
    return st.builds(_mask, st.integers(0, 10_000), st.sampled_from(_SIZES), shares, st.sampled_from([0, 3]))


def _mask(seed: int, size: int, share: float, sigma: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).random((size, size))
    blurred = cv2.GaussianBlur(noise, (0, 0), sigma) if sigma else noise
    return (blurred.argsort(axis=None).argsort().reshape(noise.shape) < share * noise.size).astype(np.uint8)
