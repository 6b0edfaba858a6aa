"""What stands beside a model: a JSON file that says what it is and vouches for its bytes."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from leukfeat._tables import write_json
from leukfeat.errors import ConfigurationError, ModelError
from leukfeat.evaluation import default_positive
from leukfeat.features import FrozenCNN, ImageFeatures
from leukfeat.features.configuration import describe_images
from leukfeat.scoring.entries import wrong_entry
from leukfeat.scoring.evidence import Evidence
from leukfeat.scoring.versions import machine, versions_of

__all__ = ["describe_model", "facts_path", "read_facts", "sha256_of", "short_id", "write_facts"]

_FORMAT = 1
_MOST_BYTES = 1 << 24
_ID_LENGTH = 12


def facts_path(path: str | Path) -> Path:
    """Return the JSON file of a model.

    Parameters
    ----------
    path : str or pathlib.Path
        `NAME.joblib` or `NAME.skops`.

    Returns
    -------
    pathlib.Path
        `NAME.json` beside it.
    """
    return Path(path).with_suffix(".json")


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of bytes.

    Parameters
    ----------
    content : bytes
        Any.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(content).hexdigest()


def describe_model(pipeline: Pipeline, name: str, evidence: Evidence) -> dict[str, Any]:
    """Describe a fitted pipeline, as JSON holds it.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted: image paths to classes.
    name : str
        What the model is called.
    evidence : Evidence
        What is known of it besides itself.

    Returns
    -------
    dict
        All but its files, its id and the limits of quality.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the pipeline does not start with fitted `ImageFeatures`.
    """
    images, last = pipeline[0], pipeline[-1]
    if not isinstance(images, ImageFeatures):
        raise ConfigurationError(
            "save_model expects a fitted pipeline that starts with ImageFeatures. "
            f"Got one that starts with {type(images).__name__}. Join the two with image_pipeline."
        )
    estimator = getattr(last, "estimator_", last)
    classes = [str(label) for label in pipeline.classes_]
    features, weights = describe_images(images), _weights(images)
    return {
        "kind": "leukfeat model",
        "format": _FORMAT,
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "estimator": {"class": _place(estimator), "parameters": _plain(estimator.get_params(deep=False))},
        "classes": classes,
        "positive": _positive(classes, evidence),
        "calibrated": hasattr(last, "calibration_"),
        "threshold": _plain(evidence.threshold),
        "domain": _describe_domain(getattr(last, "domain_", None)),
        "features": {**features, "columns": len(images.specs())},
        "weights": weights,
        "training": _plain(evidence.training),
        "protocol": evidence.protocol,
        "leaks": bool(evidence.leaks),
        "scores": _plain(evidence.scores),
        "by_subject": _plain(evidence.by_subject),
        "notes": list(evidence.notes),
        "versions": versions_of(estimator, *(["onnxruntime"] if weights else [])),
        "platform": machine(),
    }


def write_facts(facts: Mapping[str, Any], path: Path) -> None:
    """Write what stands beside a model, with a digest of it.

    Parameters
    ----------
    facts : mapping
        What `describe_model` says, and the model's `files`, `id` and `quality`.
    path : pathlib.Path
        The JSON file.
    """
    known = {key: value for key, value in facts.items() if key != "digest"}
    write_json({**known, "digest": _digest(known)}, path)


def read_facts(path: str | Path) -> dict[str, Any]:
    """Read what stands beside a model; the model's file is not looked at.

    Parameters
    ----------
    path : str or pathlib.Path
        `NAME.joblib` or `NAME.skops`.

    Returns
    -------
    dict
        What `write_facts` wrote.

    Raises
    ------
    leukfeat.errors.ModelError
        If the file is absent, too large, no JSON, of another format, changed since, or holds
        what makes no sense.
    """
    source = facts_path(path)
    if not source.is_file():
        raise ModelError(
            f"{source} is missing: without it nothing vouches for {path}, and a pickle runs code when it is "
            "read. Get both files of the model, or keep it anew with leukfeat compare."
        )
    if (size := source.stat().st_size) > _MOST_BYTES:
        raise ModelError(f"{source} has {size} bytes, more than {_MOST_BYTES}: it describes no model.")
    try:
        facts = json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{source} cannot be read ({error}). Copy both files of the model again.") from error
    if not isinstance(facts, dict) or facts.get("kind") != "leukfeat model":
        raise ModelError(f"{source} describes no model of leukfeat. Name a model that compare kept.")
    if facts.get("format") != _FORMAT:
        raise ModelError(
            f"{source} has format {facts.get('format')!r}; this version reads {_FORMAT}. "
            "Use the version of leukfeat that made it, or keep the model anew with leukfeat compare."
        )
    if facts.pop("digest", None) != _digest(facts):
        raise ModelError(
            f"{source} does not match its own digest: it was changed after it was written. "
            "Copy both files of the model again."
        )
    if (name := wrong_entry(facts)) is not None:
        raise ModelError(f"{source} has no {name!r}, or none that makes sense. Get the model anew.")
    return facts


def short_id(sha256: str) -> str:
    """Return what a model is called by its bytes.

    Parameters
    ----------
    sha256 : str
        Of the file that was written first.

    Returns
    -------
    str
        Its first twelve digits.
    """
    return sha256[:_ID_LENGTH]


def _digest(facts: Mapping[str, Any]) -> str:
    return sha256_of(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode())


def _weights(images: ImageFeatures) -> dict[str, str]:
    networks = [family for family in images.families_ if isinstance(family, FrozenCNN)]
    return {str(network.backbone): network.provenance()["sha256"] for network in networks}


def _positive(classes: list[str], evidence: Evidence) -> str | None:
    if len(classes) > 2:
        return None
    return str(default_positive(classes)) if evidence.positive is None else evidence.positive


def _describe_domain(domain: Any) -> dict[str, Any] | None:
    if domain is None:
        return None
    names = ("threshold", "quantile", "n_images", "n_held_out", "most_missing")
    return {name: _plain(getattr(domain, name)) for name in names}


def _place(value: Any) -> str:
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}:{kind.__qualname__}"


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: None for what is no number, the class of what is no plain value."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (bool, int, str, type(None))) else _place(value)
