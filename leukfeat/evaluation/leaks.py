"""Subjects and identical images that a manifest's own division puts on both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.official import Layout
from leukfeat.evaluation.rows import Rows, shorten

__all__ = ["Leaks", "find_leaks"]


@dataclass(frozen=True)
class Leaks:
    """What is on both sides.

    Parameters
    ----------
    found : tuple of str
        Clauses with numbers and names; none where nothing leaks.
    """

    found: tuple[str, ...]

    @property
    def refusal(self) -> str:
        """Sentences that refuse to go on and say what to do.

        Returns
        -------
        str
            For an error.
        """
        return (
            f"Images of one patient are on both sides: {'; '.join(self.found)}. Join what belongs together "
            "with leukfeat.audit.merge_leaks (on the command line: --merge-leaks), or go on all the same "
            "with allow_leaks=True (on the command line: --allow-leaks)."
        )

    @property
    def warning(self) -> str:
        """The warning of those who go on all the same.

        Returns
        -------
        str
            One sentence.
        """
        return (
            f"Leaks are allowed: images of one patient are on both sides ({'; '.join(self.found)}); "
            "scores are inflated."
        )


def find_leaks(rows: Rows, layout: Layout, *, by_subject: bool) -> Leaks:
    """Look for subjects and identical images on both sides.

    Parameters
    ----------
    rows : Rows
        The images.
    layout : Layout
        Their sides.
    by_subject : bool
        Whether subjects are dealt to folds, so that identical images of two of them may be parted.

    Returns
    -------
    Leaks
        What was found.
    """
    subjects = [rows.subject_names[number] for number in _parted(rows.subjects, layout.side)]
    n_groups = len(_parted(rows.same, layout.side))
    known = layout.pool[rows.subjects[layout.pool] >= 0]
    n_across = len(_parted(rows.same[known], rows.subjects[known])) if by_subject else 0
    found = []
    if subjects:
        found.append(
            f"{len(subjects)} of {len(rows.subject_names)} subjects on several sides of the manifest's "
            f"division ({shorten(subjects)})"
        )
    if n_groups:
        found.append(f"groups of identical images on several sides of the manifest's division: {n_groups}")
    if n_across:
        found.append(f"groups of identical images of several subjects: {n_across}")
    return Leaks(tuple(found))


def _parted(groups: NDArray[np.intp], side: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the groups that are on more than one side."""
    known = groups >= 0
    pairs = np.unique(np.column_stack([groups[known], side[known]]), axis=0)
    numbers, n_sides = np.unique(pairs[:, 0], return_counts=True)
    return numbers[n_sides > 1]
