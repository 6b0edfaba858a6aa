"""Which side runs which models on which table."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

TALL, WIDE = "10,000 × 300", "1,500 × 20,000"
SIZES = {TALL: (10_000, 300), WIDE: (1_500, 20_000)}
QUICK = {TALL: (600, 40), WIDE: (120, 400)}
MODELS = ("SVC", "XGBClassifier", "LinearDiscriminantAnalysis", "RidgeClassifier", "RidgeClassifierCV")
ALL, FOUR, XGB = "all five", "all but XGBClassifier", "XGBClassifier"
GROUPS = {ALL: MODELS, FOUR: tuple(name for name in MODELS if name != XGB)}
# On the wide table XGBoost takes longer than all others together: it stands alone.
TOGETHER = {TALL: ALL, WIDE: FOUR}
PEERS = {"lazypredict": 1, "cross_validate": 5}  # folds


class Run(NamedTuple):
    """One process: a side, and the models that it fits."""

    table: str
    side: str
    peer: str
    models: str

    @property
    def names(self) -> tuple[str, ...]:
        """The models."""
        return GROUPS.get(self.models, (self.models,))

    @property
    def n_folds(self) -> int:
        """How many folds are fitted."""
        return PEERS[self.peer]


def runs(table: str, peers: Iterable[str] = PEERS, *, together: bool = False) -> Iterator[Run]:
    """Yield the runs on a table, side by side: models together, then, unless told not to, each alone."""
    for peer in peers:
        for models in (TOGETHER[table], *(() if together else MODELS)):
            yield from (Run(table, side, peer, models) for side in (peer, "leukfeat"))
