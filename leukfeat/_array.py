"""The only door to CuPy."""

import importlib.util
from typing import Any

__all__ = ["cuda_devices"]


def cuda_devices() -> list[str]:
    """Return the names of the CUDA devices that CuPy can use; empty without CuPy or without a device."""
    if importlib.util.find_spec("cupy") is None:
        return []
    import cupy

    try:
        count = cupy.cuda.runtime.getDeviceCount()
        return [_device_name(cupy, index) for index in range(count)]
    except cupy.cuda.runtime.CUDARuntimeError:
        return []


def _device_name(cupy: Any, index: int) -> str:
    name = cupy.cuda.runtime.getDeviceProperties(index)["name"]
    return name.decode() if isinstance(name, bytes) else str(name)
