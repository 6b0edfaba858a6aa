"""Who competes: leukfeat and the peers that are installed."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.features import (
    DEFAULT_FAMILIES,
    FAMILIES,
    CellFamily,
    CellFeatures,
    CellViews,
    GLCMFeatures,
    LBPFeatures,
)
from side_by_side.cells import Regions
from side_by_side.timing import Contender

Measure = Callable[[Any], NDArray[np.float64]]

OURS = "leukfeat"
EVERYTHING = "everything"
WHOLE = "whole"
OWN = "own default"
GLCM_D1 = "glcm d=1"
LBP_FRAME = "lbp, whole frame"
READY = ("grey", "nucleus_pixels", "cytoplasm_pixels", "objects")


class Peer(NamedTuple):
    """Another library's way to the same content.

    Attributes
    ----------
    prepare : callable
        Makes its inputs; not timed.
    families : dict of str to callable
        Its functions by leukfeat's name of the family, from inputs to an array.
    texts : dict of str to str
        What they compute.
    extra : dict of str to callable
        Functions that stand for themselves: co-occurrence at distance 1 alone, patterns of the whole frame.
    own : callable, default=None
        The vector that the library computes by default, whatever its content.
    """

    prepare: Callable[[Regions], Any]
    families: dict[str, Measure]
    texts: dict[str, str]
    extra: dict[str, Measure]
    own: Measure | None = None


EXTRA: dict[str, CellFamily] = {GLCM_D1: GLCMFeatures(distances=(1,)), LBP_FRAME: LBPFeatures()}
MODULES = {
    "scikit-image": ("skimage", "side_by_side.peers.scikit_image"),
    "mahotas": ("mahotas", "side_by_side.peers.mahotas"),
    "cp_measure": ("cp_measure", "side_by_side.peers.cp_measure"),
}


def load_peers() -> tuple[dict[str, Peer], dict[str, str]]:
    """Return the peers at hand, and why others are not."""
    peers: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    for name, (package, home) in MODULES.items():
        if find_spec(package) is None:
            absent[name] = f"{package} is not installed"
        else:
            peers[name] = import_module(home).PEER
    return peers, absent


def shared_families(peer: Peer) -> list[str]:
    """Return leukfeat's default families for which the peer has a function."""
    return [name for name in DEFAULT_FAMILIES if name in peer.families]


def contenders_of(peers: dict[str, Peer]) -> list[Contender]:
    """Return all contenders."""
    theirs = [contender for name, peer in peers.items() for contender in of_peer(name, peer)]
    return [*ours(peers), *theirs]


def ours(peers: dict[str, Peer]) -> list[Contender]:
    """Return leukfeat's contenders: vectors from the bare cell, families also from a view that is ready."""
    vectors = {EVERYTHING: CellFeatures()}
    vectors |= {as_peer(name): CellFeatures(shared_families(peer)) for name, peer in peers.items()}
    families: dict[str, CellFamily] = {name: FAMILIES[name]() for name in DEFAULT_FAMILIES}
    families |= EXTRA
    bare = [from_cell(content, family) for content, family in (vectors | families).items()]
    return [*bare, *(from_view(content, family) for content, family in families.items())]


def as_peer(name: str) -> str:
    return f"as {name}"


def ready(content: str) -> str:
    return f"{content}, view ready"


def from_cell(content: str, family: CellFamily) -> Contender:
    return Contender(OURS, content, stacked, family.transform)


def stacked(cells: Sequence[Regions]) -> NDArray[np.uint8]:
    return np.stack([regions.cell for regions in cells])


def from_view(content: str, family: CellFamily) -> Contender:
    return Contender(OURS, ready(content), ready_views, family.measure)


def ready_views(cells: Sequence[Regions]) -> CellViews:
    """Make views that have at hand what peers are given too: grey, pixels and the cells one by one."""
    views = CellViews(stacked(cells))
    for name in READY:
        getattr(views, name)
    return views


def of_peer(name: str, peer: Peer) -> list[Contender]:
    """Return the contenders of a peer; its whole runs the families on one input, so that they share work."""
    families = {family: peer.families[family] for family in shared_families(peer)}
    measures = {**families, WHOLE: in_a_row(families.values()), **peer.extra}
    if peer.own is not None:
        measures[OWN] = peer.own
    return [
        Contender(name, content, each(peer.prepare), each(measure)) for content, measure in measures.items()
    ]


def each(function: Callable[[Any], Any]) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function of several cells from one of a single cell: all that the peers have."""
    return lambda items: [function(item) for item in items]


def in_a_row(measures: Iterable[Measure]) -> Measure:
    """Return a function that measures several families, one after the other."""
    kept = tuple(measures)
    return lambda inputs: np.concatenate([measure(inputs) for measure in kept])
