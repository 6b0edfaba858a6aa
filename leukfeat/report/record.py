"""What a run was: data, features, notes, versions and machine, as JSON holds it."""

import hashlib
import platform
from typing import Any

from leukfeat._workers import available_cores
from leukfeat.features import FeatureTable
from leukfeat.report.run_folder import Results
from leukfeat.scoring.versions import installed

__all__ = ["LIBRARIES", "data_hash", "describe_run", "machine", "versions"]

LIBRARIES = (
    "leukfeat",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scikit-image",
    "opencv-python-headless",
    "numba",
    "xgboost",
    "onnxruntime",
    "onnx",
    "lazypredict",
    "joblib",
    "matplotlib",
)


def describe_run(results: Results, table: FeatureTable, n_failed: int = 0) -> dict[str, Any]:
    """Describe what was compared, on what and with what.

    Parameters
    ----------
    results : Results
        What came out.
    table : FeatureTable
        The features that were compared on.
    n_failed : int, default=0
        Number of images that could not be used.

    Returns
    -------
    dict
        `notes`, `protocol`, `classes`, `positive`, `images` (numbers and digest of the labelled files),
        `features` (number of columns and how they were made), `warnings` of libraries and `methods` by
        model, `versions` and `machine`.
    """
    return {
        "notes": list(results.notes),
        "protocol": results.protocol,
        "classes": list(results.classes),
        "positive": results.positive,
        "images": {"used": len(table.frame), "failed": n_failed, "hash": data_hash(table)},
        "features": {"columns": len(table.feature_names), **table.metadata},
        "warnings": results.warnings,
        "methods": results.methods,
        "versions": versions(),
        "machine": machine(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that decide results.

    Returns
    -------
    dict of str to str
        By distribution; "not installed" for what is absent.
    """
    return {"python": platform.python_version(), **{name: installed(name) for name in LIBRARIES}}


def machine() -> dict[str, Any]:
    """Return what kind of machine this is.

    Returns
    -------
    dict
        `system`, `processor` and `cores` that this process may use.
    """
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": available_cores(),
    }


def data_hash(table: FeatureTable) -> str:
    """Return a digest of which files had which label, whatever their paths and order.

    Parameters
    ----------
    table : FeatureTable
        With the digests and labels of its files.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    pairs = sorted(zip(table.frame["sha256"], table.frame["label"], strict=True))
    return hashlib.sha256("\n".join(f"{digest} {label}" for digest, label in pairs).encode()).hexdigest()
