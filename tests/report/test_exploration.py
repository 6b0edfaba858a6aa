"""The first look at a data set: tables, pictures, page."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.imaging import LoadCells
from leukfeat.report.class_colors import class_colors
from leukfeat.report.colors import color_by_class, draw_colors
from leukfeat.report.exploration import explore_images
from leukfeat.report.mean_images import mean_images
from leukfeat.report.tallies import count_by, count_sizes, imbalance

PICTURES = {"counts", "samples", "regions", "means", "background", "colors", "sizes"}


@pytest.fixture(scope="module")
def explored(synthetic_manifest, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explore")
    broken = folder / "broken.png"
    broken.write_bytes(b"no image")
    manifest = read_manifest(synthetic_manifest)
    manifest["fold"] = [str(row % 2) for row in range(len(manifest))]
    extra = pd.DataFrame({"path": [str(broken)], "label": ["blast"], "subject": ["<b>"], "fold": ["0"]})
    return explore_images(
        pd.concat([manifest, extra], ignore_index=True),
        folder / "page",
        LoadCells(96),
        title="Cells & <such>",
        jobs=1,
        cache=False,
    )


def test_page_pictures_and_tables_lie_beside_each_other(explored):
    folder = explored.page.parent
    names = {path.name for path in folder.iterdir()}
    assert names == {"explore.html", "explore.json", *(f"{name}.png" for name in PICTURES)}
    assert json.loads((folder / "explore.json").read_text()) == explored.summary
    for name in PICTURES:
        with Image.open(folder / f"{name}.png") as picture:
            assert min(picture.size) > 200


def test_the_page_says_what_the_tables_say_and_escapes_it(explored):
    page = explored.page.read_text(encoding="utf-8")
    assert "Cells &amp; &lt;such&gt;" in page
    assert "<such>" not in page
    assert all(f'src="{name}.png"' in page for name in PICTURES)
    assert "://" not in page  # nothing is fetched from elsewhere
    assert "broken.png" in page


def test_the_summary_counts(explored):
    summary = explored.summary
    assert summary["images"] == 25
    assert len(summary["failed"]) == len(explored.errors) == 1
    assert summary["classes"][0] == {"label": "blast", "images": 13, "share": 0.52, "subjects": 7}
    assert summary["imbalance"] == {
        "largest": "blast",
        "smallest": "lymphocyte",
        "ratio": 1.083,
        "majority_accuracy": 0.52,
    }
    assert [row["fold"] for row in summary["by_fold"]] == ["0", "1"]
    assert summary["sizes"] == [
        {
            "format": "PNG",
            "width": 96,
            "height": 96,
            "images": 24,
            "images of blast": 12,
            "images of lymphocyte": 12,
        }
    ]
    assert {(row["part"], row["channel"]) for row in summary["colors"]} == {
        (part, channel) for part in ("slide", "nucleus", "cytoplasm") for channel in "lab"
    }


def test_images_without_a_label_are_a_class_of_their_own(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest).drop(columns="label").head(6)
    outcome = explore_images(manifest, tmp_path, LoadCells(64), jobs=1, cache=False)
    assert [row["label"] for row in outcome.summary["classes"]] == ["(no label)"]


def test_cells_on_black_have_no_slide(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest).groupby("label").head(2)
    (tmp_path / "background.png").write_bytes(b"of a set that was here before")
    outcome = explore_images(manifest, tmp_path, LoadCells(64, "masked"), jobs=1, cache=False)
    assert {row["part"] for row in outcome.summary["colors"]} == {"nucleus", "cytoplasm"}
    assert not (tmp_path / "background.png").exists()
    assert "background.png" not in outcome.page.read_text(encoding="utf-8")


def test_a_class_for_each_image_is_refused(tmp_path):
    manifest = pd.DataFrame({"path": [f"{n}.png" for n in range(60)], "label": [str(n) for n in range(60)]})
    with pytest.raises(ConfigurationError, match="is 'label' the class"):
        explore_images(manifest, tmp_path)


def test_counts_by_a_column_leave_out_what_is_missing():
    manifest = pd.DataFrame({"label": ["a", "b", "a"], "fold": ["0", "1", None], "subject": ["x", "y", "z"]})
    assert count_by(manifest, "fold").to_dict("list") == {
        "fold": ["0", "1"],
        "images": [1, 1],
        "images of a": [1, 0],
        "images of b": [0, 1],
        "subjects": [1, 1],
    }
    assert count_by(manifest.assign(fold=None), "fold").empty


def test_sizes_commonest_first():
    measured = pd.DataFrame(
        {"image_width": [8, 9, 9], "image_height": 8, "image_format": "PNG", "label": ["a", "a", "b"]}
    )
    assert count_sizes(measured)["images"].tolist() == [2, 1]


NAMES = ["images", "subjects", "width", "format", "fold", r"$\foo$"]


def test_a_class_may_have_any_name(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest).head(12)
    manifest["label"] = NAMES * 2
    manifest["fold"] = ["0", "1"] * 6
    outcome = explore_images(manifest, tmp_path, LoadCells(64), jobs=1, cache=False)
    counted = outcome.summary["by_fold"][0]
    assert counted["images"] == 6
    assert counted["subjects"] == manifest.loc[manifest["fold"] == "0", "subject"].nunique()
    assert [counted[f"images of {name}"] for name in NAMES] == [2, 0, 2, 0, 2, 0]
    assert outcome.summary["sizes"][0]["images of width"] == 2


@pytest.mark.parametrize("with_slide", [True, False])
def test_boxes_go_from_the_top_and_say_how_many(with_slide):
    parts = ("nucleus", "cytoplasm")
    names = [f"color_mean_lab_{c}_{part}" for part in parts for c in "lab"]
    names += [f"background_mean_lab_{c}" for c in "lab" if with_slide]
    measured = pd.DataFrame({name: [0.0, 1.0, 2.0] for name in names}).assign(label=list("aab"))
    measured.loc[0, [name for name in names if name.endswith("cytoplasm")]] = np.nan
    figure = draw_colors(measured)
    assert len(figure.axes) == len(names)
    assert all(panel.yaxis_inverted() for panel in figure.axes)
    told = {
        panel.get_ylabel(): [tick.get_text() for tick in panel.get_yticklabels()]
        for panel in figure.axes
        if panel.get_ylabel()
    }
    assert told["nucleus"] == ["a (2)", "b (1)"]
    assert told["cytoplasm"] == ["a (1)", "b (1)"]


def test_sizes_of_compact_copies_are_those_of_the_originals():
    measured = pd.DataFrame(
        {"image_width": 200, "image_height": 200, "image_format": "PNG", "label": ["a", "a", "b"]}
    )
    sources = {"source_sha256": "x", "source_height": 300, "source_format": ["JPEG", "JPEG", None]}
    copies = measured.assign(source_width=[400, 400, None], **sources)
    counted = [tuple(row.values())[:4] for row in count_sizes(copies).to_dict("records")]
    assert counted == [("JPEG", 400, 300, 2), ("PNG", 200, 300, 1)]
    assert count_sizes(measured.assign(source_width=400))["width"].tolist() == [200]


def test_imbalance_is_the_ratio_of_the_extremes():
    assert imbalance(pd.DataFrame({"label": list("aaab")}))["ratio"] == 3
    assert imbalance(pd.DataFrame({"label": list("aaab")}))["majority_accuracy"] == 0.75


def test_an_effect_is_in_standard_deviations():
    columns = [f"background_mean_lab_{c}" for c in "lab"]
    columns += [f"color_mean_lab_{c}_{part}" for part in ("nucleus", "cytoplasm") for c in "lab"]
    measured = pd.DataFrame({name: [0.0, 0.0, 2.0, 2.0] for name in columns}).assign(label=list("aabb"))
    measured["background_mean_lab_a"] = 5.0
    measured["background_mean_lab_b"] = np.nan
    rows = color_by_class(measured).set_index(["part", "channel", "label"])["effect"]
    assert rows["slide", "l", "b"] == 2
    assert rows["slide", "l", "a"] == -2
    assert np.isnan(rows["slide", "a", "b"])
    assert np.isnan(rows["slide", "b", "b"])


def test_a_mean_image_is_the_mean(synthetic_manifest):
    manifest = read_manifest(synthetic_manifest)
    loader = LoadCells(64, "cell")
    means = mean_images(manifest, loader)
    cells = loader.transform(manifest[manifest["label"] == "blast"])
    assert means["blast"].n_images == 12
    np.testing.assert_array_equal(means["blast"].rgb, np.floor(cells[..., :3].mean(axis=0) + 0.5))
    np.testing.assert_allclose(means["blast"].nucleus, (cells[..., 3] == 255).mean(axis=0))
    assert mean_images(manifest, loader, n_per_class=3)["blast"].n_images == 3


def test_a_colour_for_each_class():
    assert list(class_colors(pd.Series(["b", "a"]))) == ["a", "b"]
    assert len(set(class_colors(pd.Series(list("abcdefgh"))).values())) == 8


@pytest.mark.realdata
@pytest.mark.slow
def test_the_colour_of_the_slide_shows_in_the_four_class_set(data_dir, tmp_path):
    from leukfeat.datasets import make_manifest

    if not (data_dir / "all_smears").is_dir():
        pytest.skip(f"no all_smears in {data_dir}")
    manifest = make_manifest(data_dir / "all_smears").frame.iloc[::8]
    outcome = explore_images(manifest, tmp_path, LoadCells(scene="field"), cache=False)
    effects = [abs(row["effect"]) for row in outcome.summary["colors"] if row["part"] == "slide"]
    assert max(effects) > 1  # standard deviations
