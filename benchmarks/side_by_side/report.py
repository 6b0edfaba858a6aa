"""The page and the file of figures."""

import json
from pathlib import Path
from typing import Any

from leukfeat.features import DEFAULT_FAMILIES
from side_by_side.contenders import (
    EVERYTHING,
    EXTRA,
    OURS,
    OWN,
    WHOLE,
    Peer,
    as_peer,
    ready,
    shared_families,
)

Result = dict[str, Any]
Rows = list[list[str]]

CONDITIONS = """Every repetition runs all contenders in turn on the same {slice} cells; there are
{repetitions} repetitions. Times are medians over repetitions, ratios medians of the ratios within a
repetition, × how many times leukfeat is faster. One thread. Before its time runs, each contender measures
one cell, for its own code to be in the processor's cache. A peer is given grey, masks, labels, crops and
grey levels, as it needs them, before its time runs. leukfeat starts from the bare cell (red, green, blue,
region), except where "view ready" says that grey, masks and the cells one by one are at hand for it as
well. A peer's vector is that of the families it has functions for, with work shared between them;
leukfeat's vector for the same content is all columns of those families."""

FILES = """Files lie in the page cache. Stages are timed one by one through public functions, and their sum
leaves out what lies between them. The real rate is that of `extract(..., cache=False)`, everything
included; it may beat the sum where stages are fused. "Settled" is the rate after the first quarter of the
rows, when all workers run; start-up is what the whole run takes beyond that rate; the gain compares settled
rates."""


def save(result: Result, text: str, folder: Path) -> None:
    """Write features.json and features.md."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(result, indent=2, ensure_ascii=False)
    (folder / "features.json").write_text(content + "\n", encoding="utf-8")
    (folder / "features.md").write_text(text, encoding="utf-8")


def render(result: Result, peers: dict[str, Peer]) -> str:
    """Return the page."""
    parts = [
        "# Speed of the features",
        introduction(result),
        "## Targets",
        target_table(result),
        "## Whole vector",
        CONDITIONS.format(repetitions=result["repetitions"], **result["options"]),
        whole_table(result, peers),
        "## Family by family",
        family_table(result, peers),
        "## From file to row",
        FILES,
        stage_table(result),
        worker_table(result),
        "## More cells, more threads",
        scaling_text(result),
        "## What is computed",
        content_list(peers),
    ]
    return "\n\n".join(parts) + "\n"


def introduction(result: Result) -> str:
    """Say where and with what."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    cells = ", ".join(f"{n} {name}" for name, n in result["cells"].items())
    absent = "".join(f" Skipped: {name} ({why})." for name, why in result["absent"].items())
    return (
        f"Written by `python benchmarks/features.py`. Machine: {machine['processor']}, {machine['cores']} "
        f"cores; Python {machine['python']}, {versions}.{absent} Cells of 200 × 200 pixels: {cells}."
    )


def target_table(result: Result) -> str:
    """Return each target with what was reached."""
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [
        [
            target["target"],
            f"{'at most' if target['upper'] else 'at least'} {target['bound']:g}",
            number(target["reached"]),
            words[target["met"]],
        ]
        for target in result["targets"]
    ]
    return table(["target", "bound", "reached", ""], rows)


def whole_table(result: Result, peers: dict[str, Peer]) -> str:
    """Return the vectors of all contenders."""
    ours = result["contenders"][OURS]
    rows = [vector_row("leukfeat, everything by default", ours[EVERYTHING], "", "")]
    for name, peer in peers.items():
        ratios, theirs = result["ratios"][name], result["contenders"][name]
        shared = ", ".join(shared_families(peer))
        same, all_ours = ratios["same content"]["bare"], ratios["everything of leukfeat"]["bare"]
        rows.append(vector_row(f"leukfeat, {as_peer(name)} ({shared})", ours[as_peer(name)], "", ""))
        rows.append(vector_row(f"{name} ({shared})", theirs[WHOLE], number(same), number(all_ours)))
        if OWN in theirs:
            own = ratios["own default against everything of leukfeat"]["bare"]
            rows.append(vector_row(f"{name}, its core vector (other content)", theirs[OWN], "", number(own)))
    header = ["contender", "features", "ms", "images/s", "× same content", "× everything of leukfeat"]
    return table(header, rows)


def vector_row(name: str, figures: dict[str, float], same: str, everything: str) -> list[str]:
    return [name, *figure_cells(figures), f"{figures['per_second']:.0f}", same, everything]


def figure_cells(figures: dict[str, float]) -> list[str]:
    return [str(figures["features"]), f"{figures['ms']:.3f}"]


def family_table(result: Result, peers: dict[str, Peer]) -> str:
    """Return milliseconds and, for peers, features, milliseconds and both ratios of each family."""
    ours = result["contenders"][OURS]
    header = ["family", "features", "leukfeat ms", "view ready"]
    header += [f"{name}: features, ms (×, × view ready)" for name in peers]
    rows = []
    for content in (*DEFAULT_FAMILIES, *EXTRA):
        row = [content, *figure_cells(ours[content]), f"{ours[ready(content)]['ms']:.3f}"]
        rows.append(row + [peer_cell(result, name, content) for name in peers])
    return table(header, rows)


def peer_cell(result: Result, name: str, content: str) -> str:
    figures = result["contenders"][name].get(content)
    if figures is None:
        return "–"
    ratios = result["ratios"][name][content]
    features, milliseconds = figure_cells(figures)
    return f"{features}, {milliseconds} ({number(ratios['bare'])}, {number(ratios['ready'])})"


def stage_table(result: Result) -> str:
    """Return milliseconds per image of each stage."""
    kinds = result["files"]
    stages = list(next(iter(kinds.values()))["stages_ms"])
    rows = [
        [
            name,
            *(f"{kind['stages_ms'][stage]:.3f}" for stage in stages),
            f"{kind['sum_ms']:.3f}",
            f"{kind['sum_per_second']:.0f}",
            kind["files"],
        ]
        for name, kind in kinds.items()
    ]
    return table(["ms per image", *stages, "sum", "sum, images/s", "files"], rows)


def worker_table(result: Result) -> str:
    """Return the end-to-end rates by number of workers."""
    rows = [
        [
            name,
            jobs,
            f"{rates['per_second']:.0f}",
            f"{rates['per_second_settled']:.0f}",
            f"{rates['start_up_s']:.2f}",
            f"{kind['gain'][jobs]:.2f}",
        ]
        for name, kind in result["files"].items()
        for jobs, rates in kind["workers"].items()
    ]
    return table(["files", "workers", "images/s", "settled", "start-up, s", "× one worker"], rows)


def scaling_text(result: Result) -> str:
    """Return time per image by number of cells, and rates by number of threads."""
    cells = [[n, f"{ms:.3f}"] for n, ms in result["with_n"].items()]
    rates = result["with_threads"]
    threads = [[n, f"{rate:.0f}", f"{rate / rates['1']:.2f}"] for n, rate in rates.items()]
    note = (
        "`CellFeatures().transform`, larger sets repeating the smallest; then the threads "
        "that one call may use."
    )
    tables = (
        table(["cells in one call", "ms per image"], cells),
        table(["threads", "images/s", "× one"], threads),
    )
    return "\n\n".join([note, *tables])


def content_list(peers: dict[str, Peer]) -> str:
    """Say what each contender computes."""
    lines = ["leukfeat: the columns in [docs/features.md](../../docs/features.md)."]
    for name, peer in peers.items():
        items = [f"- {family}: {peer.texts[family]}." for family in shared_families(peer)]
        if peer.own is not None:
            items.append("- its core vector: all core measurements of the nuclei on grey, by default.")
        lines.append(f"{name}:\n\n" + "\n".join(items))
    return "\n\n".join(lines)


def table(header: list[str], rows: Rows) -> str:
    """Return a markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def number(value: float | None) -> str:
    """Return a figure with three digits, or all before the point."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
