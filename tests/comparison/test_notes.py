"""The sentences that every output starts with."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison.notes import notes_of_scores
from leukfeat.report.leaderboard import build_leaderboard
from leukfeat.report.run_folder import FinalScore, Results
from leukfeat.report.statistics import summarize_predictions
from leukfeat.sweep import NESTED, Candidate, FoldResult
from tests.predicted import run_frame

KINDS = {"Fair": "model", "Good": "model", "Twin": "model", "Area only": "shortcut"}
STRENGTHS = {"Fair": 1.0, "Good": 2.0, "Twin": 2.0, "Area only": 0.3}


def results_of(frame, *, embargos=None, test=None):
    """Make the outcome of a run of which only the predictions are known."""
    statistics, kinds = summarize_predictions(frame), frame.attrs["kinds"]
    empty = np.empty(0)
    fitted = [
        FoldResult(model, 0, int(fold), rows["predicted"].to_numpy(), empty, empty, empty, 0.5, 1.0, 1.0)
        for (model, fold), rows in frame.groupby(["model", "fold"])
    ]
    rows = [Candidate(name, "", kind=kind) for name, kind in kinds.items()]
    return Results(
        notes=(),
        protocol="grouped",
        leaks=False,
        classes=tuple(frame.attrs["classes"]),
        positive=frame.attrs["positive"],
        predictions=frame,
        statistics=statistics,
        leaderboard=build_leaderboard(rows, fitted, statistics),
        warnings={},
        methods={},
        n_images=200,
        embargos=embargos,
        test=test,
    )


def starting(notes, start):
    return [note for note in notes if note.startswith(start)]


def test_models_that_cannot_be_told_from_the_best_are_named():
    results = results_of(run_frame(STRENGTHS, kinds=KINDS, n_subjects=40))
    twin = ({"Good", "Twin"} - {results.best}).pop()
    notes = notes_of_scores(results)
    (note,) = starting(notes, "Cannot be told")
    assert note.startswith(f"Cannot be told from {results.best}: {twin}")
    assert "Fair" not in note
    alone = results_of(run_frame({"Fair": 0.5, "Good": 3.0}, n_subjects=40))
    assert not starting(notes_of_scores(alone), "Cannot be told")


def test_a_leaderboard_without_a_model_says_why_cells_are_missing_and_nothing_of_a_best():
    results = results_of(run_frame({"Area only": 0.3}, kinds={"Area only": "shortcut"}))
    notes = notes_of_scores(results)
    assert results.best is None
    assert starting(notes, "Not in the table: ROC AUC Weighted. It is defined for three classes")
    assert starting(notes, "Worst Subject Accuracy: It has no interval")
    assert len(notes) == 2


@pytest.mark.parametrize(("n_classes", "absent"), [(2, "ROC AUC Weighted"), (4, "F1 Positive")])
def test_metrics_that_do_not_apply_are_named_with_the_reason(n_classes, absent):
    results = results_of(run_frame(STRENGTHS, kinds=KINDS, n_classes=n_classes, n_subjects=40))
    (note,) = starting(notes_of_scores(results), f"Not in the table: {absent}")
    assert note.endswith(results.statistics.missing[next(iter(results.statistics.missing))])


def test_rows_that_lack_a_cell_are_named_unless_all_do():
    frame = run_frame(STRENGTHS, kinds=KINDS, unscored=("Fair", "Area only"))
    notes = notes_of_scores(results_of(frame))
    (of_some,) = [note for note in notes if "of Fair, Area only: The model has nothing that ranks" in note]
    needing = (
        "ROC AUC, PR AUC, Sensitivity at Specificity 0.90, Sensitivity at Specificity 0.95, Subject ROC AUC"
    )
    assert of_some.startswith(f"{needing} of")
    assert [note for note in notes if "of Fair, Area only: The model has no calibrated" in note]
    assert "Worst Subject Accuracy: It has no interval: no draw goes below the worst that was seen." in notes


def test_the_nested_row_takes_the_place_of_the_warning():
    plain = notes_of_scores(results_of(run_frame(STRENGTHS, kinds=KINDS)))
    assert starting(plain, "The best of several models is better in its own table")
    frame = run_frame({**STRENGTHS, NESTED.name: 1.9}, kinds={**KINDS, NESTED.name: "nested"})
    results = results_of(frame)
    notes = notes_of_scores(results)
    row = results.leaderboard.set_index("Model").loc[NESTED.name]
    (note,) = starting(notes, "Choosing the best of these scores")
    assert f"{row['Balanced Accuracy']:.3f} [{row['Balanced Accuracy Low']:.3f}" in note
    assert not starting(notes, "The best of several models")


def test_a_test_split_of_one_class_has_no_area_and_says_so_by_leaving_it_out():
    frame = run_frame({"Good": 2.0}, n_folds=1)
    one = frame[frame["label"] == "early"].reset_index(drop=True)
    one.attrs = frame.attrs
    test = FinalScore("Good", one, summarize_predictions(one))
    (note,) = starting(notes_of_scores(results_of(frame, test=test)), "Test split")
    assert "Balanced Accuracy" in note
    assert "ROC AUC" not in note
    assert "nan" not in note
    assert f"{len(one)} images, scored once by Good" in note


def of_few_subjects(n_subjects):
    """A test split of which these subjects alone are left, with both classes."""
    frame = run_frame({"Good": 1.0}, n_folds=1, n_subjects=n_subjects, per_subject=20)
    return FinalScore("Good", frame, summarize_predictions(frame))


def test_a_test_split_without_an_interval_or_with_one_of_no_use_says_so():
    for n_subjects, remark in (
        (2, "The test split has too few subjects, or runs of neighbours, for an interval: 2."),
        (4, "The interval on the test split is so wide that it says next to nothing: it has only 4 subjects"),
        (40, None),
    ):
        notes = notes_of_scores(results_of(run_frame({"Good": 2.0}), test=of_few_subjects(n_subjects)))
        (told,) = starting(notes, "Test split, ")
        assert "nan" not in told
        assert ("[" in told) == (n_subjects > 2)
        remarks = [note for note in notes if "test split" in note]
        assert len(remarks) == (0 if remark is None else 1)
        assert all(note.startswith(remark) for note in remarks)


def test_embargos_that_fail_for_one_reason_are_told_together():
    why = "With 5 blocks and an embargo of {} images, nothing is left for 'a': 9. Use at most embargo=2."
    rows = [(0, 0.9, 0.8, 0.95, "")]
    rows += [(embargo, *[np.nan] * 3, why.format(embargo)) for embargo in (37, 80)]
    rows += [(120, *[np.nan] * 3, "ValueError: no.")]
    table = pd.DataFrame(rows, columns=["embargo", "value", "low", "high", "reason"])
    notes = notes_of_scores(results_of(run_frame({"Good": 2.0}), embargos=table))
    assert [note for note in notes if note.startswith("Embargo ")] == [
        f"Embargo 37 and 80 are not possible: {why.format(37)}",
        "Embargo 120 is not possible: ValueError: no.",
    ]


def test_embargos_are_told_in_order_and_those_that_cannot_be_have_a_reason():
    table = pd.DataFrame(
        [(0, 0.9, 0.8, 0.95, ""), (37, 0.8, 0.7, 0.9, ""), (80, np.nan, np.nan, np.nan, "Too few.")],
        columns=["embargo", "value", "low", "high", "reason"],
    )
    notes = notes_of_scores(results_of(run_frame({"Good": 2.0}), embargos=table))
    (told,) = starting(notes, "Good by embargo")
    assert "0: 0.900 [0.800, 0.950], 37: 0.800 [0.700, 0.900] (balanced accuracy)" in told
    assert "Embargo 80 is not possible: Too few." in notes
    assert starting(notes, "Intervals resample runs of neighbours")
