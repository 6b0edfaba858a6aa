"""How kernels are compiled, and when what was compiled before no longer counts."""

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["is_kept", "kernel"]

_LOG = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile a function when it is first called, and keep the machine code on disk.

    It runs without the interpreter's lock. No fast mathematics: the same input gives the same bits on every
    call.

    Parameters
    ----------
    function : callable
        In the part of Python and NumPy that numba compiles.

    Returns
    -------
    callable
        The same function, compiled.

    Notes
    -----
    A kernel holds the code of the kernels that it calls. Numba compiles it anew only when its own file has
    changed; here it is compiled anew when any kernel has. Where no folder can be written, nothing is kept: a
    warning says so once, and every process compiles anew.
    """
    try:
        dispatcher = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no folder to write to
        _warn_once()
        return cast(_Function, njit(nogil=True)(function))
    index = _index_of(dispatcher)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = _digest_of_kernels()
    return cast(_Function, dispatcher)


def is_kept(function: Callable[..., Any]) -> bool:
    """Tell whether the machine code of a kernel lies on disk.

    Parameters
    ----------
    function : callable
        A kernel.

    Returns
    -------
    bool
        Also true where that cannot be told.
    """
    index = _index_of(function)
    return bool(index._load_index()) if hasattr(index, "_load_index") else True


@cache
def _warn_once() -> None:
    advice = "Let NUMBA_CACHE_DIR name a folder that can be written."
    _LOG.warning("Compiled kernels cannot be kept, so that each process compiles for a minute. %s", advice)


def _index_of(dispatcher: Any) -> Any:
    """Return numba's index of what it keeps of a function; None where this numba has no such thing."""
    return getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)


@cache
def _digest_of_kernels() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()
