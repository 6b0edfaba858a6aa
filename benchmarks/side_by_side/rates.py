"""Medians and ratios of what was timed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from side_by_side.cells import Regions
from side_by_side.contenders import (
    EVERYTHING,
    OURS,
    OWN,
    WHOLE,
    Peer,
    as_peer,
    ready,
    shared_families,
)
from side_by_side.timing import Contender, Key

Times = dict[Key, NDArray[np.float64]]


def describe_contenders(
    contenders: Sequence[Contender], times: Times, cell: Regions
) -> dict[str, dict[str, dict[str, float]]]:
    """Return, by library and content: milliseconds, images per second, spread and number of features."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for contender in contenders:
        figures = times[contender.key]
        median = float(np.median(figures))
        table.setdefault(contender.library, {})[contender.content] = {
            "ms": median,
            "ms_quartiles": [float(q) for q in np.quantile(figures, (0.25, 0.75))],
            "per_second": 1000 / median,
            "features": len(contender.measure(contender.prepare([cell]))[0]),
        }
    return table


def compare(times: Times, peers: dict[str, Peer]) -> dict[str, dict[str, dict[str, float]]]:
    """Return, by peer and content, how many times leukfeat is faster."""
    return {name: ratios_to(name, peer, times) for name, peer in peers.items()}


def ratios_to(name: str, peer: Peer, times: Times) -> dict[str, dict[str, float]]:
    """Return the ratios to one peer: from the bare cell, and for families from a view that is ready."""
    table = {
        "same content": {"bare": ratio(times, (name, WHOLE), as_peer(name))},
        "everything of leukfeat": {"bare": ratio(times, (name, WHOLE), EVERYTHING)},
    }
    if peer.own is not None:
        table["own default against everything of leukfeat"] = {"bare": ratio(times, (name, OWN), EVERYTHING)}
    for content in (*shared_families(peer), *peer.extra):
        theirs = name, content
        table[content] = {
            "bare": ratio(times, theirs, content),
            "ready": ratio(times, theirs, ready(content)),
        }
    return table


def ratio(times: Times, theirs: Key, ours: str) -> float:
    """Return the median over repetitions of their time over ours."""
    return float(np.median(times[theirs] / times[OURS, ours]))
