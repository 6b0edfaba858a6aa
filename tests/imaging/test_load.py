"""From files to cells: paths of every kind, the scene settled once, errors that name their file."""

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leukfeat.datasets.synthetic import SCENES, synthesize
from leukfeat.errors import ConfigurationError, ImageError
from leukfeat.features import CellFeatures
from leukfeat.imaging import Limits, LoadCells, check_paths, load, resolve_scene
from leukfeat.imaging.framing import frame
from leukfeat.imaging.segmentation import segment

_MAX_SCENE_IMAGES = 64


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.png"
    path.write_bytes(b"no image at all, although the name says so")
    return str(path)


@pytest.mark.parametrize("scene", SCENES)
def test_cells_are_the_framed_image_and_its_region(tmp_path, scene):
    image = next(iter(synthesize(2, n_subjects=1, scene=scene, size=120)))
    Image.fromarray(image.rgb[:100]).save(tmp_path / "a.png")
    cells = LoadCells(size=64, scene=scene).transform([str(tmp_path / "a.png")])
    assert cells.shape == (1, 64, 64, 4)
    assert cells.dtype == np.uint8
    framed, _ = frame(image.rgb[:100], 64, scene)
    np.testing.assert_array_equal(cells[0, ..., :3], framed)
    np.testing.assert_array_equal(cells[0, ..., 3], segment(framed, scene))
    assert set(np.unique(cells[0, ..., 3])) == {0, 128, 255}


def test_cell_gives_source_pixels_per_frame_pixel():
    rgb = np.zeros((100, 160, 3), dtype=np.uint8)
    scales = {scene: LoadCells(size=50, scene=scene).cell(rgb)[1] for scene in SCENES}
    assert scales == {"masked": 3.2, "cell": 2.0, "field": 3.2}
    cell, scale = LoadCells(size=50, scene="cell").cell(rgb, 200)
    assert (cell.shape, scale) == ((200, 200, 4), 0.5)


def test_every_kind_of_path_list_gives_the_same_cells(synthetic_paths):
    paths = list(synthetic_paths[:3])
    loader = LoadCells(size=48, scene="cell")
    expected = loader.transform(paths)
    kinds = (
        tuple(paths),
        [Path(path) for path in paths],
        np.array(paths),
        np.array(paths, dtype=object),
        pd.Series(paths, index=[5, 1, 3]),
        pd.Series(paths, dtype="string"),
        pd.DataFrame({"label": ["x", "y", "z"], "path": paths}, index=[2, 0, 1]),
        (path for path in paths),
    )
    for kind in kinds:
        np.testing.assert_array_equal(loader.transform(kind), expected)
    assert LoadCells(size=48, scene="cell").transform([]).shape == (0, 48, 48, 4)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ("a.png", "Got one path; put it into a list"),
        (Path("a.png"), "Got one path"),
        (b"a.png", "Got one path"),
        (["a.png", 3], "Got an element of type int"),
        (["a.png", np.nan], "Got an element of type float"),
        (pd.Series(["a.png", None], dtype=object), "Got an element of type NoneType"),
        (np.array([["a.png"], ["b.png"]]), "Got ndarray"),
        (np.zeros((2, 8, 8, 4), np.uint8), "Got ndarray"),
        (pd.DataFrame({"file": ["a.png"]}), "Got a frame without a column 'path'"),
        (3, "Got int"),
        (None, "Got NoneType"),
    ],
)
def test_what_is_no_list_of_paths_is_refused(wrong, got):
    with pytest.raises(TypeError, match=f"^LoadCells expects image paths.*{re.escape(got)}"):
        check_paths("LoadCells", wrong)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"size": 31}, ValueError, r"'size' parameter of LoadCells must be an int in \[32, 1024\]. Got 31"),
        ({"size": 1025}, ValueError, "Got 1025"),
        ({"size": 64.0}, TypeError, "Got 64.0"),
        ({"scene": "smear"}, ValueError, "'scene' parameter.*'auto', 'masked', 'cell', 'field'. Got 'smear'"),
    ],
)
def test_wrong_parameters_are_said_by_fit_and_transform(parameters, error, message):
    loader = LoadCells(**{"scene": "cell", **parameters})
    for act in (loader.fit, loader.transform):
        with pytest.raises(error, match=message):
            act([])


def test_auto_settles_the_scene_in_fit_and_keeps_it(tmp_path, synthetic_paths):
    loader = LoadCells(size=48).fit(synthetic_paths)
    assert loader.scene_ == "cell"
    assert loader.scene == "auto"
    Image.fromarray(np.zeros((60, 60, 3), np.uint8)).save(tmp_path / "black.png")
    black = [str(tmp_path / "black.png")]
    assert LoadCells().fit(black).scene_ == "masked"
    loader.transform(black)
    assert loader.scene_ == "cell"
    assert not hasattr(clone(loader), "scene_")
    restored = pickle.loads(pickle.dumps(loader))
    np.testing.assert_array_equal(
        restored.transform(synthetic_paths[:2]), loader.transform(synthetic_paths[:2])
    )


def test_auto_without_fit_says_so_before_it_reads_anything(bad):
    for paths in ([bad], []):
        with pytest.raises(NotFittedError, match=r"settles the scene in fit. Call fit first"):
            LoadCells().transform(paths)


def test_a_named_scene_needs_no_fit_and_fit_reads_no_file():
    loader = LoadCells(scene="field")
    assert loader.fit(["/nowhere/a.png"]) is loader
    assert loader.scene_ == "field"


def test_the_scene_is_told_from_at_most_64_images_spread_over_the_list(monkeypatch):
    seen = []
    monkeypatch.setattr(LoadCells, "read", lambda self, path: path)
    monkeypatch.setattr(LoadCells, "decode", lambda self, data, path: int(path))
    monkeypatch.setattr(load, "detect_scene", lambda images: seen.append(list(images)) or "masked")
    for n in (1, 63, 64, 65, 1000):
        assert resolve_scene([str(index) for index in range(n)]) == "masked"
        picked = seen.pop()
        assert len(picked) == min(n, _MAX_SCENE_IMAGES)
        assert picked[0] == 0
        assert picked[-1] == n - 1
        assert max(np.diff(picked), default=1) <= np.ceil(n / (_MAX_SCENE_IMAGES - 1))


def test_unreadable_files_are_passed_over_when_the_scene_is_told(bad, synthetic_paths):
    paths = [bad, "/nowhere/a.png", synthetic_paths[0]]
    assert resolve_scene(paths) == resolve_scene([synthetic_paths[0]])


def test_without_a_readable_file_the_scene_must_be_named(bad):
    with pytest.raises(ConfigurationError, match=f"{re.escape(bad)}.*name the scene"):
        LoadCells().fit([bad])
    with pytest.raises(ConfigurationError, match="there are no paths"):
        LoadCells().fit([])


def test_the_first_bad_file_is_named(bad, synthetic_paths):
    with pytest.raises(ImageError, match=f"^{re.escape(bad)}: ") as caught:
        LoadCells(size=48, scene="cell").transform([synthetic_paths[0], bad])
    assert caught.value.path == bad
    assert bad not in caught.value.reason
    with pytest.raises(ImageError, match=r"^/nowhere/a\.png: .*does not exist"):
        LoadCells(size=48, scene="cell").transform(["/nowhere/a.png"])


def test_limits_are_kept_by_reading_and_decoding(synthetic_paths):
    for limits, reason in ((Limits(max_bytes=100), "bytes"), (Limits(max_pixels=96 * 96 - 1), "pixels")):
        loader = LoadCells(scene="cell", limits=limits)
        assert clone(loader).limits == limits
        with pytest.raises(ImageError, match=f"{re.escape(synthetic_paths[0])}: .*too large.*{reason}"):
            loader.transform(synthetic_paths[:1])
    LoadCells(scene="cell", limits=Limits(max_pixels=96 * 96)).transform(synthetic_paths[:1])


def test_set_output_is_accepted_and_changes_nothing(synthetic_paths):
    loader = LoadCells(size=48, scene="cell")
    assert loader.set_output(transform="pandas") is loader
    cells = loader.fit(synthetic_paths[:2]).transform(pd.DataFrame({"path": synthetic_paths[:2]}))
    assert type(cells) is np.ndarray
    assert cells.shape == (2, 48, 48, 4)
    assert list(loader.get_feature_names_out()) == ["red", "green", "blue", "region"]


def test_it_is_the_first_step_of_a_pipeline(synthetic_manifest, synthetic_paths):
    pipeline = make_pipeline(LoadCells(size=48), CellFeatures(["nc", "color"]), StandardScaler())
    rows = clone(pipeline).fit(synthetic_paths).transform(synthetic_paths[:5])
    expected = CellFeatures(["nc", "color"]).transform(LoadCells(48, "cell").transform(synthetic_paths))
    expected = (expected - expected.mean(axis=0)) / np.maximum(expected.std(axis=0), 1e-30)
    np.testing.assert_allclose(rows, expected[:5], rtol=1e-3, atol=1e-3)
    named = clone(pipeline).set_output(transform="pandas").fit_transform(synthetic_paths)
    assert list(named.columns) == list(CellFeatures(["nc", "color"]).get_feature_names_out())
