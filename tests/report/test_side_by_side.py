"""Two runs side by side: paired where they can be, refused where they are of other images."""

import numpy as np
import pandas as pd
import pytest

from leukfeat._tables import write_parquet
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import compare_estimates
from leukfeat.report.same_images import estimate_in_pairs, require_same_images
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.side_by_side import summarise_side_by_side, write_side_by_side
from leukfeat.report.statistics import summarize_predictions
from tests.pages import read_page
from tests.predicted import run_frame
from tests.saved_runs import KINDS, STRENGTHS, write_run


def frames(n_classes=2):
    """Draw one run, and another in which all models are as good but Fair, which is better."""
    first = run_frame(STRENGTHS, n_classes=n_classes, n_subjects=40, kinds=KINDS)
    better = first[first["model"] == "Good"].assign(model="Fair")
    second = pd.concat([first[first["model"] != "Fair"], better], ignore_index=True)
    second.attrs = first.attrs
    return first, second


def read(folder, frame, **record):
    return SavedRun.read(write_run(folder, frame, **record))


@pytest.fixture(scope="module", params=[2, 4])
def both(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    first, second = frames(request.param)
    return read(folder / "first", first), read(folder / "second", second, source="/data/other.csv")


@pytest.fixture(scope="module")
def summary(both):
    return summarise_side_by_side(*both)


def test_each_score_is_that_of_its_run(both, summary):
    for side, run in zip(("first", "second"), both, strict=True):
        table = summarize_predictions(run.predictions).estimates.set_index(["model", "metric"])
        for row in summary["models"]:
            for key, score in row["scores"].items():
                value = table.loc[(row["model"], key), "value"]
                found = score[side]["value"]
                assert (np.nan if found is None else found) == pytest.approx(value, nan_ok=True)


def test_the_difference_is_paired(summary):
    scores = {row["model"]: row["scores"]["balanced_accuracy"] for row in summary["models"]}
    assert summary["paired"]
    fair = scores["Fair"]
    assert fair["difference"] == pytest.approx(fair["second"]["value"] - fair["first"]["value"])
    assert 0 < fair["low"] < fair["difference"] < fair["high"]
    assert fair["p_holm"] < 0.05
    for name in ("Good", "Twin", "Area only"):
        assert (scores[name]["difference"], scores[name]["low"], scores[name]["high"]) == (0, 0, 0)
    assert scores["Broken"]["difference"] is None
    assert "Fair by +0." in summary["sentences"][-1]


def test_pairs_across_runs_are_pairs_within_one(both):
    """Fair of the second run is Good of the first: their difference is that of the first run's own table."""
    found = estimate_in_pairs(*require_same_images(*both))
    gap = compare_estimates(
        found.second["Fair"]["balanced_accuracy"], found.first["Fair"]["balanced_accuracy"], found.widening
    )
    same = compare_estimates(
        found.first["Good"]["balanced_accuracy"], found.first["Fair"]["balanced_accuracy"], found.widening
    )
    assert gap == same


def test_what_differs_is_listed(summary):
    assert summary["settings"] == [
        {"name": "source", "first": "/data/manifest.csv", "second": "/data/other.csv"}
    ]
    assert summary["only"] == [[], []]


def test_other_folds_are_not_paired(tmp_path):
    first, _ = frames()
    attrs = first.attrs
    second = first.assign(fold=(first["fold"] + (first["subject"] < "s010")) % 5)
    second.attrs = attrs
    found = summarise_side_by_side(read(tmp_path / "first", first), read(tmp_path / "second", second))
    assert not found["paired"]
    assert "cannot be paired" in found["sentences"][-1]
    assert all(row["scores"]["balanced_accuracy"]["low"] is None for row in found["models"])


def drop_an_image(frame):
    return frame[frame["path"] != frame["path"].iloc[0]]


def relabel(frame):
    label = frame["label"].where(frame["path"] != frame["path"].iloc[0], "early")
    return frame.assign(label=label)


@pytest.mark.parametrize("change", [drop_an_image, relabel])
def test_other_images_or_labels_are_refused(tmp_path, change):
    first, second = frames()
    attrs = second.attrs
    second = change(second)
    second.attrs = attrs
    with pytest.raises(ConfigurationError, match=r"1 of 400 in .*first are not in .*second"):
        require_same_images(read(tmp_path / "first", first), read(tmp_path / "second", second))


def test_other_classes_are_refused(tmp_path):
    two, four = (run_frame(STRENGTHS, n_classes=n, n_subjects=40, kinds=KINDS) for n in (2, 4))
    with pytest.raises(ConfigurationError, match=r"The classes of .* differ"):
        require_same_images(read(tmp_path / "two", two), read(tmp_path / "four", four))


@pytest.mark.parametrize("known", [True, False])
def test_images_that_moved_are_known_by_their_bytes(tmp_path, known):
    first, _ = frames()
    moved = first.assign(path=first["path"].str.replace("/images/", "/elsewhere/"))
    moved.attrs = first.attrs
    runs = []
    for name, frame in (("first", first), ("moved", moved)):
        folder = write_run(tmp_path / name, frame)
        paths = sorted(frame["path"].unique())
        digests = [f"{number // 2:064d}" for number in range(len(paths))]  # every two images are the same
        if known:
            write_parquet(pd.DataFrame({"path": paths, "sha256": digests}), folder / "features.parquet")
        runs.append(SavedRun.read(folder))
    if not known:
        with pytest.raises(ConfigurationError, match="400 of 400"):
            require_same_images(*runs)
        return
    named = require_same_images(*runs)
    assert named[0]["image"].nunique() == 400
    assert estimate_in_pairs(*named) is not None


def test_the_page_shows_the_summarys_numbers(both, tmp_path):
    written = write_side_by_side(*both, tmp_path / "both.html")
    page = read_page(written.page)
    for metric in written.summary["metrics"]:
        table = page.one("table", data_metric=metric["key"])
        rows = table.one("tbody").all("tr")
        for element, row in zip(rows, written.summary["models"], strict=True):
            score = row["scores"][metric["key"]]
            expected = [score["first"]["value"], score["second"]["value"], score["difference"], score["p"]]
            cells = [cell.attributes["data-v"] for cell in element.all("td")][:4]
            assert [float(text) if text else None for text in cells] == expected
