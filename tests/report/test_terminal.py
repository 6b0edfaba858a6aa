import io

import pytest
from rich.console import Console

from leukfeat.report.terminal import print_leaderboard, show_progress

NOTES = (
    "Random split by image: images of one patient are on both sides; scores are inflated.",
    "[bold] note",
)


def printed(board, notes=NOTES, **options):
    console = Console(file=io.StringIO(), soft_wrap=True, **options)
    print_leaderboard(board, notes, console)
    return console.file.getvalue()


def test_first_line_is_the_first_note(several_run):
    lines = printed(several_run.results.leaderboard).splitlines()
    assert lines[0] == NOTES[0]
    assert lines[1] == NOTES[1]


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
    text = printed(binary_run.results.leaderboard, width=width, force_terminal=True, color_system=None)
    names = [row[0].replace(" ", "") for row in rows_of(text)]
    assert names == [name.replace(" ", "") for name in binary_run.results.leaderboard["Model"]]
    assert max(map(len, text.splitlines()[2:])) <= width


@pytest.mark.parametrize("width", [80, 110, 160])
def test_numbers_are_those_of_the_leaderboard(binary_run, width):
    board = binary_run.results.leaderboard
    text = printed(board, width=width, force_terminal=True, color_system=None)
    for cells, (_, row) in zip(rows_of(text), board.iterrows(), strict=True):
        titles = ("Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score")
        assert [cell.split()[0] for cell in cells[1:5]] == [f"{row[title]:.3f}" for title in titles]
        assert float(cells[5]) == pytest.approx(row["Time Taken"], abs=0.006)


def test_reasons_are_printed_below(several_run):
    text = printed(several_run.results.leaderboard)
    assert "fold 0: ModuleNotFoundError: No module named 'no_such_module'" in text


def test_plain_output_has_no_escape_codes(binary_run):
    assert "\x1b" not in printed(binary_run.results.leaderboard)


def test_progress_elsewhere_is_a_plain_line_at_the_end_of_a_stage():
    console = Console(file=io.StringIO())
    with show_progress(console) as progress:
        for done in range(1, 101):
            progress("extract", done, 100)
        progress("sweep", 5, 5)
    assert console.file.getvalue().splitlines() == ["Images: 100 of 100", "Fits: 5 of 5"]


def test_progress_elsewhere_speaks_up_every_ten_seconds(monkeypatch):
    now = iter([0.0, 4.0, 11.0, 12.0, 22.0])
    monkeypatch.setattr("leukfeat.report.terminal.time.monotonic", lambda: next(now))
    console = Console(file=io.StringIO())
    with show_progress(console) as progress:
        for done in range(1, 5):
            progress("extract", done, 100)
    assert console.file.getvalue().splitlines() == ["Images: 2 of 100", "Images: 4 of 100"]


def test_progress_on_a_terminal_is_a_bar():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with show_progress(console) as progress:
        progress("extract", 50, 100)
        progress("unheard of", 1, 2)
    text = console.file.getvalue()
    assert "Images" in text
    assert "50/100" in text
    assert "unheard of" in text
