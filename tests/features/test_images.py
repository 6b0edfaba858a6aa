"""From image files to columns in source pixels."""

import pickle
import re
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leukfeat.errors import ImageError
from leukfeat.features import DEFAULT_FAMILIES, CellFamily, CellFeatures, FeatureSpec, ImageFeatures
from leukfeat.imaging import LoadCells, load

QUICK = ("shape", "nc")


class SideFeatures(CellFamily):
    """The side of the frame and the size of the nucleus, on a frame of 64 pixels."""

    family = "side"
    frame_size = 64

    def specs(self) -> tuple[FeatureSpec, ...]:
        return (
            FeatureSpec("side_power0", "side", "px", 0, "Side."),
            FeatureSpec("side_power1", "side", "px", 1, "Side."),
            FeatureSpec("side_power2", "side", "px^2", 2, "Side, squared."),
            FeatureSpec("side_nan", "side", "px", 1, "Never measured."),
        )

    def measure(self, views):
        side = float(views.cells.shape[1])
        return np.array([[side, side, side**2, np.nan]] * len(views))


def images(size: int = 64, families=QUICK, scene: str = "cell") -> ImageFeatures:
    return ImageFeatures(LoadCells(size=size, scene=scene), CellFeatures(families))


@pytest.fixture
def calls(monkeypatch):
    """Count the images decoded and the sizes they are framed at."""
    seen = {"decoded": 0, "framed": []}
    decode, frame = load.decode, load.frame

    def counted_decode(data, limits):
        seen["decoded"] += 1
        return decode(data, limits)

    def counted_frame(rgb, size, scene):
        seen["framed"].append(size)
        return frame(rgb, size, scene)

    monkeypatch.setattr(load, "decode", counted_decode)
    monkeypatch.setattr(load, "frame", counted_frame)
    return seen


def draw_cell(side: int) -> np.ndarray:
    """Draw one cell on a bright ground, by area from sixteen times as many pixels."""
    big = 4 * side
    picture = np.full((big, big, 3), (232, 224, 228), np.uint8)
    middle = (big // 2, big // 2)
    cv2.ellipse(picture, middle, (int(0.31 * big), int(0.26 * big)), 20, 0, 360, (186, 168, 214), -1)
    cv2.ellipse(picture, middle, (int(0.21 * big), int(0.17 * big)), 20, 0, 360, (98, 62, 148), -1)
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def write_png(path: Path, rgb: np.ndarray) -> str:
    Image.fromarray(rgb).save(path)
    return str(path)


def names(fitted: ImageFeatures) -> list[str]:
    return list(fitted.get_feature_names_out())


def powers(fitted: ImageFeatures) -> np.ndarray:
    return np.array([spec.length_power for spec in fitted.specs()])


@pytest.mark.parametrize("scene", ["cell", "masked"])
def test_pixels_of_half_the_size_give_the_same_cell_in_source_pixels(tmp_path, scene):
    rgb = draw_cell(64)
    rgb[rgb[..., 1] > 200] = 0 if scene == "masked" else 228
    twice = np.repeat(np.repeat(rgb, 2, axis=0), 2, axis=1)
    paths = [write_png(tmp_path / "one.png", rgb), write_png(tmp_path / "two.png", twice)]
    fitted = images(64, DEFAULT_FAMILIES, scene).fit(paths)
    one, two = fitted.transform(paths)
    np.testing.assert_array_equal(two, one * np.float32(2.0) ** powers(fitted))
    assert np.isfinite(one[powers(fitted) > 0]).all()
    assert set(powers(fitted)) == {0, 1, 2}


def test_the_same_cell_drawn_at_double_resolution_differs_in_lengths_and_areas_only(tmp_path):
    paths = [write_png(tmp_path / f"{side}.png", draw_cell(side)) for side in (240, 480)]
    fitted = images(120, ("shape", "nc")).fit(paths)
    one, two = fitted.transform(paths)
    measured = np.array(
        ["_hu" not in name for name in names(fitted)]
    )  # those are logarithms of almost nothing
    expected = one * 2.0 ** powers(fitted)
    np.testing.assert_allclose(two[measured], expected[measured], rtol=0.03, atol=0.05)
    area = names(fitted).index("shape_area_nucleus_px")
    assert one[area] == pytest.approx(np.pi * 0.21 * 0.17 * 240**2, rel=0.02)
    assert two[area] == pytest.approx(np.pi * 0.21 * 0.17 * 480**2, rel=0.02)


def test_an_image_is_decoded_once_and_framed_once_for_each_size(calls, synthetic_paths):
    fitted = images(48, ("shape", SideFeatures(), "nc")).fit(synthetic_paths)
    rows = fitted.transform(synthetic_paths[:3])
    assert calls["decoded"] == 3
    assert calls["framed"] == [48, 64] * 3
    side = rows[:, [name.startswith("side_") for name in names(fitted)]]
    np.testing.assert_array_equal(side, [[64, 96, 96**2, np.nan]] * 3)


def test_a_family_with_the_size_of_the_others_shares_their_frame(calls, synthetic_paths):
    images(64, ("shape", SideFeatures())).fit(synthetic_paths).transform(synthetic_paths[:2])
    assert calls["framed"] == [64, 64]


def test_columns_are_those_of_the_union(synthetic_paths):
    fitted = images(64, DEFAULT_FAMILIES).fit(synthetic_paths)
    rows = fitted.transform(synthetic_paths[:4])
    union = CellFeatures()
    assert fitted.specs() == union.specs()
    assert names(fitted) == list(union.get_feature_names_out())
    assert rows.dtype == np.float32
    cells = LoadCells(64, "cell").transform(synthetic_paths[:4])
    expected = union.transform(cells) * np.float32(96 / 64) ** powers(fitted)
    np.testing.assert_allclose(rows, expected, rtol=1e-6)


def test_rows_do_not_depend_on_order_and_batch(synthetic_paths):
    fitted = images(48, DEFAULT_FAMILIES).fit(synthetic_paths)
    rows = fitted.transform(synthetic_paths[:6])
    np.testing.assert_array_equal(fitted.transform(synthetic_paths[5::-1]), rows[::-1])
    for index in (0, 4):
        np.testing.assert_array_equal(fitted.transform([synthetic_paths[index]])[0], rows[index])
    assert fitted.transform([]).shape == (0, rows.shape[1])


def test_every_kind_of_path_list_gives_the_same_rows(synthetic_paths):
    paths = list(synthetic_paths[:2])
    frame = pd.DataFrame({"label": ["x", "y"], "path": paths}, index=[8, 3])
    kinds = (tuple(paths), np.array(paths), frame["path"], frame, [Path(path) for path in paths])
    expected = images().fit(paths).transform(paths)
    for kind in kinds:
        np.testing.assert_array_equal(images().fit(kind).transform(kind), expected)
    for act in (images().fit, images().fit(paths).transform, images().fit_transform):
        with pytest.raises(TypeError, match=r"ImageFeatures expects image paths.*Got one path"):
            act(paths[0])


def test_pandas_output_has_names_and_the_index_of_the_input(synthetic_paths):
    frame = pd.DataFrame({"path": synthetic_paths[:3]}, index=[7, 5, 9])
    fitted = images().set_output(transform="pandas").fit(frame)
    out = fitted.transform(frame)
    assert list(out.columns) == names(fitted)
    assert list(out.index) == [7, 5, 9]
    assert set(out.dtypes) == {np.dtype(np.float32)}
    np.testing.assert_array_equal(out.to_numpy(), images().fit(frame).transform(frame))
    assert list(fitted.transform(list(synthetic_paths[:3])).index) == [0, 1, 2]


def test_the_first_bad_file_ends_transform_and_not_iterate(tmp_path, synthetic_paths):
    (tmp_path / "bad.png").write_bytes(b"not an image, in any format")
    paths = [synthetic_paths[0], str(tmp_path / "bad.png"), "/nowhere/a.png", synthetic_paths[1]]
    fitted = images().fit(paths)
    with pytest.raises(ImageError, match=f"^{re.escape(paths[1])}: not a BMP") as caught:
        fitted.transform(paths)
    assert caught.value.path == paths[1]
    outcomes = list(fitted.iterate(paths))
    assert [path for path, _ in outcomes] == paths
    assert [type(row) for _, row in outcomes] == [np.ndarray, ImageError, ImageError, np.ndarray]
    assert "does not exist" in outcomes[2][1].reason
    np.testing.assert_array_equal([outcomes[0][1], outcomes[3][1]], fitted.transform([paths[0], paths[3]]))


def test_iterate_reads_one_batch_after_the_other(calls, synthetic_paths, monkeypatch):
    monkeypatch.setattr("leukfeat.features.images._BATCH", 3)
    rows = images().fit(synthetic_paths).iterate(synthetic_paths)
    for expected in (3, 3, 3, 6, 6):
        next(rows)
        assert calls["decoded"] == expected


def test_a_batch_gives_the_rows_of_its_images(synthetic_paths):
    fitted = images().fit(synthetic_paths)
    rgb = [fitted.load_.decode(fitted.load_.read(path), path) for path in synthetic_paths[:5]]
    together = fitted.measure_frames([fitted.frame(image) for image in rgb])
    for rows, image in zip(together, rgb, strict=True):
        for row, expected in zip(rows, fitted.measure(image), strict=True):
            assert row.tobytes() == expected.tobytes()
    assert fitted.measure_frames([]) == []


def test_an_error_of_a_family_is_no_bad_image(synthetic_paths, monkeypatch):
    def fail(self, views):
        raise ZeroDivisionError("in the family")

    monkeypatch.setattr(SideFeatures, "measure", fail)
    with pytest.raises(ZeroDivisionError, match="in the family"):
        list(images(families=(SideFeatures(),)).fit(synthetic_paths).iterate(synthetic_paths))


def test_without_fit_it_says_so(synthetic_paths):
    unfitted = ImageFeatures()
    for act in (unfitted.transform, lambda paths: list(unfitted.iterate(paths))):
        with pytest.raises(NotFittedError):
            act(synthetic_paths)
    for act in (unfitted.specs, unfitted.get_feature_names_out):
        with pytest.raises(NotFittedError):
            act()


def test_fit_settles_the_scene_on_a_copy(synthetic_paths):
    loader, features = LoadCells(size=48), CellFeatures(QUICK)
    fitted = ImageFeatures(loader, features).fit(synthetic_paths)
    assert fitted.load_.scene_ == "cell"
    assert not hasattr(loader, "scene_")
    assert fitted.load is loader
    assert fitted.features is features


def test_fit_checks_parameters_and_families():
    with pytest.raises(ValueError, match="Unknown family 'glmc'"):
        images(families=["glmc"]).fit(["a.png"])
    with pytest.raises(ValueError, match="'size' parameter of LoadCells"):
        images(size=8).fit(["a.png"])


def test_clone_pickle_and_parameters(synthetic_paths):
    fitted = images(48, ("nc", SideFeatures())).fit(synthetic_paths)
    rows = fitted.transform(synthetic_paths[:2])
    copy = clone(fitted)
    assert not hasattr(copy, "load_")
    assert copy.get_params()["load__size"] == 48
    np.testing.assert_array_equal(copy.fit(synthetic_paths).transform(synthetic_paths[:2]), rows)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).transform(synthetic_paths[:2]), rows)
    larger = clone(fitted).set_params(load__size=64, features__families=["nc"])
    assert larger.fit(synthetic_paths).transform(synthetic_paths[:2]).shape == (2, 5)
    assert ImageFeatures().get_params() == {"features": None, "load": None}


def test_it_is_the_first_step_of_a_pipeline(synthetic_paths):
    pipeline = clone(make_pipeline(images(48, ("nc",)), StandardScaler())).fit(synthetic_paths)
    assert pipeline.transform(synthetic_paths[:3]).shape == (3, 5)
    assert list(pipeline.get_feature_names_out()) == names(pipeline[0])
