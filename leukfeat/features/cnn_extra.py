"""The packages that networks need: those of `leukfeat[cnn]`."""

from importlib import import_module
from typing import Any

from leukfeat.errors import ConfigurationError

__all__ = ["import_extra"]


def import_extra(name: str) -> Any:
    """Import a module of onnx or ONNX Runtime.

    Parameters
    ----------
    name : str
        The module.

    Returns
    -------
    module
        Imported.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is not installed; the message says how to get it.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigurationError("FrozenCNN needs onnx and ONNX Runtime. Install leukfeat[cnn].") from error
