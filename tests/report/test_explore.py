"""Counts and sample pictures of a data set."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.report.explore import count_images, draw_samples, outline_regions


def test_counts_of_images_and_subjects():
    manifest = pd.DataFrame(
        {"label": ["b", "a", "b", "b"], "subject": ["1", "1", "2", "2"], "path": list("wxyz")}
    )
    counts = count_images(manifest)
    assert counts.to_dict("list") == {
        "label": ["a", "b"],
        "images": [1, 3],
        "share": [0.25, 0.75],
        "subjects": [1, 2],
    }


def test_no_subjects_no_column():
    assert "subjects" not in count_images(pd.DataFrame({"label": ["a"], "path": ["x"]}))


def test_outlines_are_of_the_regions_and_leave_the_rest():
    cell = np.zeros((40, 40, 4), dtype=np.uint8)
    cell[5:35, 5:35, 3] = 128
    cell[15:25, 15:25, 3] = 255
    before = cell.copy()
    picture = outline_regions(cell)
    assert picture[5, 20].tolist() == [0, 158, 115]
    assert picture[15, 20].tolist() == [230, 159, 0]
    assert not picture[10, 20].any()
    np.testing.assert_array_equal(cell, before)


def test_a_row_per_class_and_a_bad_image_replaced(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")
    first = manifest["label"] == manifest["label"].iloc[0]
    kept = manifest[first].head(2)
    some = pd.concat([kept, kept.head(1).assign(path=str(broken)), manifest[~first].head(2)])
    figure = draw_samples(some, n_per_class=2)
    assert len(figure.axes) == 4
    assert all(panel.images for panel in figure.axes)


def test_nothing_readable_is_refused(tmp_path):
    manifest = pd.DataFrame({"path": [str(tmp_path / "gone.png")], "label": ["a"]})
    with pytest.raises(ConfigurationError, match=r"gone\.png"):
        draw_samples(manifest)
