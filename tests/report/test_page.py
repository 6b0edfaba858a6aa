"""The page in a real browser: opened from disk, sorted, filtered, copied, looked at."""

import csv
import io
import os
import shutil

import pytest

from leukfeat.report.write import write_report
from tests.predicted import run_frame
from tests.report.test_page_text import add_extras
from tests.saved_runs import KINDS, STRENGTHS, hostile_frame, write_run

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def find_browser():
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser():
    """Return a headless Chromium, or skip."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: .[test] brings it"
    )
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or CHROMIUM names one")
    with driver.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return the address of a page with everything on it."""
    folder = tmp_path_factory.mktemp("runs") / "drawn"
    write_run(folder, run_frame(STRENGTHS, n_subjects=40, kinds=KINDS), notes=["A note."])
    add_extras(folder)
    return write_report(folder)


class Visit:
    """A page that is open, and all that it said and asked for."""

    def __init__(self, browser, address, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    def column(self, index):
        """Return the texts of a column of the leaderboard as it stands now, shown rows only."""
        rows = self.page.locator("#board tbody tr:visible")
        return [rows.nth(place).locator("th, td").nth(index).inner_text() for place in range(rows.count())]


@pytest.fixture
def visit(browser, report):
    visits = []

    def open_page(written=report, **options):
        visits.append(Visit(browser, written.page.resolve().as_uri(), **options))
        return visits[-1]

    yield open_page
    for item in visits:
        item.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_from_disk_in_silence_and_asks_for_nothing(visit, size, scheme):
    seen = visit(viewport=SIZES[size], color_scheme=scheme)
    seen.page.mouse.wheel(0, 20000)
    assert seen.said == []
    assert [address for address in seen.asked if not address.startswith("data:")] == [seen.page.url]
    width = seen.page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size]["width"]  # tables scroll by themselves, the page does not


def test_every_figure_is_seen_and_named(visit):
    page = visit(viewport=SIZES["desktop"]).page
    figures = page.locator("figure")
    assert figures.count() >= 7
    for place in range(figures.count()):
        picture = figures.nth(place).locator("img, svg[role=img]").first
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box["width"] > 60
        assert box["height"] > 60
        assert picture.get_attribute("alt") or picture.get_attribute("aria-label")
    broken = page.evaluate("[...document.images].filter(image => !image.naturalWidth).length")
    assert broken == 0


def test_a_click_sorts_and_a_second_one_turns_the_order(visit, report):
    seen = visit(viewport=SIZES["desktop"])
    values = {row["model"]: row["scores"]["roc_auc"]["value"] for row in report.summary["leaderboard"]}
    head = seen.page.locator("#board th[data-key=roc_auc]")
    head.locator("button").click()
    known = [values[name] for name in seen.column(0) if values[name] is not None]
    assert known == sorted(known, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    assert seen.column(0)[-1] == "Broken"
    head.locator("button").click()
    assert [values[name] for name in seen.column(0)[:-1]] == sorted(known)
    assert head.get_attribute("aria-sort") == "ascending"
    assert seen.column(0)[-1] == "Broken"  # what has no number stays last
    assert "Sorted by ROC AUC, ascending." in seen.page.locator("#leaderboard [role=status]").inner_text()


def test_the_keyboard_sorts(visit):
    seen = visit(viewport=SIZES["desktop"])
    seen.page.locator("#copy").focus()
    for _ in range(2):  # the scrolling region, then the first head
        seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.closest('th').dataset.name") == "Model"
    seen.page.keyboard.press("Enter")
    assert seen.column(0) == sorted(seen.column(0))
    seen.page.keyboard.press("Space")
    assert seen.column(0) == sorted(seen.column(0), reverse=True)
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.closest('th').dataset.name") == "Kind"


def test_all_columns_sort(visit):
    seen = visit(viewport=SIZES["desktop"])
    seen.page.locator("#everything").check()
    heads = seen.page.locator("#board thead th:visible")
    assert heads.count() > 15
    for place in range(heads.count()):
        heads.nth(place).locator("button").click()
        assert heads.nth(place).get_attribute("aria-sort") in ("ascending", "descending")
        assert len(seen.column(0)) == 6


def test_the_filter_hides_rows_and_says_how_many_are_left(visit):
    seen = visit(viewport=SIZES["desktop"])
    box = seen.page.locator("#filter")
    box.fill("SHORTCUT")
    assert seen.column(0) == ["Area only"]
    assert "1 of 6 rows are shown." in seen.page.locator("#leaderboard [role=status]").inner_text()
    box.fill("killed")
    assert seen.column(0) == ["Broken"]
    box.fill("")
    assert len(seen.column(0)) == 6


def test_the_table_is_copied_as_csv(visit, report):
    seen = visit(viewport=SIZES["desktop"], permissions=["clipboard-read", "clipboard-write"])
    seen.page.locator("#copy").click()
    seen.page.get_by_text("Copied as CSV.").wait_for()
    text = seen.page.evaluate("navigator.clipboard.readText()")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Model"] for row in rows] == [row["model"] for row in report.summary["leaderboard"]]
    for row, expected in zip(rows, report.summary["leaderboard"], strict=True):
        score = expected["scores"]["balanced_accuracy"]
        for name, key in (("", "value"), (" Low", "low"), (" High", "high")):
            text = row[f"Balanced Accuracy{name}"]
            assert (float(text) if text else None) == score[key]
        assert row["Reason"] == expected["reason"]


def test_the_table_can_be_copied_by_hand_where_a_page_may_not(visit):
    seen = visit(viewport=SIZES["desktop"])
    seen.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    seen.page.locator("#copy").click()
    area = seen.page.locator("#csv")
    area.wait_for()
    assert area.input_value().startswith("Model,Kind,Balanced Accuracy,Balanced Accuracy Low,")


def test_both_schemes_are_readable(visit):
    """Text against its ground has at least the contrast that WCAG asks of small text."""
    script = """() => {
      const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((part) => {
        const value = part / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      const light = (text) => { const [r, g, b] = rgb(text); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const ground = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return /, 0\\)$/.test(color) ? ground(element.parentElement) : color;
      };
      const found = [], parts = "p, li, a, summary, th, .ci, .tag, .small, figcaption, dt, dd, .warnings b";
      for (const element of document.querySelectorAll(parts)) {
        const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
        const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (contrast < 4.5) found.push(`${element.tagName} ${element.className} ${contrast.toFixed(2)}`);
      }
      return found;
    }"""
    for scheme in ("light", "dark"):
        page = visit(viewport=SIZES["desktop"], color_scheme=scheme).page
        assert page.evaluate(script) == [], scheme


def test_it_prints(visit):
    page = visit(viewport=SIZES["desktop"], color_scheme="dark").page
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator(".tools").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_hostile_names_run_nothing(visit, tmp_path):
    written = write_report(write_run(tmp_path / "hostile", hostile_frame()))
    for size in SIZES.values():
        seen = visit(written, viewport=size)
        assert seen.said == []
        assert seen.page.title() == "hostile: leaderboard"
        assert seen.page.locator("script").count() == 1
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert "<script>document.title='owned'</script>" in seen.page.locator("#confusion").inner_text()
