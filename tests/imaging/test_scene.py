"""The scene is told from the images alone: on synthetic sets, on all real ones, and on small subsets."""

import csv

import cv2
import numpy as np
import pytest

from leukfeat.datasets.synthetic import synthesize
from leukfeat.imaging.scene import SCENES, detect_scene


def read(path):
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def spaced(paths, n):
    paths = sorted(paths)
    return [read(path) for path in paths[:: max(1, len(paths) // n)][:n]]


def subsets(images, sizes=(5, 8), n=10):
    rng = np.random.default_rng(0)
    for size in sizes:
        for _ in range(n):
            yield [images[i] for i in rng.choice(len(images), size, replace=False)]


def test_scenes_are_the_three_of_the_design():
    assert SCENES == ("masked", "cell", "field")


def test_no_image_is_refused():
    with pytest.raises(ValueError, match="at least one image"):
        detect_scene([])


@pytest.mark.parametrize("scene", SCENES)
def test_synthetic_scenes_are_told(scene):
    images = [image.rgb for image in synthesize(24, scene=scene, seed=5)]
    assert detect_scene(images) == scene
    assert {detect_scene(subset) for subset in subsets(images, (5, 9), 5)} == {scene}


def test_images_of_different_sizes_and_shapes_vote_together():
    images = [image.rgb for image in synthesize(6, n_subjects=3, scene="cell", seed=1)]
    images += [
        np.ascontiguousarray(image.rgb[:, 20:-10])
        for image in synthesize(6, n_subjects=3, scene="cell", seed=2)
    ]
    assert detect_scene(images) == "cell"


def test_one_dark_image_does_not_turn_a_field_into_masked_cells():
    images = [image.rgb for image in synthesize(7, n_subjects=3, scene="field", seed=3)]
    assert detect_scene([*images, np.zeros((50, 50, 3), np.uint8)]) == "field"


def test_images_are_left_as_they_are():
    images = [image.rgb.copy() for image in synthesize(3, n_subjects=3, scene="field", seed=3)]
    for image in images:
        image.setflags(write=False)
    assert detect_scene(images) == detect_scene(tuple(images)) == "field"


@pytest.mark.realdata
def test_cnmc_is_masked(data_dir):
    images = spaced(data_dir.glob("cnmc_sample/**/*.bmp"), 60)
    assert detect_scene(images) == "masked"
    assert {detect_scene(subset) for subset in subsets(images)} == {"masked"}


@pytest.mark.realdata
@pytest.mark.parametrize("folder", ["dataset_1", "dataset_2"])
def test_wbc_masks_are_cells(data_dir, folder):
    images = spaced(data_dir.glob(f"wbc_masks/{folder}/???.png"), 64)
    assert detect_scene(images) == "cell"
    assert {detect_scene(subset) for subset in subsets(images)} == {"cell"}


@pytest.mark.realdata
@pytest.mark.parametrize(
    "label", ["blast", "erythroblast", "lymphocyte", "monocyte", "neutrophil", "promyelocyte"]
)
def test_every_class_of_deepapl_is_cells(data_dir, label):
    with (data_dir / "deepapl" / "manifest.csv").open(newline="") as file:
        paths = [data_dir / "deepapl" / row["path"] for row in csv.DictReader(file) if row["label"] == label]
    images = spaced(paths, 40)
    assert detect_scene(images) == "cell"
    assert {detect_scene(subset) for subset in subsets(images)} == {"cell"}


@pytest.mark.realdata
@pytest.mark.parametrize("label", ["Benign", "Early", "Pre", "Pro"])
def test_every_class_of_smears_is_fields(data_dir, label):
    images = spaced(data_dir.glob(f"all_smears/Original/{label}/*.jpg"), 40)
    assert detect_scene(images) == "field"
    assert {detect_scene(subset) for subset in subsets(images)} == {"field"}
