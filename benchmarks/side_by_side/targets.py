"""What leukfeat promises, and what it reached."""

from collections.abc import Callable
from typing import Any, NamedTuple

from side_by_side.contenders import GLCM_D1, LBP_FRAME

Result = dict[str, Any]


class Target(NamedTuple):
    """A bound and where its figure is found; a figure that cannot be found was not measured."""

    name: str
    bound: float
    figure: Callable[[Result], float]
    upper: bool = False

    def met(self, reached: float) -> bool:
        """Tell whether a figure is on the right side."""
        return reached <= self.bound if self.upper else reached >= self.bound


def times_faster(peer: str, content: str, state: str) -> Callable[[Result], float]:
    return lambda result: result["ratios"][peer][content][state]


def end_to_end(kind: str) -> Callable[[Result], float]:
    return lambda result: result["files"][kind]["workers"]["1"]["per_second"]


def slowest_gain(result: Result) -> float:
    return min(kind["gain"]["2"] for kind in result["files"].values())


def unevenness(result: Result) -> float:
    figures = result["with_n"].values()
    return max(figures) / min(figures)


TARGETS = (
    Target("same content, × scikit-image", 20, times_faster("scikit-image", "same content", "bare")),
    Target("same content, × mahotas", 15, times_faster("mahotas", "same content", "bare")),
    Target("same content, × cp_measure", 30, times_faster("cp_measure", "same content", "bare")),
    Target("everything, all cells in one call, images/s", 1000, lambda r: 1000 / r["in_one_call_ms"]),
    Target("GLCM d=1, × cp_measure", 1, times_faster("cp_measure", GLCM_D1, "ready")),
    Target("both LBPs, × scikit-image", 40, times_faster("scikit-image", LBP_FRAME, "ready")),
    Target("file to row, BMP 450×450, images/s", 450, end_to_end("BMP 450×450")),
    Target("file to row, JPEG 360×363, images/s", 400, end_to_end("JPEG 360×363")),
    Target("two workers, × one", 1.8, slowest_gain),
    Target("slowest over fastest time per image, 100 to 800 cells", 1.2, unevenness, upper=True),
)


def judge(result: Result) -> list[dict[str, Any]]:
    """Return each target with what was reached; `met` is None where it was not measured."""
    return [judged(target, result) for target in TARGETS]


def judged(target: Target, result: Result) -> dict[str, Any]:
    row = {"target": target.name, "bound": target.bound, "upper": target.upper}
    try:
        reached = target.figure(result)
    except KeyError:  # a peer is absent, or there is one core
        return {**row, "reached": None, "met": None}
    return {**row, "reached": reached, "met": target.met(reached)}
