"""Models as files: the whole pipeline from image path to class, and what is known of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from leukfeat._tables import replacing
from leukfeat.errors import ConfigurationError, ModelError
from leukfeat.features import ImageFeatures
from leukfeat.scoring.entries import wrong_entry
from leukfeat.scoring.evidence import Evidence
from leukfeat.scoring.facts import (
    describe_model,
    facts_path,
    read_facts,
    sha256_of,
    short_id,
    write_facts,
)
from leukfeat.scoring.formats import Format, format_of

__all__ = ["dump_model", "image_pipeline", "save_model", "write_model"]


def image_pipeline(images: ImageFeatures, table: Pipeline) -> Pipeline:
    """Join fitted image features and a fitted table pipeline.

    Parameters
    ----------
    images : ImageFeatures
        Fitted: paths to features.
    table : sklearn.pipeline.Pipeline
        Fitted on the features of `images`: features to classes.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted: image paths to classes.
    """
    return Pipeline([("images", images), *table.steps])


def save_model(
    pipeline: Pipeline,
    path: str | Path,
    evidence: Evidence | None = None,
    *,
    quality: Mapping[str, tuple[float, float]] | None = None,
    format: str | None = None,  # noqa: A002
) -> Path:
    """Write a fitted pipeline, and beside it what is known of it.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted: image paths to classes; see `image_pipeline`.
    path : str or pathlib.Path
        `NAME.joblib` or `NAME.skops`; `NAME.json` is written beside it.
    evidence : Evidence, default=None
        What is known of the model besides itself; None for nothing.
    quality : mapping of str to (float, float), default=None
        The least and the largest value of each measure of image quality among the training images.
    format : {"joblib", "skops"}, default=None
        Which; None goes by the suffix of `path`.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the suffix is another, the pipeline does not start with `ImageFeatures`, a file without a pickle
        cannot hold it, or `evidence` holds what could not be read back.

    Notes
    -----
    `joblib.load` reads the first file, too. It runs code from it: load only what you trust; see `load_model`.
    """
    target, chosen = Path(path), format_of(path, format)
    known = {"name": target.stem, **describe_model(pipeline, target.stem, evidence or Evidence())}
    limits = None if quality is None else {name: [float(v) for v in pair] for name, pair in quality.items()}
    known["quality"] = limits
    if (name := wrong_entry({**known, "id": "", "files": {}})) is not None:
        raise ConfigurationError(
            f"The evidence has no {name!r}, or none that makes sense, and the model could not be read back. "
            "The documentation of Evidence says what each entry holds."
        )
    write_model(dump_model(pipeline, chosen), known, target, chosen)
    return target


def dump_model(pipeline: Pipeline, chosen: Format) -> bytes:
    """Turn a pipeline into bytes.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted: image paths to classes.
    chosen : Format
        How.

    Returns
    -------
    bytes
        What the format's `load` takes.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the format cannot hold the pipeline.
    """
    try:
        return chosen.dump(pipeline)
    except ConfigurationError:
        raise
    except Exception as error:  # whatever a class of somebody else's raises
        raise ConfigurationError(
            f"The model cannot be written as {chosen.name}: {type(error).__name__}: {error}."
        ) from error


def write_model(content: bytes, facts: Mapping[str, Any], target: Path, chosen: Format) -> None:
    """Write a model's bytes, and its facts beside them.

    Parameters
    ----------
    content : bytes
        Of `dump_model`.
    facts : mapping
        What is known of it; with an `id`, where it was written before.
    target : pathlib.Path
        The file.
    chosen : Format
        Its format.
    """
    sha256 = sha256_of(content)
    model_id = facts.get("id", short_id(sha256))
    files = {**_other_files(target, model_id), chosen.name: {"sha256": sha256, "bytes": len(content)}}
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    write_facts({**facts, "id": model_id, "files": files}, facts_path(target))


def _other_files(target: Path, model_id: str) -> dict[str, Any]:
    """Return what is known of the same model beside `target` in the other format."""
    try:
        facts = read_facts(target)
    except ModelError:
        return {}
    return dict(facts["files"]) if facts.get("id") == model_id else {}
