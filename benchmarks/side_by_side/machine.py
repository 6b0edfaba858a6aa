"""Where the figures come from: machine and versions."""

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "leukfeat",
    "numpy",
    "scipy",
    "numba",
    "opencv-python-headless",
    "scikit-image",
    "mahotas",
    "cp_measure",
    "scikit-learn",
)


def describe_machine() -> dict[str, object]:
    """Return processor, cores, Python and the versions of what is installed."""
    return {
        "processor": processor(),
        "cores": n_cores(),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version for name in PACKAGES if (version := installed(name)) is not None},
    }


def n_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return the model of the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    lines = cpuinfo.read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def installed(package: str) -> str | None:
    """Return the version of a package; None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
