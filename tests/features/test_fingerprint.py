import numpy as np
import pytest

from leukfeat.features import FAMILIES
from leukfeat.features.fingerprint import FingerprintFamily, fingerprint_texts, fingerprint_words
from leukfeat.testing import example_cells, family_checks


@pytest.mark.parametrize("check", family_checks(FingerprintFamily()), ids=str)
def test_contract(check) -> None:
    check()


def test_it_is_no_family_of_the_registry() -> None:
    assert FingerprintFamily.family not in FAMILIES


def test_rows_are_bytes_and_survive_as_text() -> None:
    rows = FingerprintFamily().transform(example_cells(5))
    assert rows.shape == (5, 32)
    assert ((rows % 1 == 0) & (rows >= 0) & (rows <= 255)).all()
    texts = fingerprint_texts(rows)
    assert {len(text) for text in texts} == {64}
    words = fingerprint_words(texts)
    assert {part: held.shape for part, held in words.items()} == {"frame": (5, 2), "cell": (5, 2)}
    joined = np.concatenate([words["frame"], words["cell"]], axis=1)
    np.testing.assert_array_equal(np.ascontiguousarray(joined).view(np.uint8), rows)


def test_no_images_have_no_words() -> None:
    assert fingerprint_texts(np.empty((0, 32), dtype=np.float32)) == []
    assert fingerprint_words([])["cell"].shape == (0, 2)
