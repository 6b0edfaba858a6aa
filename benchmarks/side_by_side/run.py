"""All parts in turn."""

import argparse
import tempfile
import warnings
from pathlib import Path
from typing import Any

import cv2

from side_by_side.cells import mixed_cells
from side_by_side.contenders import contenders_of, load_peers
from side_by_side.files import KINDS, measure_kind, worker_counts
from side_by_side.machine import describe_machine
from side_by_side.rates import compare, describe_contenders
from side_by_side.report import render, save
from side_by_side.scaling import scale_with_cells, scale_with_threads, time_of_all
from side_by_side.targets import judge
from side_by_side.timing import interleave


def run(options: argparse.Namespace) -> int:
    """Measure everything; return 1 when a target is missed."""
    cv2.setNumThreads(1)
    warnings.simplefilter("ignore")  # peers warn about small objects; printing would cost them time
    peers, absent = load_peers()
    for name, why in absent.items():
        print(f"skipped: {name} ({why})")
    result: dict[str, Any] = {"machine": describe_machine(), "options": plain(options), "absent": absent}
    result |= measure_cells(options, peers)
    result |= measure_files(options)
    result["targets"] = judge(result)
    text = render(result, peers)
    print(text)
    if options.reports is not None:
        save(result, text, options.reports)
    return 0 if all(target["met"] is not False for target in result["targets"]) else 1


def measure_cells(options: argparse.Namespace, peers: dict[str, Any]) -> dict[str, Any]:
    """Run the contenders, and grow the number of cells and of threads."""
    cells, sources = mixed_cells(options.cells, options.data)
    print("cells:", ", ".join(f"{n} {name}" for name, n in sources.items()), flush=True)
    contenders = contenders_of(peers)
    print(f"{len(contenders)} contenders in turn on {len(cells)} cells", flush=True)
    times = interleave(contenders, cells, options.slice, options.repeats)
    print("more cells and threads", flush=True)
    images = [regions.cell for regions in cells]
    return {
        "cells": sources,
        "repetitions": len(next(iter(times.values()))),
        "contenders": describe_contenders(contenders, times, cells[0]),
        "ratios": compare(times, peers),
        "in_one_call_ms": time_of_all(images, options.rounds),
        "with_n": scale_with_cells(images, options.rounds),
        "with_threads": scale_with_threads(images, worker_counts(), options.rounds),
    }


def measure_files(options: argparse.Namespace) -> dict[str, Any]:
    """Measure each kind of file from its bytes to its row."""
    kinds = {}
    for kind in KINDS:
        print(f"files: {kind.name}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            kinds[kind.name] = measure_kind(kind, Path(folder), options)
    return {"files": kinds}


def plain(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options that the figures depend on."""
    return {name: getattr(options, name) for name in ("cells", "slice", "repeats", "files", "rounds")}
