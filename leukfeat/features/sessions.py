"""ONNX Runtime sessions: one per process and network, each on one thread."""

import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ConfigurationError, WeightsError
from leukfeat.features.cnn_extra import import_extra
from leukfeat.features.graph import cut_file
from leukfeat.features.weights import Weights

__all__ = ["DEVICES", "Session", "check_device", "open_session", "usable_devices"]

DEVICES = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ON_CUDA = 128  # a GPU is idle with few images
_SHARED = 16  # images that share one reading of weights that are larger than the caches by far
_LARGE = 200_000_000  # bytes: AlexNet and the VGGs, whose dense layers are read more than computed with
_TYPES: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_ERRORS_ONLY = 3
_opening = Lock()


@dataclass(frozen=True)
class Session:
    """A network, ready to run.

    Attributes
    ----------
    path : pathlib.Path
        The file of its weights.
    runtime : onnxruntime.InferenceSession
        Of the cut graph.
    width : int
        Length of an embedding.
    layout : {"nchw", "nhwc"}
        Of the input.
    size : int or None
        Side of the images that it takes; None for any.
    dtype : type
        Of the input.
    batch : int
        How many images are best given at once.
    """

    path: Path
    runtime: Any
    width: int
    layout: str
    size: int | None
    dtype: type[np.floating[Any]]
    batch: int

    def run(self, inputs: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Compute embeddings.

        Parameters
        ----------
        inputs : numpy.ndarray of dtype, shape (n, 3, size, size) or (n, size, size, 3)
            Standardised images; best `batch` of them.

        Returns
        -------
        numpy.ndarray of dtype, shape (n, width)
            One row each.

        Raises
        ------
        leukfeat.errors.WeightsError
            If the network cannot take them.
        """
        return _run(self.runtime, inputs, self.path)


def open_session(weights: Weights, layer: str, device: str, size: int | None = None) -> Session:
    """Open a network, or take the one that this process has open.

    Parameters
    ----------
    weights : Weights
        Its file.
    layer : str
        Where it ends, as in `leukfeat.features.graph.cut_graph`.
    device : {"cpu", "cuda"}
        Where it runs.
    size : int, default=None
        Side of the images that it will see, where it takes any; None takes that of its preprocessing.

    Returns
    -------
    Session
        Shared by all that ask for it in this process; it may run in several threads at once.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If ONNX Runtime is not installed, or has no such device.
    leukfeat.errors.WeightsError
        If the file is no network for images, or for none of this size.
    """
    with _opening:
        return _open(weights, layer, device, size or weights.preprocessing.size, os.getpid())


@lru_cache(maxsize=16)
def _open(weights: Weights, layer: str, device: str, size: int, process: int) -> Session:  # noqa: ARG001 - a fork opens anew
    onnxruntime = check_device(device)
    cut = cut_file(weights.path, layer)
    runtime = _start(onnxruntime, cut.model, device, weights)
    kind = runtime.get_inputs()[0].type
    if kind not in _TYPES:
        raise WeightsError(f"{weights.path} must take float32 or float16. It takes {kind}.")
    dtype = _TYPES[kind]
    shape = (cut.size or size,) * 2
    images = np.zeros((1, 3, *shape) if cut.layout == "nchw" else (1, *shape, 3), dtype=dtype)
    width = cut.width or _run(runtime, images, weights.path).shape[1]
    return Session(weights.path, runtime, width, cut.layout, cut.size, dtype, _batch(device, len(cut.model)))


def _batch(device: str, n_bytes: int) -> int:
    """Return how many images to give at once: to a processor one, which then stays in its cache."""
    if device == "cuda":
        return _ON_CUDA
    return _SHARED if n_bytes > _LARGE else 1


def check_device(device: str) -> Any:
    """Return ONNX Runtime if it is installed and has a device, or raise.

    Parameters
    ----------
    device : {"cpu", "cuda"}
        Where networks are to run.

    Returns
    -------
    module
        `onnxruntime`.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is not installed, or has no such device.
    """
    onnxruntime = import_extra("onnxruntime")
    if DEVICES[device] not in onnxruntime.get_available_providers():
        raise ConfigurationError(_no_device())
    return onnxruntime


def usable_devices() -> list[str]:
    """Return which devices ONNX Runtime was built for, of `DEVICES`; none where it is not installed."""
    if find_spec("onnxruntime") is None:
        return []
    providers = import_extra("onnxruntime").get_available_providers()
    return [device for device, provider in DEVICES.items() if provider in providers]


def _no_device() -> str:
    return (
        "ONNX Runtime finds no CUDA device. Install onnxruntime-gpu in place of onnxruntime and check the "
        "driver, or use device='cpu'."
    )


def _start(onnxruntime: Any, model: bytes, device: str, weights: Weights) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # processes and threads above it share out the images
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        runtime = onnxruntime.InferenceSession(model, options, providers=[DEVICES[device]])
    except Exception as error:  # the runtime's own exceptions have no common base that is public
        raise WeightsError(f"ONNX Runtime cannot run {weights.path}: {error}.") from error
    if DEVICES[device] not in runtime.get_providers():  # it falls back in silence
        raise ConfigurationError(_no_device())
    return runtime


def _run(runtime: Any, inputs: NDArray[np.floating[Any]], path: Path) -> NDArray[np.floating[Any]]:
    try:
        return np.asarray(runtime.run(None, {runtime.get_inputs()[0].name: inputs})[0])
    except Exception as error:  # as above
        side = inputs.shape[2]  # of both layouts
        raise WeightsError(
            f"ONNX Runtime cannot run {path} on images of {side} pixels: {error}. If it wants another size, "
            "say so by preprocessing={'size': …}."
        ) from error
