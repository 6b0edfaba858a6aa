import numpy as np
import pytest

from leukfeat.audit.closeups import correlations, look_closer
from leukfeat.imaging import LoadCells


def test_correlations_are_those_of_numpy() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 64, 64), dtype=np.uint8)
    pictures[3] = 255 - pictures[0]
    pictures[4] = pictures[0] // 2 + 40
    pairs = np.array([[0, 1], [0, 3], [0, 4], [2, 2]])
    expected = [np.corrcoef(pictures[i].ravel(), pictures[j].ravel())[0, 1] for i, j in pairs]
    np.testing.assert_allclose(correlations(pictures, pairs), expected, rtol=1e-12)


def test_many_pairs_and_none() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 64), dtype=np.uint8)
    many = correlations(pictures, np.tile([[0, 1]], (3000, 1)))
    assert many.shape == (3000,)
    assert len(set(many.tolist())) == 1
    assert correlations(pictures, np.empty((0, 2), dtype=np.intp)).shape == (0,)


def test_one_level_correlates_with_nothing() -> None:
    pictures = np.full((2, 64, 64), 255, dtype=np.uint8)
    assert np.isnan(correlations(pictures, np.array([[0, 1]]))).all()


def test_what_cannot_be_read_is_none(synthetic_paths, tmp_path) -> None:
    absent = str(tmp_path / "absent.png")
    seen: list[tuple[int, int]] = []
    good, bad, again = look_closer(
        [synthetic_paths[0], absent, synthetic_paths[0]],
        LoadCells(96, "cell"),
        jobs=1,
        progress=lambda *done: seen.append(done),
    )
    assert bad is None
    assert good.pixels == again.pixels
    assert {part: picture.shape for part, picture in good.parts.items()} == {
        "frame": (64, 64),
        "cell": (64, 64),
    }
    assert good.parts["cell"].mean() < good.parts["frame"].mean()  # the cell is darker than what is around
    assert seen == [(3, 3)]


def test_no_paths() -> None:
    assert look_closer([], LoadCells(96, "cell")) == []


@pytest.mark.parametrize("scene", ["masked", "cell", "field"])
def test_any_scene(synthetic_paths, scene: str) -> None:
    first, second = look_closer(synthetic_paths[:2], LoadCells(64, scene), jobs=1)
    assert first.pixels != second.pixels
