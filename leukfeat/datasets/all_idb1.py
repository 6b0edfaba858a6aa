"""ALL-IDB1: whole smear fields with and without lymphoblasts."""

from leukfeat.datasets.adapter import Adapter
from leukfeat.datasets.all_idb import AUTHORS, CITATION, LICENCE, arrange_part, count_part
from leukfeat.datasets.card import Card

__all__ = ["ALL_IDB1"]

_CARD = Card(
    name="all-idb1",
    title="ALL-IDB1",
    contents="Smear fields of patients with ALL and of healthy people, JPEG; lymphoblasts are marked in "
    "files .xyc, which are not read here.",
    authors=AUTHORS,
    licence=LICENCE,
    source="On request: https://scotti.di.unimi.it/all/",
    citation=CITATION,
    scene="field",
    counts={"ALL": 49, "healthy": 59},
    defects=(
        "Patients are unknown: a split by patient is impossible. The number is taken as order of "
        "acquisition, which nobody vouches for.",
        "108 images in all: a score comes with an interval so wide that most methods cannot be told apart.",
        "Images differ in size and camera setting: read what explore says of sizes by class.",
    ),
)

ALL_IDB1 = Adapter(_CARD, count_part(1), arrange_part(1))
