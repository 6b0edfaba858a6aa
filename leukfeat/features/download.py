"""Weights from the network, when somebody asks for them."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from leukfeat._tables import make_folder
from leukfeat.errors import ConfigurationError, WeightsError
from leukfeat.features.weights import download_folder, find_file, known_files, known_names
from leukfeat.features.weights_table import WeightsFile

__all__ = ["check_names", "fetch"]

_SECONDS_OF_SILENCE = 30.0
_CHUNK = 1 << 18


def fetch(name: str, progress: Callable[[int, int], None] | None = None) -> Path:
    """Download the weights of a network, unless they are on this machine.

    Parameters
    ----------
    name : str
        Of the table.
    progress : callable, default=None
        Called with the number of bytes that are there and their total.

    Returns
    -------
    pathlib.Path
        The file, in a folder of weights, its SHA-256 checked.

    Raises
    ------
    leukfeat.errors.WeightsError
        If the name is unknown, the file cannot be downloaded, or is not the one that the table knows. Nothing
        is left behind then.
    """
    check_names([name])
    entries = known_files(name)
    for entry in entries:
        path = find_file(entry)
        if path is not None:
            return path
    return _download(entries[0], progress)


def check_names(names: Iterable[str]) -> None:
    """Raise if a name is not one of the table.

    Parameters
    ----------
    names : iterable of str
        Of networks.

    Raises
    ------
    leukfeat.errors.WeightsError
        At the first that is not.
    """
    for name in names:
        if not known_files(name):
            raise WeightsError(f"Unknown weights {name!r}. Choose from: {known_names()}.")


def _download(entry: WeightsFile, progress: Callable[[int, int], None] | None) -> Path:
    folder = download_folder()
    if not entry.url:
        raise WeightsError(
            f"{entry.file} cannot be downloaded. Set LEUKFEAT_WEIGHTS to a folder that holds it."
        )
    make_folder(folder)
    free = shutil.disk_usage(folder).free
    if free < entry.n_bytes:
        raise WeightsError(
            f"{entry.file} needs {entry.n_bytes / 1e6:.1f} MB, and {folder} has {free / 1e6:.1f} MB left. "
            "Make room, or set LEUKFEAT_CACHE to another folder."
        )
    return _retrieve(entry, folder, _Progress(entry.n_bytes, progress))


def _retrieve(entry: WeightsFile, folder: Path, progress: "_Progress") -> Path:
    """Let pooch download to a temporary name, check the bytes and rename."""
    pooch, requests = _libraries()
    responses: list[Any] = []
    download = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=_CHUNK,
        timeout=_SECONDS_OF_SILENCE,
        hooks={"response": lambda response, **_: responses.append(response)},
    )
    pooch.get_logger().setLevel("WARNING")
    try:
        target = pooch.retrieve(entry.url, f"sha256:{entry.sha256}", entry.file, folder, downloader=download)
    except (requests.RequestException, ValueError) as error:  # the former is an OSError, too
        raise WeightsError(_advise(entry, folder, _reason(error, requests))) from error
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"{entry.file} cannot be written to {folder}: {reason}.") from error
    finally:
        for response in responses:  # pooch leaves it open when it is cut short
            response.close()
    path = Path(target)
    path.chmod(0o644)  # temporary files are their maker's alone
    return path


def _reason(error: Exception, requests: Any) -> str:
    if isinstance(error, requests.ConnectionError):
        return "there is no connection, or it broke off"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.RequestException):
        return str(error)
    return "what came is not that file, for its SHA-256 is another"


def _advise(entry: WeightsFile, folder: Path, reason: str) -> str:
    return (
        f"{entry.file} ({entry.n_bytes / 1e6:.1f} MB) could not be downloaded: {reason}. Try again, or get "
        f"{entry.url} elsewhere and put it into {folder} or a folder that LEUKFEAT_WEIGHTS names."
    )


def _libraries() -> tuple[Any, Any]:
    try:
        import pooch
        import requests
    except ImportError as error:
        raise ConfigurationError("Downloads need pooch. Install leukfeat[cnn].") from error
    return pooch, requests


class _Progress:
    """What pooch wants of a progress bar."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self.total = total
        self._expected = total
        self._progress = progress
        self._done = 0

    def update(self, n_bytes: int) -> None:
        self._done += n_bytes
        if self._progress is not None:
            self._progress(min(self._done, self._expected), self._expected)

    def reset(self) -> None:
        """Pooch starts anew to say that all is there."""
        self._done = 0

    def close(self) -> None:
        pass
