import time

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from leukfeat.audit import hamming
from leukfeat.audit.hamming import close_pairs


def hashes(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, (n, 2), dtype=np.uint64)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50, 130])
@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_pairs_are_those_of_scipy(n: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming, "_CELLS_AT_ONCE", at_once)
    words = hashes(n)
    bits = np.unpackbits(words.view(np.uint8), axis=1)
    distances = np.round(pdist(bits, "hamming") * 128) if n > 1 else np.empty(0)
    expected = np.column_stack(np.triu_indices(n, 1))[distances <= 60]
    found = close_pairs(words, 60, 10**6)
    assert found.complete
    np.testing.assert_array_equal(found.pairs, expected)


def test_limit_counts_bits() -> None:
    words = np.zeros((3, 2), dtype=np.uint64)
    words[1] = 0b11111, 1 << 63
    words[2] = 0b111111, 1 << 63
    assert close_pairs(words, 6, 10).pairs.tolist() == [[0, 1], [1, 2]]
    assert close_pairs(words, 7, 10).pairs.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_too_many_pairs_are_said_to_be() -> None:
    words = np.zeros((10, 2), dtype=np.uint64)
    assert close_pairs(words, 0, 45).complete
    found = close_pairs(words, 0, 44)
    assert not found.complete
    assert len(found.pairs) == 44


def test_five_thousand_images_take_no_time() -> None:
    words = hashes(5000)
    words[4999] = words[17]
    started = time.perf_counter()
    found = close_pairs(words, 10, 1000)
    assert time.perf_counter() - started < 5  # some 0.15 s
    assert found.pairs.tolist() == [[17, 4999]]
