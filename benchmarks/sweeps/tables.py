"""Tables whose columns hang together and tell two classes apart, as measured features do."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

N_FOLDS = 5
_N_FACTORS = 30
_SHARE_MISSING = 0.002


def write_table(n: int, p: int, folder: Path, seed: int = 0) -> None:
    """Write `values.npy` (float32), `codes.npy` and `tested.npy`, the fold that tests each row."""
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(n, _N_FACTORS))
    signal = factors[:, 0] + 0.6 * factors[:, 1] * factors[:, 2] + 0.7 * generator.normal(size=n)
    codes = (signal > np.quantile(signal, 0.55)).astype(np.intp)
    values = np.empty((n, p), dtype=np.float32)
    for start in range(0, p, 1000):  # in columns at a time, so that memory stays small
        columns = values[:, start : start + 1000]
        weights = generator.normal(size=(_N_FACTORS, columns.shape[1]))
        columns[:] = factors @ weights + 3.0 * generator.normal(size=columns.shape)
        columns *= np.exp(generator.normal(size=columns.shape[1]))
    values[:, p // 2] = 1.0
    missing = generator.integers(0, n * p, size=round(_SHARE_MISSING * n * p))
    values.flat[missing] = np.nan
    tested = np.empty(n, dtype=np.intp)
    splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    for fold, (_, test) in enumerate(splitter.split(values, codes)):
        tested[test] = fold
    for name, array in {"values": values, "codes": codes, "tested": tested}.items():
        np.save(folder / f"{name}.npy", array)


def read_table(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]:
    """Return values, codes, and the fold that tests each row."""
    return tuple(np.load(folder / f"{name}.npy") for name in ("values", "codes", "tested"))
