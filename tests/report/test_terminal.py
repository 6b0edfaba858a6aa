import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from leukfeat._isolation import Running
from leukfeat.report.leaderboard import LIKE_BEST
from leukfeat.report.terminal import print_leak_check, print_results, print_verdict, show_progress
from leukfeat.report.verdict import verdict
from leukfeat.sweep import Underway

LEAK_CHECK = ["model", "metric", "random", "honest", "inflation", "low", "high", "p"]
NOTES = (
    "Random split by image: images of one patient are on both sides; scores are inflated.",
    "[bold] note",
)


def printed(results, **options):
    console = Console(file=io.StringIO(), soft_wrap=True, **options)
    print_results(results, console)
    return console.file.getvalue()


def with_notes(run, notes, *, leaks):
    return replace(run.results, notes=tuple(notes), leaks=leaks)


def first_of_table(lines):
    return next(number for number, line in enumerate(lines) if line.startswith("┏"))


def test_what_leaks_is_the_first_line_and_the_verdict_the_next(binary_run):
    said = verdict(binary_run.results.statistics)
    assert said
    lines = printed(with_notes(binary_run, (*NOTES, *said), leaks=True)).splitlines()
    assert lines[: first_of_table(lines)] == [NOTES[0], *said]
    plain = printed(with_notes(binary_run, (*NOTES, *said), leaks=False)).splitlines()
    assert plain[: first_of_table(plain)] == list(said)


@pytest.mark.parametrize("leaks", [False, True])
def test_every_other_note_stands_once_below_the_table(binary_run, leaks):
    results = with_notes(binary_run, (*NOTES, *verdict(binary_run.results.statistics)), leaks=leaks)
    text = printed(results)
    assert all(text.count(note) == 1 for note in results.notes)
    lines = text.splitlines()
    assert lines[lines.index("Notes:") + 1 :] == [f"- {note}" for note in NOTES[leaks:]]
    assert lines.index("Notes:") > first_of_table(lines)
    assert "Notes:" not in printed(with_notes(binary_run, (), leaks=False))


def rows_of(text):
    """Return the cells of each row of the printed table; a name folded over lines is joined."""
    rows = []
    for line in text.splitlines():
        if line.startswith("│"):
            cells = [cell.strip() for cell in line.strip("│").split("│")]
            if cells[1]:
                rows.append(cells)
            else:
                rows[-1][0] += cells[0]
    return rows


@pytest.mark.parametrize("width", [60, 80, 110, 160])
def test_every_model_stands_in_the_table_in_order_whatever_the_room(binary_run, width):
    text = printed(binary_run.results, width=width, force_terminal=True, color_system=None)
    board = binary_run.results.leaderboard
    marks = board["Like Best"].map({"yes": "*", "best": "", "": ""})
    names = [row[0].replace(" ", "") for row in rows_of(text)]
    assert names == [name.replace(" ", "") for name in board["Model"] + marks]
    table = [line for line in text.splitlines() if line and line[0] in "┏┃┡│└"]
    assert max(map(len, table)) <= width


@pytest.mark.parametrize(("width", "titles"), [(40, 1), (50, 2), (60, 2)])
def test_a_narrow_terminal_shows_fewer_scores_and_whole_numbers(binary_run, width, titles):
    text = printed(binary_run.results, width=width, force_terminal=True, color_system=None)
    shown = ("Balanced Accuracy", "ROC AUC")[:titles]
    for cells, (_, row) in zip(rows_of(text), binary_run.results.leaderboard.iterrows(), strict=True):
        expected = ["–" if row["Reason"] else f"{row[title]:.3f}" for title in shown]
        assert cells[1:] == expected


def test_the_verdict_alone_has_no_table(binary_run):
    said = verdict(binary_run.results.statistics)
    console = Console(file=io.StringIO(), soft_wrap=True)
    print_verdict(with_notes(binary_run, (*NOTES, *said), leaks=True), console)
    lines = console.file.getvalue().splitlines()
    row = binary_run.results.leaderboard.iloc[0]
    low, high = row["Balanced Accuracy Low"], row["Balanced Accuracy High"]
    best = f"{row['Model']}: balanced accuracy {row['Balanced Accuracy']:.3f} [{low:.3f}, {high:.3f}]."
    assert lines == [NOTES[0], best, *said]


@pytest.mark.parametrize("width", [80, 110, 160])
def test_numbers_are_those_of_the_leaderboard(binary_run, width):
    board = binary_run.results.leaderboard
    text = printed(binary_run.results, width=width, force_terminal=True, color_system=None)
    for cells, (_, row) in zip(rows_of(text), board.iterrows(), strict=True):
        titles = ("Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score")
        if row["Reason"]:
            assert cells[1:6] == ["–"] * 5
            continue
        shown = [f"{row[title]:.3f}" for title in titles]
        bounds = [f"[{row[f'{title} Low']:.3f}, {row[f'{title} High']:.3f}]" for title in titles]
        with_bounds = [" ".join(pair) for pair in zip(shown, bounds, strict=True)]
        assert cells[1:5] == (with_bounds if width >= 118 else shown)
        assert float(cells[5]) == pytest.approx(row["Time Taken"], abs=0.006)


def test_what_cannot_be_told_from_the_best_is_marked_and_explained(binary_run):
    board = binary_run.results.leaderboard
    plain, marked = (
        replace(binary_run.results, leaderboard=board.assign(**{"Like Best": marks}))
        for marks in (["best", *[""] * (len(board) - 1)], ["best", "yes", *[""] * (len(board) - 2)])
    )
    assert LIKE_BEST not in printed(plain).splitlines()
    assert not any(row[0].endswith("*") for row in rows_of(printed(plain)))
    assert LIKE_BEST in printed(marked).splitlines()
    assert [row[0].endswith("*") for row in rows_of(printed(marked))] == [False, True] + [False] * (
        len(board) - 2
    )


def test_reasons_are_printed_below(several_run):
    text = printed(several_run.results)
    assert "fold 0: ModuleNotFoundError: No module named 'no_such_module'" in text


def test_plain_output_has_no_escape_codes(binary_run):
    assert "\x1b" not in printed(binary_run.results)


def test_leak_check_prints_both_scores_and_the_inflation_with_its_interval():
    names = LEAK_CHECK
    rows = [
        ("SVC", "balanced_accuracy", 0.9, 0.55, 0.35, 0.25, 0.45, 0.001),
        ("SVC", "roc_auc", 0.95, 0.96, -0.01, -0.03, 0.01, 0.4),
        ("[Silent]", "roc_auc", np.nan, np.nan, np.nan, np.nan, np.nan, np.nan),
    ]
    console = Console(file=io.StringIO(), soft_wrap=True)
    print_leak_check(pd.DataFrame(rows, columns=names), "grouped", NOTES, console)
    text = console.file.getvalue()
    assert text.splitlines()[-3:] == ["Notes:", *(f"- {note}" for note in NOTES)]
    assert "inflation = random − honest, with its interval at 95 %; honest is 'grouped'." in text
    (header,) = [line for line in text.splitlines() if line.startswith("┃")]
    assert [title.strip() for title in header.strip("┃").split("┃")] == [*names[:2], *names[2:5]]
    first, second, third = rows_of(text)
    assert first == ["SVC", "Balanced Accuracy", "0.900", "0.550", "+0.350 [+0.250, +0.450]"]
    assert second == ["SVC", "ROC AUC", "0.950", "0.960", "-0.010 [-0.030, +0.010]"]
    assert third[:4] == ["[Silent]", "ROC AUC", "–", "–"]
    assert "nan" not in text


def test_leaks_of_the_honest_split_stand_above_the_table():
    table = pd.DataFrame([("SVC", "roc_auc", *[0.5] * 6)], columns=LEAK_CHECK)
    console = Console(file=io.StringIO(), soft_wrap=True)
    print_leak_check(table, "blocks", NOTES, console, leaks=True)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == NOTES[0]
    assert lines[-2:] == ["Notes:", f"- {NOTES[1]}"]


def test_progress_elsewhere_is_a_plain_line_at_the_end_of_a_stage():
    console = Console(file=io.StringIO())
    with show_progress(console) as progress:
        for done in range(1, 101):
            progress("extract", done, 100)
        progress("audit", 2, 2)
        progress("sweep", 5, 5)
    assert console.file.getvalue().splitlines() == [
        "Images: 100 of 100",
        "Images that look alike: 2 of 2",
        "Fits: 5 of 5",
    ]


def test_progress_elsewhere_speaks_up_every_ten_seconds(monkeypatch):
    now = iter([0.0, 4.0, 11.0, 12.0, 22.0])
    monkeypatch.setattr("leukfeat.report.progress.time.monotonic", lambda: next(now))
    console = Console(file=io.StringIO())
    with show_progress(console) as progress:
        for done in range(1, 5):
            progress("extract", done, 100)
    assert console.file.getvalue().splitlines() == ["Images: 2 of 100", "Images: 4 of 100"]


def test_progress_on_a_terminal_shows_what_runs():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with show_progress(console) as progress:
        progress("sweep", 3, 15)
        running = (Running("SVC, fold 2", 65.0), Running("[Ridge], fold 0", 1.2))
        progress.watch("sweep", Underway(running, 1, 3700.0))
    text = console.file.getvalue()
    for told in ("3/15", "SVC, fold 2", "1:05", "[Ridge], fold 0", "0:01", "failed: 1", "about 1:01:40 left"):
        assert told in text


def test_what_runs_is_not_told_in_lines():
    console = Console(file=io.StringIO())
    with show_progress(console) as progress:
        progress.watch("sweep", Underway((Running("SVC, fold 2", 65.0),), 0, None))
    assert console.file.getvalue() == ""


def test_progress_on_a_terminal_is_a_bar():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with show_progress(console) as progress:
        progress("extract", 50, 100)
        progress("unheard of", 1, 2)
    text = console.file.getvalue()
    assert "Images" in text
    assert "50/100" in text
    assert "unheard of" in text
