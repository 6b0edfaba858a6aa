"""How much memory there is for this process, and what it gives back."""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["limits_above", "machine_memory", "return_freed_memory"]


def machine_memory() -> int:
    """Return the bytes of memory that this process may use: the machine's, or its control group's."""
    return min([int(psutil.virtual_memory().total), *_group_limits()])


def _group_limits() -> Iterator[int]:
    """Yield the memory limits of this process' control groups, version 2 and 1."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            yield from limits_above(Path("/sys/fs/cgroup"), path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from limits_above(Path("/sys/fs/cgroup/memory"), path, "memory.limit_in_bytes")


def limits_above(root: Path, path: str, name: str) -> Iterator[int]:
    """Yield the limits of a control group and of those that it lies in.

    Parameters
    ----------
    root : pathlib.Path
        Where groups lie.
    path : str
        The group's, below the root.
    name : str
        The file of a group that says its limit.

    Yields
    ------
    int
        Bytes.
    """
    own = root / path.lstrip("/")
    for folder in (own, *own.parents):
        if not folder.is_relative_to(root):
            return
        try:
            text = (folder / name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            yield int(text)


def return_freed_memory() -> None:
    """Give the system what was freed and the allocator holds for later, where it can be told to."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
