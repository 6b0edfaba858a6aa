"""Models read back: nothing is run before all that can be checked was."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from leukfeat.errors import LeukfeatError, ModelError, WeightsError
from leukfeat.features import ImageFeatures
from leukfeat.features.configuration import describe_images, remake_images
from leukfeat.features.table import configuration_hash
from leukfeat.scoring.facts import facts_path, read_facts, sha256_of
from leukfeat.scoring.formats import Format, format_of
from leukfeat.scoring.model import Model
from leukfeat.scoring.versions import other_versions

__all__ = ["MAX_BYTES", "Checked", "check_model", "load_model"]

_LOG = logging.getLogger(__name__)
MAX_BYTES = 1 << 30
_NOT_CONFIGURATION = ("hash", "columns")
_ALLOW = (
    "Install these versions, keep the model anew with leukfeat compare, or load it all the same with "
    "allow_mismatch=True (on the command line: --allow-mismatch) and compare its predictions."
)


@dataclass(frozen=True)
class Checked:
    """A model's files, looked at and not yet loaded.

    Attributes
    ----------
    facts : mapping
        What the JSON file says; it matches its own digest.
    content : bytes
        Of the model's file; they match the JSON file.
    format : Format
        How they are read.
    mismatches : tuple of str
        What was otherwise where the model was made, and may change its predictions.
    """

    facts: Mapping[str, Any]
    content: bytes
    format: Format
    mismatches: tuple[str, ...]


def load_model(path: str | Path, *, allow_mismatch: bool = False, max_bytes: int = MAX_BYTES) -> Model:
    """Read a model that `save_model` wrote, after all checks.

    Parameters
    ----------
    path : str or pathlib.Path
        `NAME.joblib` or `NAME.skops`, with `NAME.json` beside it.
    allow_mismatch : bool, default=False
        Whether to load a model of other versions or other features, and warn, instead of refusing it. Damaged
        files are refused in any case.
    max_bytes : int, default=1073741824
        How large its file may be; without a pickle also unpacked.

    Returns
    -------
    Model
        The pipeline and its facts.

    Raises
    ------
    leukfeat.errors.ModelError
        If a file is absent, too large or damaged, does not match its digest, was made by other versions or
        with other features, or holds types that are not trusted. Nothing of the file has been run then.
    leukfeat.errors.WeightsError
        If the weights of its network are not on this machine.

    Notes
    -----
    A digest tells accidents: whoever can write one file can write the other. Reading `NAME.joblib` runs what
    it says, so load it only where you trust who wrote it. `NAME.skops` is data; its types are compared with
    a fixed list. `docs/models.md` says more.
    """
    checked = check_model(path, max_bytes=max_bytes)
    for said in checked.mismatches:
        if not allow_mismatch:
            raise ModelError(f"{path} may not predict here as it did where it was made. {said} {_ALLOW}")
        _LOG.warning("%s: %s", path, said)
    try:
        pipeline = checked.format.load(checked.content, max_bytes)
        _check_loaded(pipeline, checked.facts, allow_mismatch)
    except LeukfeatError as error:
        raise type(error)(f"{path}: {error}") from error
    except Exception as error:  # whatever other versions, or bytes that were made up, raise
        raise ModelError(
            f"{path} cannot be read here: {type(error).__name__}: {error}. Use the versions that "
            f"{facts_path(path)} names, or keep the model anew with leukfeat compare."
        ) from error
    return Model(pipeline, checked.facts)


def check_model(path: str | Path, *, max_bytes: int = MAX_BYTES) -> Checked:
    """Look at a model's files without running anything of them.

    Parameters
    ----------
    path : str or pathlib.Path
        `NAME.joblib` or `NAME.skops`.
    max_bytes : int, default=1073741824
        How large the file may be.

    Returns
    -------
    Checked
        The bytes that were compared are those that will be loaded: a file changed meanwhile changes nothing.

    Raises
    ------
    leukfeat.errors.ModelError
        If a file is absent, too large or damaged, or does not match its digest.
    """
    source, chosen = Path(path), format_of(path)
    if not source.is_file():
        raise ModelError(f"{source} is no file. Name a model that leukfeat compare kept: models/NAME.joblib.")
    facts = read_facts(source)
    content = _read(source, facts, chosen, max_bytes)
    mismatches = (*other_versions(facts["versions"]), *_other_features(facts["features"]))
    return Checked(facts, content, chosen, mismatches)


def _read(source: Path, facts: Mapping[str, Any], chosen: Format, max_bytes: int) -> bytes:
    if (size := source.stat().st_size) > max_bytes:
        raise ModelError(
            f"{source} has {size} bytes, more than {max_bytes}. If it is a model of yours, raise max_bytes."
        )
    told = facts["files"].get(chosen.name)
    if told is None:
        raise ModelError(
            f"{facts_path(source)} does not speak of {source.name}: it is of another model. "
            "Copy both files of the model again."
        )
    with source.open("rb") as file:
        content = file.read(size + 1)  # a buffer of this many bytes is reserved
    if not isinstance(told, dict) or sha256_of(content) != told.get("sha256"):
        raise ModelError(
            f"{source} is not the file that {facts_path(source)} describes: its SHA-256 is another. It was "
            "damaged, replaced or copied in part. Copy both files of the model again."
        )
    return content


def _other_features(described: Mapping[str, Any]) -> Iterator[str]:
    """Say whether this version would make other features."""
    configuration = {key: value for key, value in described.items() if key not in _NOT_CONFIGURATION}
    if configuration_hash(configuration) != described["hash"]:
        yield "The hash of its features is not that of their configuration."
        return
    try:
        images = remake_images(configuration)
        same = images is None or _makes(images, described)  # None: of families that only the model knows
    except WeightsError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError):  # a family has other parameters here
        same = False
    if not same:
        yield "This version makes other features than it was fitted on."


def _makes(images: ImageFeatures, described: Mapping[str, Any]) -> bool:
    here = describe_images(images)
    names = ("scene", "size", "families")
    return len(images.specs()) == described["columns"] and all(here[n] == described[n] for n in names)


def _check_loaded(pipeline: Any, facts: Mapping[str, Any], allow_mismatch: bool) -> None:
    if not isinstance(pipeline, Pipeline) or not isinstance(pipeline[0], ImageFeatures):
        raise ModelError("it holds no pipeline that starts with ImageFeatures. Keep a model with compare.")
    classes = [str(label) for label in pipeline.classes_]
    features = describe_images(pipeline[0])["hash"]
    if classes != facts["classes"] or (features != facts["features"]["hash"] and not allow_mismatch):
        raise ModelError(
            "it has other classes or features than the file beside it says. "
            "Copy both files of the model again."
        )
