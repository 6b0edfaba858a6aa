"""Synthetic cells: reproducible, with a truth, and with effects of the strength that was asked for."""

import csv
import inspect
from collections import Counter
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import ndimage, stats

from leukfeat.datasets.synthetic import CLASSES, SCENES, SyntheticImage, synthesize, write_synthetic
from leukfeat.datasets.synthetic.anatomy import TRAITS, draw_traits
from leukfeat.datasets.synthetic.generate import Settings, render
from leukfeat.datasets.synthetic.staining import draw_subject

SMALL = {"masked": 96, "cell": 96, "field": 160}


def nucleus_area(image: SyntheticImage) -> int:
    return int((image.region == 255).sum())


def nucleus_colour(image: SyntheticImage) -> np.ndarray:
    return image.rgb[image.region == 255].mean(axis=0)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("scene", SCENES)
def test_same_call_gives_same_bytes_and_other_seed_gives_others(scene):
    first, again, other = (
        [i.rgb for i in synthesize(3, n_subjects=2, scene=scene, size=SMALL[scene], seed=seed)]
        for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first, again)
    assert not any((a == b).all() for a, b in zip(first, other, strict=True))
    assert not (first[0] == first[2]).all()


@pytest.mark.parametrize("mode", ["both", "one"])
def test_image_does_not_depend_on_n(mode):
    few = list(synthesize(10, n_subjects=4, subject_classes=mode, size=64))
    many = list(synthesize(25, n_subjects=4, subject_classes=mode, size=64))
    for a, b in zip(few, many[:10], strict=True):
        assert (a.label, a.subject) == (b.label, b.subject)
        np.testing.assert_array_equal(a.rgb, b.rgb)
        np.testing.assert_array_equal(a.region, b.region)


@pytest.mark.parametrize("scene", SCENES)
def test_without_class_effect_the_other_label_gives_the_same_pixels(scene):
    settings = Settings(8, n_subjects=4, class_effect=0.0, scene=scene, size=SMALL[scene])
    for index in range(4):
        for one, other in zip(render(settings, index, 0), render(settings, index, 1), strict=True):
            np.testing.assert_array_equal(one, other)
    with_effect = Settings(8, n_subjects=4, class_effect=1.0, scene=scene, size=SMALL[scene])
    assert (render(with_effect, 0, 0)[0] != render(with_effect, 0, 1)[0]).any()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("effect", [0.5, 3.0])
def test_region_invariants(scene, effect):
    size = SMALL[scene]
    for image in synthesize(6, n_subjects=3, scene=scene, size=size, subject_effect=effect):
        assert image.rgb.shape == (size, size, 3)
        assert image.region.shape == (size, size)
        assert image.rgb.dtype == image.region.dtype == np.uint8
        assert set(np.unique(image.region)) == {0, 128, 255}
        cells, n_cells = ndimage.label(image.region > 0)
        assert n_cells == 1 if scene != "field" else 1 <= n_cells <= 12
        nuclei_per_cell = [
            ndimage.label((cells == k) & (image.region == 255))[1] for k in range(1, n_cells + 1)
        ]
        assert scene == "field" or nuclei_per_cell == [1]
        whole = [k for k in range(1, n_cells + 1) if not _touches_border(cells == k)]
        assert all(nuclei_per_cell[k - 1] == 1 for k in whole)


def _touches_border(mask: np.ndarray) -> bool:
    return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())


def test_central_cell_is_in_the_centre_and_black_is_outside_the_masked_cell():
    for image in synthesize(6, n_subjects=3, scene="cell"):
        assert np.hypot(*(np.array(ndimage.center_of_mass(image.region > 0)) - 119.5)) < 12
    for image in synthesize(6, n_subjects=3, scene="masked"):
        np.testing.assert_array_equal(image.rgb.any(axis=2), image.region > 0)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("subject_effect", [0.0, 2.0])
def test_nucleus_is_darker_than_cytoplasm_and_cytoplasm_than_the_light(scene, subject_effect):
    for image in synthesize(8, n_subjects=8, scene=scene, size=200, subject_effect=subject_effect):
        red = image.rgb[:, :, 0].astype(float)
        nucleus, cytoplasm = red[image.region == 255].mean(), red[image.region == 128].mean()
        assert nucleus < 0.8 * cytoplasm
        if scene != "masked":
            light = np.percentile(red[image.region == 0], 90)
            assert cytoplasm < 0.9 * light


def test_touching_cells_are_parted_by_a_line_one_pixel_wide():
    lines = widths = 0
    for image in synthesize(6, n_subjects=2, scene="field"):
        cells, n_cells = ndimage.label(image.region > 0)
        owners = np.stack(
            [ndimage.binary_dilation(cells == k, np.ones((3, 3))) for k in range(1, n_cells + 1)]
        )
        line = (image.region == 0) & (owners.sum(axis=0) >= 2)
        lines += int(line.sum())
        widths += int(ndimage.binary_erosion(line, np.ones((2, 2))).sum())
    assert lines > 50  # cells do touch
    assert widths < 0.2 * lines


@pytest.mark.parametrize("n_subjects", [1, 5, 6])
@pytest.mark.parametrize("n", [6, 13, 30])
def test_classes_are_balanced_and_shared_by_all_subjects(n, n_subjects):
    settings = Settings(n, n_subjects=n_subjects)
    labels = Counter(settings.label(i) for i in range(n))
    assert abs(labels[0] - labels[1]) <= 1
    pairs = {(settings.subject(i), settings.label(i)) for i in range(n)}
    assert len({subject for subject, _ in pairs}) == n_subjects
    if n >= 2 * n_subjects:
        assert len(pairs) == 2 * n_subjects


def test_one_class_per_subject():
    settings = Settings(40, n_subjects=5, subject_classes="one")
    pairs = {(settings.subject(i), settings.label(i)) for i in range(40)}
    assert len(pairs) == 5
    assert {label for _, label in pairs} == {0, 1}


@pytest.mark.parametrize("mode", ["both", "one"])
def test_sequence_counts_a_class_subject_by_subject(mode):
    images = list(synthesize(23, n_subjects=5, subject_classes=mode, size=64))
    for label in CLASSES:
        rows = sorted((i.sequence, i.subject) for i in images if i.label == label)
        assert [sequence for sequence, _ in rows] == list(range(1, len(rows) + 1))
        assert [subject for _, subject in rows] == sorted(subject for _, subject in rows)
    assert len({image.name for image in images}) == 23
    assert all(int(image.name.rpartition("-")[2]) == image.sequence for image in images)


def test_without_class_effect_areas_and_colours_have_equal_distributions():
    images = list(synthesize(120, class_effect=0.0, size=64))
    groups = [[i for i in images if i.label == label] for label in CLASSES]
    measures = [nucleus_area, lambda i: nucleus_colour(i)[0], lambda i: i.rgb.mean()]
    for measure in measures:
        assert stats.ks_2samp(*([measure(i) for i in group] for group in groups)).pvalue > 0.02


def test_class_effect_moves_the_area_monotonically_and_not_the_surroundings():
    ratios = []
    for effect in (0.0, 0.5, 1.0, 2.0):
        images = list(synthesize(40, class_effect=effect, subject_effect=0.0, size=64))
        blast, other = (
            np.mean([nucleus_area(i) for i in images if i.label == label])
            for label in ("blast", "lymphocyte")
        )
        ratios.append(blast / other)
    assert np.all(np.diff(ratios) > 0.08)
    assert 1.3 < ratios[2] < 2.2


@pytest.mark.parametrize(("trait", "sign"), [*zip(TRAITS, (1, 1, -1, 1, 1), strict=True)])
def test_class_effect_moves_every_trait(trait, sign):
    unmoved = dict.fromkeys(TRAITS, 0.0)
    blast, none, other = (
        [cell[trait] for cell in draw_traits(np.random.default_rng(0), 500, shift, unmoved)]
        for shift in (0.5, 0.0, -0.5)
    )
    assert sign * np.mean(blast) > sign * np.mean(none) > sign * np.mean(other)
    assert 0.5 < abs(np.mean(blast) - np.mean(other)) / np.std(none) < 3  # the classes overlap


def test_class_effect_is_seen_in_the_regions():
    settings = Settings(2, n_subjects=1, class_effect=2.0, subject_effect=0.0)
    regions = [[render(settings, index, label)[1] for label in (0, 1)] for index in range(16)]
    ratio = np.array([[(r == 255).sum() / (r > 0).sum() for r in pair] for pair in regions])
    solidity = np.array([[_solidity(r == 255) for r in pair] for pair in regions])
    assert stats.ttest_rel(ratio[:, 1], ratio[:, 0], alternative="greater").pvalue < 1e-6
    assert stats.ttest_rel(solidity[:, 1], solidity[:, 0], alternative="less").pvalue < 1e-3


def _solidity(mask: np.ndarray) -> float:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)
    return cv2.contourArea(contour) / cv2.contourArea(cv2.convexHull(contour))


def test_without_subject_effect_all_subjects_are_one():
    one, other = (draw_subject(np.random.default_rng(seed), 0.0) for seed in (1, 2))
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "offsets":
            assert not any([*a.values(), *b.values()])
        else:
            np.testing.assert_array_equal(a, b)


def test_subject_effect_is_variance_between_subjects():
    p_values, variances = [], []
    for effect in (0.0, 0.5, 1.5):
        images = list(synthesize(48, n_subjects=8, class_effect=0.0, subject_effect=effect, size=64))
        subjects = sorted({i.subject for i in images})
        groups = [[nucleus_colour(i)[0] for i in images if i.subject == s] for s in subjects]
        p_values.append(stats.f_oneway(*groups).pvalue)
        variances.append(np.var([np.mean(group) for group in groups]))
    assert p_values[0] > 0.01
    assert p_values[1] < 1e-6
    assert variances[0] < variances[1] < variances[2]


def test_subjects_look_the_same_whatever_the_class_effect():
    a, b = (list(synthesize(4, n_subjects=4, class_effect=e, size=64, scene="cell")) for e in (0.0, 1.0))
    for one, other in zip(a, b, strict=True):
        light = [np.percentile(i.rgb[i.region == 0], 90, axis=0) for i in (one, other)]
        np.testing.assert_allclose(*light, atol=3)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_written_set_reads_back_equal(tmp_path, n_jobs):
    keywords = {"n_subjects": 3, "scene": "cell", "size": 64, "seed": 2}
    manifest = write_synthetic(tmp_path / "set", 7, n_jobs=n_jobs, **keywords)
    assert manifest == tmp_path / "set" / "manifest.csv"
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    images = list(synthesize(7, **keywords))
    assert list(rows[0]) == ["path", "label", "subject", "sequence", "region"]
    for row, image in zip(rows, images, strict=True):
        assert row["path"] == f"images/{image.label}/{image.name}.png"
        assert (row["label"], row["subject"]) == (image.label, image.subject)
        assert int(row["sequence"]) == image.sequence
        rgb = cv2.imread(str(manifest.parent / row["path"]))[:, :, ::-1]
        np.testing.assert_array_equal(rgb, image.rgb)
        region = cv2.imread(str(manifest.parent / row["region"]), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(region, image.region)
    assert len(files_of(manifest.parent)) == 2 * 7 + 1


def test_existing_set_is_kept_unless_told_otherwise(tmp_path):
    write_synthetic(tmp_path, 8, n_subjects=2, size=64)
    (tmp_path / "notes.txt").write_text("mine")
    before = files_of(tmp_path)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        write_synthetic(tmp_path, 4, n_subjects=2, size=64)
    assert files_of(tmp_path) == before
    write_synthetic(tmp_path, 4, n_subjects=2, size=64, overwrite=True)
    fresh = tmp_path / "fresh"
    write_synthetic(fresh, 4, n_subjects=2, size=64)
    expected = files_of(fresh) | {"notes.txt": b"mine"}
    assert {k: v for k, v in files_of(tmp_path).items() if not k.startswith("fresh")} == expected


def test_overwriting_deletes_nothing_outside_the_folder(tmp_path):
    precious = tmp_path / "precious.png"
    precious.write_bytes(b"x")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "manifest.csv").write_text(f"path,label,region\n../precious.png,blast,{precious}\n")
    write_synthetic(folder, 2, n_subjects=1, size=64, overwrite=True)
    assert precious.exists()


@pytest.mark.parametrize(
    ("keywords", "error", "words"),
    [
        ({"n": 0}, ValueError, "'n' parameter of synthesize must be an int of at least 1"),
        ({"n": 2.0}, TypeError, "'n' parameter"),
        ({"n_subjects": 0}, ValueError, "'n_subjects' parameter .* at least 1"),
        ({"n_subjects": 1, "subject_classes": "one"}, ValueError, "'n_subjects' parameter .* at least 2"),
        ({"n": 3}, ValueError, "Got n=3 and n_subjects=12. Raise 'n' or lower 'n_subjects'"),
        ({"class_effect": -0.1}, ValueError, "'class_effect' parameter"),
        ({"subject_effect": float("inf")}, ValueError, "'subject_effect' parameter"),
        ({"subject_classes": "two"}, ValueError, "'both', 'one'"),
        ({"scene": "auto"}, ValueError, "'masked', 'cell', 'field'"),
        ({"size": 63}, ValueError, r"\[64, 1024\]"),
        ({"size": 1025}, ValueError, r"\[64, 1024\]"),
        ({"seed": -1}, ValueError, "'seed' parameter"),
    ],
)
def test_refusals_come_at_the_call(tmp_path, keywords, error, words):
    call = {"n": 20} | keywords
    with pytest.raises(error, match=words):
        synthesize(**call)
    with pytest.raises(error, match=words):
        write_synthetic(tmp_path / "never", **call)
    assert not (tmp_path / "never").exists()


def test_settings_have_the_defaults_of_synthesize():
    parameters = inspect.signature(synthesize).parameters
    defaults = {field.name: field.default for field in fields(Settings) if field.name != "n"}
    assert defaults == {name: p.default for name, p in parameters.items() if name != "n"}


def test_generation_streams():
    images = synthesize(10**9, n_subjects=12, size=64)
    assert next(images).subject == "S01"
    assert next(images).subject == "S02"
