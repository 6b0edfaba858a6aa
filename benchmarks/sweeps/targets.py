"""What leukfeat promises, and what it reached."""

from typing import Any, NamedTuple

from sweeps.plan import ALL, FOUR, TALL, WIDE, XGB

Runs = dict[str, dict[str, Any]]


class Target(NamedTuple):
    """An upper bound on leukfeat's figure as a share of the peer's."""

    table: str
    peer: str
    models: str
    figure: str
    bound: float


TARGETS = (
    Target(TALL, "lazypredict", ALL, "wall_s", 0.4),
    Target(TALL, "cross_validate", ALL, "wall_s", 0.35),
    Target(WIDE, "lazypredict", FOUR, "wall_s", 0.25),
    Target(WIDE, "lazypredict", FOUR, "peak_mb", 0.3),
    Target(WIDE, "lazypredict", XGB, "wall_s", 1.0),
    Target(WIDE, "lazypredict", XGB, "peak_mb", 0.6),
)


def judge(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each target with what was reached; `met` is None where it was not measured."""
    rows = []
    for target in TARGETS:
        found = [pair for pair in pairs if (pair["table"], pair["peer"], pair["models"]) == tuple(target[:3])]
        reached = found[0]["ratio"][target.figure] if found else None
        met = None if reached is None else reached <= target.bound
        rows.append({**target._asdict(), "reached": reached, "met": met})
    worst = max((score for pair in pairs for score in pair["largest_difference"].values()), default=None)
    equal = {"table": "both", "peer": "both", "models": ALL, "figure": "largest difference of a score"}
    rows.append({**equal, "bound": 0.0, "reached": worst, "met": None if worst is None else worst == 0.0})
    return rows
