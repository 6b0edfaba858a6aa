"""Hand-made manifests, and which of their images are the same."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leukfeat.audit import Audit, Duplicates, audit_manifest

__all__ = ["audited", "counts", "duplicates_of", "manifest_of"]


def manifest_of(n: int, **columns: Sequence[object]) -> pd.DataFrame:
    """Return a manifest of `n` images with a fingerprint each."""
    paths = [f"/images/{row}.png" for row in range(n)]
    return pd.DataFrame({"path": paths, "fingerprint": "0" * 64, **columns})


def duplicates_of(
    n: int,
    *,
    files: Sequence[Sequence[int]] = (),
    pixels: Sequence[Sequence[int]] = (),
    near: Sequence[tuple[int, int]] = (),
) -> Duplicates:
    """Say which of `n` rows are the same."""
    numbers = [np.arange(n), np.arange(n)]
    for group in files:
        numbers[0][list(group)] = numbers[1][list(group)] = min(group)
    for group in pixels:
        numbers[1][list(group)] = min(group)
    pairs = np.array(near, dtype=np.intp).reshape(-1, 2)
    return Duplicates(numbers[0], numbers[1], pairs, np.full(len(pairs), 0.99))


def audited(images: pd.DataFrame, duplicates: Duplicates, **options) -> Audit:
    """Audit a hand-made manifest."""
    return audit_manifest(images, duplicates, **options)


def counts(audit: Audit, *severities: str) -> dict[str, int]:
    """Return the number of groups by kind, of findings of some severities or of all."""
    wanted = severities or ("stop", "warn", "note")
    return {finding.kind: finding.count for finding in audit.findings if finding.severity in wanted}
