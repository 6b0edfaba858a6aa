"""ALL-IDB2: single cells cut out of ALL-IDB1."""

from leukfeat.datasets.adapter import Adapter
from leukfeat.datasets.all_idb import AUTHORS, CITATION, LICENCE, arrange_part, count_part
from leukfeat.datasets.card import Card

__all__ = ["ALL_IDB2"]

_CARD = Card(
    name="all-idb2",
    title="ALL-IDB2",
    contents="Single lymphoblasts and other white cells, cut out of the fields of ALL-IDB1, TIFF, 257 x 257.",
    authors=AUTHORS,
    licence=LICENCE,
    source="On request: https://scotti.di.unimi.it/all/",
    citation=CITATION,
    scene="cell",
    counts={"ALL": 130, "healthy": 130},
    defects=(
        "Patients are unknown, and several cells come from one field of ALL-IDB1: a random split tests on "
        "cells whose neighbours it was trained on. The number is taken as order of acquisition.",
        "It is cut out of ALL-IDB1: never train on one and test on the other.",
        "260 images in all: intervals are wide.",
    ),
)

ALL_IDB2 = Adapter(_CARD, count_part(2), arrange_part(2))
