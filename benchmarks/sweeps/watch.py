"""A process and those below it: their processor time, and the memory they take together."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_EVERY = 0.1
_EVERY_PAGE = 3.0  # seconds: adding up the pages of a large process takes some of its time
_MORE = 1.02
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1024**2
_TICKS = os.sysconf("SC_CLK_TCK")


def watch(command: Sequence[str], folder: Path) -> dict[str, float]:
    """Run Python with these arguments; return processor seconds and peak memory.

    Memory is the sum of the processes' proportional set sizes, in which a page that several share counts
    once. They are added up whenever the resident sizes, which are looked at ten times a second and cost
    nothing, are together higher than ever, and every few seconds.
    """
    cpu: dict[int, float] = {}
    peak = highest = looked = 0.0
    with subprocess.Popen([sys.executable, *command], cwd=folder) as process:
        while process.poll() is None:
            pids = (process.pid, *descendants(process.pid))
            resident = sum(map(resident_mb, pids))
            if resident > _MORE * highest or time.monotonic() - looked > _EVERY_PAGE:
                highest, looked = max(highest, resident), time.monotonic()
                peak = max(peak, sum(map(proportional_mb, pids)))
            for pid in pids:
                cpu[pid] = max(cpu.get(pid, 0.0), processor_seconds(pid))
            time.sleep(_EVERY)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return {"cpu_s": sum(cpu.values()), "peak_mb": peak}


def descendants(pid: int) -> list[int]:
    """List the processes below one."""
    children = [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]
    return [*children, *(below for child in children for below in descendants(child))]


def proportional_mb(pid: int) -> float:
    lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def resident_mb(pid: int) -> float:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE_MB if fields else 0.0


def processor_seconds(pid: int) -> float:
    """Return user and system time of a process; 0 when it has gone."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
