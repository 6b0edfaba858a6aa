"""The two ways in which a pipeline becomes bytes: joblib's, a pickle, and skops', which is none."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import joblib
from sklearn.exceptions import InconsistentVersionWarning

from leukfeat.errors import ConfigurationError, ModelError
from leukfeat.scoring.trees import check_trees
from leukfeat.scoring.trusted import TRUSTED

__all__ = ["FORMATS", "Format", "format_of"]

_LEVEL = 3


@dataclass(frozen=True)
class Format:
    """How a pipeline is written and read.

    Parameters
    ----------
    name : {"joblib", "skops"}
        Also the suffix of its files.
    dump : callable
        Takes a pipeline and returns bytes.
    load : callable
        Takes bytes and how many there may be when unpacked, and returns what they hold.
    """

    name: str
    dump: Callable[[Any], bytes]
    load: Callable[[bytes, int], Any]


def format_of(path: str | Path, name: str | None = None) -> Format:
    """Return the format of a file.

    Parameters
    ----------
    path : str or pathlib.Path
        Its suffix says which.
    name : {"joblib", "skops"}, default=None
        What the suffix must say; None for either.

    Returns
    -------
    Format
        One of `FORMATS`.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the suffix says none, or another.
    """
    suffix = Path(path).suffix.removeprefix(".")
    if suffix not in FORMATS or name not in (None, suffix):
        wanted = " or ".join(f".{known}" for known in FORMATS if name in (None, known)) or ".joblib or .skops"
        raise ConfigurationError(f"A model's file ends in {wanted}. Got {str(path)!r}.")
    return FORMATS[suffix]


def _dump_joblib(pipeline: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer, compress=_LEVEL)
    return buffer.getvalue()


def _load_joblib(content: bytes, max_bytes: int) -> Any:  # noqa: ARG001
    """Unpickle, which runs what the bytes say: only after they were vouched for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconsistentVersionWarning)  # versions were compared before
        return joblib.load(io.BytesIO(content))


def _dump_skops(pipeline: Any) -> bytes:
    return bytes(_skops().dumps(pipeline, compression=ZIP_DEFLATED, compresslevel=_LEVEL))


def _load_skops(content: bytes, max_bytes: int) -> Any:
    skops = _skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    _check_unpacked(content, max_bytes)
    try:
        loaded = skops.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException:
        others = sorted(set(skops.get_untrusted_types(data=content)) - set(TRUSTED))
        raise ModelError(
            f"The model holds types that are not trusted: {', '.join(others)}. Nothing of it was run. Keep a "
            "model with classes of your own as joblib; do not load one of a stranger."
        ) from None
    check_trees(loaded)
    return loaded


def _check_unpacked(content: bytes, max_bytes: int) -> None:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            n_bytes = sum(item.file_size for item in archive.infolist())
    except BadZipFile as error:
        raise ModelError(f"The model is no skops file ({error}). Copy it again.") from error
    if n_bytes > max_bytes:
        raise ModelError(f"The model has {n_bytes} bytes unpacked, more than max_bytes={max_bytes}.")


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ConfigurationError(
            "Files without a pickle need skops. Install leukfeat[skops], or use joblib."
        ) from error
    return skops.io


FORMATS = {
    "joblib": Format("joblib", _dump_joblib, _load_joblib),
    "skops": Format("skops", _dump_skops, _load_skops),
}
