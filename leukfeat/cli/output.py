"""Whether results can be written, asked before there are any."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from leukfeat.errors import ConfigurationError

__all__ = ["require_writable"]


def require_writable(target: Path, folder: Path, check_options: Callable[[], object]) -> None:
    """Raise if something cannot be written where it is to be; nothing is left behind.

    Parameters
    ----------
    target : pathlib.Path
        What will be written, for the message.
    folder : pathlib.Path
        The folder that must be writable for it; need not exist.
    check_options : callable
        Raises where the call is wrong in other ways, too, which is told first; called only if it cannot be
        written.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it cannot be written.
    """
    if reason := _obstacle(folder.absolute()):
        check_options()
        raise ConfigurationError(f"{target} cannot be written: {reason}. Name another place to write to.")


def _obstacle(folder: Path) -> str:
    """Try the nearest folder that exists: what it is allowed to hold is not told by its permissions alone."""
    nearest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    try:
        with TemporaryDirectory(prefix=".leukfeat.", dir=nearest):
            return ""
    except OSError as error:
        return str(error.strerror)
