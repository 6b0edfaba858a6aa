"""The audit: what duplicates and subjects on several sides mean for a comparison."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from leukfeat._tables import normal_path
from leukfeat._validation import check_choice
from leukfeat.audit.duplicates import Duplicates
from leukfeat.audit.findings import Finding, alike_findings, subject_findings
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import PROTOCOLS, Fold

__all__ = ["BY_MANIFEST", "SPLIT_BY", "Audit", "audit_manifest"]

BY_MANIFEST = ("auto", "official")  # the protocols that follow the manifest's folds and splits
SPLIT_BY = tuple(dict.fromkeys((*BY_MANIFEST, *PROTOCOLS)))

_SEVERITIES = ("stop", "warn", "note")
_N_LISTED = 1000  # groups of a finding that JSON holds
_ADVICE = (
    "Say --merge-leaks to keep images that are the same, and whole subjects, on one side, or --allow-leaks "
    "to go on as it is; every output then says so on top."
)
_CONTRADICTION = "Of identical images with different labels, drop those that are wrong."
_KEPT = (
    "All of them stay, each with its own label and on one side: no model is right on all. Drop those whose "
    "label is wrong."
)
_LEAKS = (
    "Leaks were allowed (--allow-leaks): what is the same, or of one patient, is on both sides; scores are "
    "inflated."
)


@dataclass(frozen=True, eq=False)
class Audit:
    """What an audit found, and whether a comparison may go on.

    Attributes
    ----------
    images : pandas.DataFrame
        The manifest's rows, in the order of `duplicates`.
    duplicates : Duplicates
        Which of them are the same, or nearly so.
    findings : tuple of Finding
        What stops first, then what warns, then what is only noted.
    """

    images: pd.DataFrame
    duplicates: Duplicates
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing stops a comparison.

        Returns
        -------
        bool
            True also where something warns.
        """
        return not self._of("stop")

    @property
    def notes(self) -> tuple[str, ...]:
        """What every output must say.

        Returns
        -------
        tuple of str
            Full sentences; the first says that leaks were allowed, if there are any.
        """
        allowed = () if self.is_sound else (_LEAKS,)
        return (*allowed, *(finding.sentence for finding in (*self._of("stop"), *self._of("warn"))))

    def require_sound(self, allow: bool = False) -> None:
        """Raise if something stops a comparison.

        Parameters
        ----------
        allow : bool, default=False
            Whether to go on all the same; `notes` then says so.

        Raises
        ------
        leukfeat.errors.ConfigurationError
            If the audit is not sound; the message lists what was found and says what to do.
        """
        if self.is_sound or allow:
            return
        title = "These images cannot be compared as they are: what is the same lies on several sides."
        raise ConfigurationError("\n".join([title, *self.lines("stop"), *self._advice()]))

    def lines(self, *severities: str) -> list[str]:
        """Write findings for people: a sentence each, and examples.

        Parameters
        ----------
        *severities : str
            Which findings.

        Returns
        -------
        list of str
            The examples are indented; their paths start from the folder that holds all images.
        """
        found = self._of(*severities)
        lines = [line for finding in found for line in _lines(finding)]
        start = (
            [f"Paths start from {_folder(self.images)}."]
            if any(finding.examples for finding in found)
            else []
        )
        return lines + start

    def describe(self) -> dict[str, Any]:
        """Describe the audit as JSON holds it.

        Returns
        -------
        dict
            `sound`, and `findings`: of each `kind`, `severity`, `count`, `sentence`, and `groups`, lists of
            the paths that belong together, at most a thousand.
        """
        paths = self.images["path"].tolist()
        findings = [
            {
                "kind": finding.kind,
                "severity": finding.severity,
                "count": finding.count,
                "sentence": finding.sentence,
                "groups": [[paths[row] for row in group.tolist()] for group in finding.groups[:_N_LISTED]],
            }
            for finding in self.findings
        ]
        return {"sound": self.is_sound, "findings": findings}

    def _of(self, *severities: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity in severities)

    def _advice(self) -> Iterator[str]:
        if any(_is_contradiction(finding) for finding in self._of("stop")):
            yield _CONTRADICTION
        yield _ADVICE


def audit_manifest(
    images: pd.DataFrame,
    duplicates: Duplicates,
    *,
    folds: Sequence[Fold] = (),
    protocol: str = "auto",
    merged: bool = False,
    strict: bool = True,
    n_unreadable: int = 0,
    unplanned: str = "",
) -> Audit:
    """Judge a manifest by its duplicates.

    Identical images (files or pixels) across subjects, folds, splits or classes stop a comparison, and so do
    subjects in several folds or splits. Near-duplicates warn.

    Parameters
    ----------
    images : pandas.DataFrame
        A manifest with absolute paths.
    duplicates : Duplicates
        Of the same rows, see `find_duplicates`.
    folds : sequence of Fold, default=()
        The planned cross-validation, its rows those of `images`: what tells, where there are no subjects,
        whether identical images would be on both sides.
    protocol : {"auto", "official", "grouped", "blocks", "random"}, default="auto"
        How images are split. The column `fold` counts under `"auto"` and `"official"` alone; under
        `"grouped"` and `"blocks"` the splits `train` and `val` are one side; under `"random"` nothing stops.
    merged : bool, default=False
        Whether leaks are merged: identical images of different classes then only warn, for they are on one
        side.
    strict : bool, default=True
        Whether anything stops at all.
    n_unreadable : int, default=0
        How many images are left out for they cannot be read.
    unplanned : str, default=""
        Why there are no `folds`, where there should be.

    Returns
    -------
    Audit
        The findings.

    Raises
    ------
    ValueError
        If the protocol is unknown.
    """
    check_choice("audit_manifest", "protocol", protocol, SPLIT_BY)
    stops = strict and protocol != "random"
    relevant = _relevant(images, protocol)
    found = (*alike_findings(relevant, duplicates, folds), *subject_findings(relevant))
    weighed = [_weigh(finding, stops=stops, merged=merged) for finding in found]
    weighed += _gaps(images, duplicates, n_unreadable, unplanned)
    return Audit(
        images, duplicates, tuple(sorted(weighed, key=lambda item: _SEVERITIES.index(item.severity)))
    )


def _relevant(images: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Shorten the paths, and leave out or join what is no side under a protocol."""
    folder = _folder(images)
    relevant = images.assign(path=[os.path.relpath(path, folder) for path in images["path"]])
    if "split" in relevant and relevant["split"].notna().any():
        relevant["split"] = relevant["split"].fillna("train")  # as make_splits takes them
    if protocol in BY_MANIFEST:
        return relevant
    if "split" in relevant:
        relevant["split"] = relevant["split"].replace("val", "train")
    return relevant.drop(columns="fold", errors="ignore")


def _folder(images: pd.DataFrame) -> str:
    """Return the folder that all images lie in, or below."""
    return os.path.commonpath([str(normal_path(path).parent) for path in images["path"]])


def _weigh(finding: Finding, *, stops: bool, merged: bool) -> Finding:
    if finding.severity != "stop":
        return finding
    if merged and _is_contradiction(finding):
        return replace(finding, severity="warn", sentence=f"{finding.sentence} {_KEPT}")
    return finding if stops else replace(finding, severity="warn")


def _is_contradiction(finding: Finding) -> bool:
    return finding.kind.startswith("identical") and finding.kind.endswith("across_classes")


def _gaps(
    images: pd.DataFrame, duplicates: Duplicates, n_unreadable: int, unplanned: str
) -> Iterator[Finding]:
    """Say what the audit could not see."""
    if unplanned:
        sentence = f"Whether identical images would train and be tested at once cannot be told. {unplanned}"
        yield Finding("unplanned", "warn", len(images), sentence)
    if n_unreadable:
        sentence = f"Images that cannot be read, and are left out: {n_unreadable}."
        yield Finding("unreadable", "note", n_unreadable, sentence)
    if duplicates.n_unconfirmed:
        lost = duplicates.n_unconfirmed
        sentence = f"Images that look like another but cannot be read again to make sure: {lost}."
        yield Finding("unconfirmed", "warn", lost, sentence)
    if "fingerprint" not in images:
        sentence = "Near-duplicates were not looked for: the table has no fingerprints. Extract it again."
        yield Finding("not_compared", "warn", len(images), sentence)
    elif not duplicates.complete:
        sentence = "So many images look alike that not all pairs were compared."
        yield Finding("not_compared", "warn", len(images), sentence)


def _lines(finding: Finding) -> Iterator[str]:
    yield finding.sentence
    yield from (f"  {example}" for example in finding.examples)
    if (more := finding.count - len(finding.examples)) and finding.examples:
        yield f"  … and {more} more"
