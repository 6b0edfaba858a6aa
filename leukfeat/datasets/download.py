"""Data sets from Kaggle, by kagglehub or by Kaggle's own command."""

import contextlib
import errno
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from leukfeat._tables import make_folder, normal_path
from leukfeat.datasets.card import Card
from leukfeat.errors import ConfigurationError, LeukfeatError

__all__ = ["DownloadError", "fetch"]

_CAUSES = {
    "disk": "The disk is full. Free some space, or name a folder on another disk; then run the same again.",
    "network": "Kaggle cannot be reached. Check the network and run the same again: what is there is kept.",
    "credentials": "Kaggle wants to know you. Run 'kaggle auth login', or set KAGGLE_API_TOKEN, or put "
    "kaggle.json into ~/.kaggle; where the data set's page asks for consent, give it there.",
    "absent": "Kaggle has no data set {handle} any more, or not for you. Look it up there.",
    "partial": "The download is incomplete or damaged. Run the same again.",
}
_BY_NAME = {  # exceptions of libraries that may not be installed
    "CredentialError": "credentials",
    "UnauthenticatedError": "credentials",
    "DataCorruptionError": "partial",
    "BadZipFile": "partial",
    "ReadError": "partial",  # of tarfile
    "EOFError": "partial",
    "IncompleteRead": "partial",
    "ChunkedEncodingError": "partial",
    "ContentDecodingError": "partial",
    "NotFoundError": "absent",
    "ConnectionError": "network",
    "Timeout": "network",
    "TimeoutError": "network",
    "gaierror": "network",
}
_BY_STATUS = {401: "credentials", 403: "credentials", 404: "absent"}
_FULL = (errno.ENOSPC, errno.EDQUOT)
_BY_TEXT = {  # what Kaggle's command says, the surest signs first
    "disk": r"no space left|disk quota|not enough space",
    "network": r"max retries|name or service|name resolution|unreachable|timed out|refused",
    "partial": r"badzip|bad zip|not a zip|incomplete ?read|truncated|checksum|unsupported archive",
    "absent": r"\b404\b|not found - ",
    "credentials": r"\b40[13]\b|unauthorized|forbidden|authenticat|kaggle\.json|credential",
}
_RESERVE = 1.1  # of the unpacked size: beside the files lies the archive for a while


class DownloadError(LeukfeatError):
    """A download that did not come to its end; the message says why and what to do, and holds no secret."""


def fetch(card: Card, folder: str | Path, *, with_cli: bool = False) -> Path:
    """Download and unpack a data set.

    Parameters
    ----------
    card : Card
        Which.
    folder : str or pathlib.Path
        Where its files go, at some depth.
    with_cli : bool, default=False
        Whether Kaggle's command does it, instead of kagglehub.

    Returns
    -------
    pathlib.Path
        The folder, absolute.

    Raises
    ------
    DownloadError
        If it does not come to its end: no credentials, no network, a full disk, an incomplete file.
    leukfeat.errors.ConfigurationError
        If the data set is not on Kaggle, or what downloads it is not installed.
    """
    if card.kaggle is None:
        raise ConfigurationError(
            f"{card.name} cannot be downloaded by a program. Get it here: {card.source}."
        )
    target = normal_path(folder)
    make_folder(target)
    _require_room(card, target)
    if with_cli:
        _fetch_with_command(card, card.kaggle, target)
    else:
        _fetch_with_library(card, card.kaggle, target)
    return target


def _require_room(card: Card, target: Path) -> None:
    free = shutil.disk_usage(target).free
    held = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    needed = _RESERVE * card.n_bytes - held
    if free < needed:
        raise DownloadError(
            f"{card.name} takes {_RESERVE * card.n_bytes / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free in "
            f"{target}. Name a folder on another disk."
        )


def _fetch_with_library(card: Card, handle: str, target: Path) -> None:
    try:
        # Standard output is ours, and what kagglehub prints there are headers, keys among them.
        with _settings(target), Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            import kagglehub

            kagglehub.dataset_download(handle)
    except ModuleNotFoundError as error:
        if error.name != "kagglehub":
            raise
        raise ConfigurationError(
            "kagglehub is not installed. Install leukfeat[kaggle], or say --with-cli for the kaggle command."
        ) from None
    except Exception as error:
        # From None: what a library says may hold an address with a signature, or a header with a key.
        raise DownloadError(_sentence(card, _cause(error), type(error).__name__)) from None


@contextlib.contextmanager
def _settings(target: Path) -> Iterator[None]:
    """Let kagglehub keep its files in a folder of ours."""
    before = os.environ.get("KAGGLEHUB_CACHE")
    os.environ["KAGGLEHUB_CACHE"] = str(target)
    try:
        yield
    finally:
        if before is None:
            del os.environ["KAGGLEHUB_CACHE"]
        else:
            os.environ["KAGGLEHUB_CACHE"] = before


def _fetch_with_command(card: Card, handle: str, target: Path) -> None:
    program = shutil.which("kaggle")
    if program is None:
        raise ConfigurationError(
            "There is no command kaggle. Install it (pip install kaggle), or leave out --with-cli."
        )
    call = [program, "datasets", "download", "-d", handle, "-p", str(target), "--unzip"]
    done = subprocess.run(  # noqa: S603
        call, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False
    )
    said = f"{done.stdout}\n{done.stderr}"
    if done.returncode == 0 and not list(target.glob("*.zip")):
        return
    cause = next((name for name, sign in _BY_TEXT.items() if re.search(sign, said, re.IGNORECASE)), None)
    cause = "partial" if cause is None and done.returncode == 0 else cause
    raise DownloadError(_sentence(card, cause, f"the kaggle command ended with {done.returncode}"))


def _cause(error: BaseException | None) -> str | None:
    """Return what is behind an exception, or behind the one it came from."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return "disk"
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in _BY_STATUS:
            return _BY_STATUS[status]
        named = [_BY_NAME[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _BY_NAME]
        if named:
            return named[0]
        if re.search(r"unsupported archive|archive type", str(error), re.IGNORECASE):
            return "partial"
        error = error.__cause__ or error.__context__
    return None


def _sentence(card: Card, cause: str | None, otherwise: str) -> str:
    advice = "Run the same again, or get it by hand: {source}." if cause is None else _CAUSES[cause]
    reason = f" ({otherwise})" if cause is None else ""
    told = advice.format(source=card.source, handle=card.kaggle)
    return f"{card.name} could not be downloaded{reason}. {told}"
