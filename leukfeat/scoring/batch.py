"""From a list of images to a file of scores, in parts, so that nothing done is lost."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from leukfeat._tables import paths_relative_to, read_metadata
from leukfeat.errors import ConfigurationError
from leukfeat.scoring.inputs import as_text
from leukfeat.scoring.parts import Parts, Plan
from leukfeat.scoring.scorer import Scorer
from leukfeat.scoring.table_files import check_suffix, write_tables

__all__ = ["Scored", "score_to_file"]


@dataclass(frozen=True)
class Scored:
    """What came of a list of images.

    Attributes
    ----------
    path : pathlib.Path
        The file of scores.
    images : int
        Its rows.
    found : int
        How many of them an earlier call had made.
    predicted : dict of str to int
        Number of images by predicted class.
    failed : int
        Images that could not be used, or under `strict` got no prediction.
    flagged : int
        Images of unusual quality.
    outside : int
        Images far from those of the training.
    """

    path: Path
    images: int
    found: int
    predicted: dict[str, int]
    failed: int
    flagged: int
    outside: int


def score_to_file(
    scorer: Scorer,
    paths: Sequence[str],
    output: str | Path,
    *,
    resume: bool = False,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Scored:
    """Score images into a file.

    Parameters
    ----------
    scorer : Scorer
        With its model.
    paths : sequence of str
        Image files; one may stand there twice.
    output : str or pathlib.Path
        The file: `.parquet`, `.csv` or `.jsonl`. Paths in it are relative to its folder if all images lie in
        it or below, else absolute.
    resume : bool, default=False
        Whether what an interrupted call has left is used, and a finished file of the same images left alone.
    force : bool, default=False
        Whether what is there is replaced.
    progress : callable, default=None
        Called with the number of images done and their total.

    Returns
    -------
    Scored
        What it holds.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If there is such a file, or what an interrupted call has left, and neither is asked for; or what it
        has left, or the finished file, is of another model, other images or other settings, or the images
        have changed since.

    Notes
    -----
    While it is made, the parts lie in `OUTPUT.parts`; what is there is not lost when the call is killed or
    the disk is full.
    """
    target = Path(output)
    check_suffix(target)
    if resume and force:
        raise ConfigurationError(
            "resume and force (on the command line: --resume, --force) exclude each other."
        )
    names = _names(paths, target)
    plan = Plan.of(scorer.table.model, names, paths, strict=scorer.strict, chunk=scorer.chunk)
    parts = Parts(target, scorer.table.schema)
    if resume and not parts.exist and target.exists():
        _check_finished(target, plan, names, paths)
        return _summary(target, len(names))
    plan = _settle(target, parts, plan, resume=resume, force=force)
    n_found = _score_missing(replace(scorer, chunk=plan.chunk), paths, names, parts, plan, progress)
    write_tables(parts.read(plan), scorer.table.schema, _metadata(scorer, plan), target)
    parts.remove()
    return _summary(target, n_found)


def _names(paths: Sequence[str], target: Path) -> list[str]:
    return [as_text(name) for name in paths_relative_to(target.parent, paths)]


def _settle(target: Path, parts: Parts, plan: Plan, *, resume: bool, force: bool) -> Plan:
    """Begin, or go on where an earlier call was; return its plan."""
    if not (resume or force):
        if target.exists():
            raise ConfigurationError(
                f"{target} exists. --force replaces it; --resume keeps it if it is whole."
            )
        if parts.exist:
            raise ConfigurationError(
                f"{parts.folder} is what an interrupted run has left. --resume goes on, --force starts anew."
            )
    if not (resume and parts.exist):
        parts.begin(plan)
        return plan
    before = parts.plan()
    if difference := before.differs_in(plan):
        raise ConfigurationError(f"{parts.folder} is of another run ({difference}). --force starts anew.")
    return before


def _score_missing(
    scorer: Scorer,
    paths: Sequence[str],
    names: Sequence[str],
    parts: Parts,
    plan: Plan,
    progress: Callable[[int, int], None] | None,
) -> int:
    """Score the chunks that are not there; return how many images were."""
    missing = parts.missing(plan)
    rows = [range(number * plan.chunk, min((number + 1) * plan.chunk, plan.n_images)) for number in missing]
    n_found = n_done = plan.n_images - sum(map(len, rows))
    wanted = [paths[row] for chunk in rows for row in chunk]
    for number, chunk, frame in zip(missing, rows, scorer.score(wanted), strict=True):
        parts.write(number, frame.assign(path=[names[row] for row in chunk]))
        n_done += len(chunk)
        if progress is not None:
            progress(n_done, plan.n_images)
    return n_found


def _metadata(scorer: Scorer, plan: Plan) -> dict[str, object]:
    table = scorer.table
    return {
        "version": plan.version,
        "model": plan.model,
        "classes": list(table.classes),
        "positive": table.positive,
        "threshold": table.threshold,
        "domain": table.domain,
        "strict": plan.strict,
        "inputs": plan.inputs,
    }


def _read(target: Path, columns: list[str]) -> pd.DataFrame:
    suffix = check_suffix(target)
    if suffix == ".parquet":
        return pd.DataFrame(pq.read_table(target, columns=columns).to_pandas())
    if suffix == ".csv":
        return pd.read_csv(target, usecols=columns, dtype=str, keep_default_na=False)
    blocks = pd.read_json(target, lines=True, dtype=False, chunksize=10_000)
    return pd.concat([block[columns] for block in blocks], ignore_index=True)


def _check_finished(target: Path, plan: Plan, names: Sequence[str], paths: Sequence[str]) -> None:
    """Raise unless a file is what the plan would make of these images."""
    try:
        found = _read(target, ["path", "model", "predicted", "quality", "in_domain"])
        kept = read_metadata(target) if check_suffix(target) == ".parquet" else {}
    except (OSError, ValueError, KeyError):
        difference = "no scores"
    else:
        differences = {
            "other images": list(found["path"]) != list(names),
            "another model": set(found["model"]) != {plan.model},
            "another version of leukfeat": kept.get("version", plan.version) != plan.version,
            "strict changed": kept.get("strict", plan.strict) != plan.strict
            or _contradicts(found, strict=plan.strict),
            "images are newer": _any_newer(paths, target),
        }
        difference = next((said for said, differs in differences.items() if differs), "")
    if difference:
        raise ConfigurationError(
            f"{target} holds the scores of something else ({difference}). --force replaces it."
        )


def _contradicts(found: pd.DataFrame, *, strict: bool) -> bool:
    """Whether images unlike those of the training are answered under `strict`, or are not without."""
    unlike = (found["quality"] != "") | _is_outside(found)
    answered = found["predicted"].notna() & (found["predicted"] != "")
    return bool((unlike & (answered == strict)).any())


def _is_outside(found: pd.DataFrame) -> "pd.Series[bool]":
    return found["in_domain"].astype(str).str.lower() == "false"


def _any_newer(paths: Sequence[str], target: Path) -> bool:
    """Whether an image has been changed since the file was written."""
    written = target.stat().st_mtime_ns
    for path in paths:
        with suppress(OSError, ValueError):
            if os.stat(path).st_mtime_ns > written:  # noqa: PTH116 - twice as fast as pathlib
                return True
    return False


def _summary(target: Path, n_found: int) -> Scored:
    frame = _read(target, ["predicted", "quality", "in_domain", "reason"])
    predicted = frame["predicted"].where(frame["predicted"].notna(), "")
    counts = Counter(name for name in predicted if name)
    return Scored(
        path=target,
        images=len(frame),
        found=n_found,
        predicted=dict(sorted(counts.items())),
        failed=int((frame["reason"] != "").sum()),
        flagged=int((frame["quality"] != "").sum()),
        outside=int(_is_outside(frame).sum()),
    )
