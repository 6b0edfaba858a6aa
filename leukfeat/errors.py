"""The exceptions leukfeat raises beyond the built-in ones."""

from pathlib import Path

__all__ = [
    "ConfigurationError",
    "ImageError",
    "LeukfeatError",
    "ManifestError",
    "ModelError",
    "WeightsError",
]


class LeukfeatError(Exception):
    """Base of every exception defined by leukfeat."""


class ConfigurationError(LeukfeatError, ValueError):
    """A call or a configuration that cannot work; the command line exits with 2."""


class ManifestError(ConfigurationError):
    """A manifest or feature table that breaks its schema; the message names the row."""


class WeightsError(ConfigurationError):
    """Weights of a network that are absent, damaged or cannot be used; the message says how to get them."""


class ModelError(ConfigurationError):
    """A model file that is absent, damaged, of other versions or not trusted; the message says what to do."""


class ImageError(LeukfeatError, ValueError):
    """An image that cannot be used.

    Parameters
    ----------
    reason : str
        What is wrong with it, in one sentence without the path.
    path : str or pathlib.Path, optional
        The file, where it is known.
    """

    def __init__(self, reason: str, path: str | Path | None = None) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return self.reason if self.path is None else f"{self.path}: {self.reason}"
