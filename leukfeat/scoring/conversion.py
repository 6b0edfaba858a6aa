"""From one format of models to the other, with equal answers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from leukfeat.errors import ConfigurationError, ModelError
from leukfeat.scoring.artifact import dump_model, write_model
from leukfeat.scoring.facts import facts_path, read_facts
from leukfeat.scoring.formats import format_of
from leukfeat.scoring.loading import MAX_BYTES, load_model
from leukfeat.scoring.model import Model

__all__ = ["convert_model"]

_N_ROWS = 200
_TOLERANCE = 1e-9


def convert_model(
    source: str | Path,
    target: str | Path,
    *,
    allow_mismatch: bool = False,
    overwrite: bool = False,
    max_bytes: int = MAX_BYTES,
) -> Model:
    """Write a model in another format, once that gives the same answers.

    Parameters
    ----------
    source : str or pathlib.Path
        A model that `save_model` wrote; loaded by `load_model`.
    target : str or pathlib.Path
        `NAME.joblib` or `NAME.skops`. Beside the source under the same name, both share `NAME.json`.
    allow_mismatch : bool, default=False
        As for `load_model`.
    overwrite : bool, default=False
        Whether a file that is there is replaced.
    max_bytes : int, default=1073741824
        As for `load_model`.

    Returns
    -------
    Model
        The one that was written. It keeps its id.

    Raises
    ------
    leukfeat.errors.ModelError
        If the source cannot be loaded, the other format holds types that are not trusted, or what is read
        back answers otherwise for rows drawn around the training data: classes, or probabilities by more than
        1e-9. Nothing is written then.
    leukfeat.errors.ConfigurationError
        If a file is in the way, or the format cannot hold the model.
    """
    written, chosen = Path(target), format_of(target)
    before = load_model(source, allow_mismatch=allow_mismatch, max_bytes=max_bytes)
    if not overwrite:
        _require_free(written, before)
    content = dump_model(before.pipeline, chosen)
    _require_equal(before.pipeline, chosen.load(content, max_bytes))
    write_model(content, before.facts, written, chosen)
    return load_model(written, allow_mismatch=allow_mismatch, max_bytes=max_bytes)


def _require_free(target: Path, model: Model) -> None:
    """Refuse to replace a file, or the facts of another model."""
    beside = facts_path(target)
    if target.exists():
        raise ConfigurationError(f"{target} exists. Name another file, or pass overwrite=True (--overwrite).")
    if beside.exists() and _id_of(target) != model.id:
        raise ConfigurationError(
            f"{beside} is of another model. Name another file, or pass overwrite=True (--overwrite)."
        )


def _id_of(path: Path) -> Any:
    try:
        return read_facts(path).get("id")
    except ModelError:
        return None


def _require_equal(before: Pipeline, after: Pipeline) -> None:
    rows = _rows_around(before)
    first, second = before[1:], after[1:]
    same = np.array_equal(first.predict(rows), second.predict(rows))
    for method in ("decision_function", "predict_proba"):
        if same and hasattr(first, method):
            one, other = (np.asarray(getattr(model, method)(rows)) for model in (first, second))
            same = np.allclose(one, other, rtol=0, atol=_TOLERANCE)
    if not same:
        raise ModelError(
            "The model answers otherwise once it is converted. Keep it as it is, and please report it."
        )


def _rows_around(pipeline: Pipeline) -> NDArray[np.float32]:
    """Draw rows of features near the training data, with some that could not be measured."""
    random = np.random.default_rng(0)
    n_columns = len(pipeline[0].specs())
    rows = random.normal(size=(_N_ROWS, n_columns))
    domain = getattr(pipeline[-1], "domain_", None)
    if domain is not None:
        drawn = np.tile(domain.fill, (_N_ROWS, 1))
        drawn[:, domain.kept] = domain.mean + rows[:, domain.kept] * domain.scale
        rows = drawn
    rows[random.random(rows.shape) < 0.01] = np.nan
    return rows.astype(np.float32)
