"""From pixels to what a network was trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_choice, check_int, check_real
from leukfeat.kernels.standard_planes import standard_planes

__all__ = ["IMAGENET", "Preprocessing", "adapt", "standardise"]


@dataclass(frozen=True)
class Preprocessing:
    """What a network expects of its input: (pixel x scale - mean) / std, channel by channel.

    Parameters
    ----------
    size : int, default=224
        Side of the image in pixels.
    mean : tuple of float, default=(0.485, 0.456, 0.406)
        Of red, green and blue, after scaling.
    std : tuple of float, default=(0.229, 0.224, 0.225)
        Likewise.
    scale : float, default=1 / 255
        What pixels of [0, 255] are multiplied by.
    order : {"rgb", "bgr"}, default="rgb"
        The order in which the network takes the channels.
    """

    size: int = 224
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    scale: float = 1 / 255
    order: str = "rgb"

    @property
    def mean_colour(self) -> tuple[int, int, int]:
        """Red, green and blue of the pixel that comes closest to zero after standardisation."""
        levels = (min(max(round(value / self.scale), 0), 255) for value in self.mean)
        red, green, blue = levels
        return red, green, blue


IMAGENET = Preprocessing()


def adapt(owner: str, standard: Preprocessing, changes: Mapping[str, Any] | None) -> Preprocessing:
    """Return a preprocessing with some of its values replaced.

    Parameters
    ----------
    owner : str
        Who asks, for the message.
    standard : Preprocessing
        What holds where nothing is said.
    changes : mapping of str to object or None
        By field: `size`, `mean`, `std`, `scale`, `order`.

    Returns
    -------
    Preprocessing
        Checked.

    Raises
    ------
    TypeError
        If `changes` is no mapping, or a value is of the wrong type.
    ValueError
        If a field is unknown or a value is not allowed.
    """
    if changes is None:
        return standard
    known = [field.name for field in fields(Preprocessing)]
    if not isinstance(changes, Mapping):
        raise TypeError(f"The 'preprocessing' parameter of {owner} must be a dict. Got {changes!r}.")
    for name in changes:
        check_choice(owner, "preprocessing", name, known)
    values = {
        name: _CHECKS[name](owner, f"preprocessing[{name!r}]", value) for name, value in changes.items()
    }
    return replace(standard, **values)


def _check_size(owner: str, name: str, value: Any) -> int:
    return check_int(owner, name, value, 32, 1024)


def _check_scale(owner: str, name: str, value: Any) -> float:
    return _positive(owner, name, check_real(owner, name, value))


def _check_order(owner: str, name: str, value: Any) -> str:
    return check_choice(owner, name, value, ("rgb", "bgr"))


def _check_means(owner: str, name: str, value: Any) -> tuple[float, ...]:
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise ValueError(f"The {name!r} parameter of {owner} must be three numbers. Got {value!r}.")
    return tuple(check_real(owner, name, item) for item in value)


def _check_stds(owner: str, name: str, value: Any) -> tuple[float, ...]:
    return tuple(_positive(owner, name, item) for item in _check_means(owner, name, value))


def _positive(owner: str, name: str, value: float) -> float:
    if value <= 0.0:
        raise ValueError(f"The {name!r} parameter of {owner} must be above 0. Got {value!r}.")
    return value


_CHECKS: dict[str, Callable[[str, str, Any], Any]] = {
    "size": _check_size,
    "mean": _check_means,
    "std": _check_stds,
    "scale": _check_scale,
    "order": _check_order,
}


def standardise(
    images: NDArray[np.uint8],
    preprocessing: Preprocessing,
    layout: str,
    dtype: type[np.floating[Any]],
    *,
    plain: bool = False,
) -> NDArray[np.floating[Any]]:
    """Turn images into a network's input.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n, size, size, 4)
        Red, green, blue and region.
    preprocessing : Preprocessing
        Mean, standard deviation, scale and order; the size must be that of the images.
    layout : {"nchw", "nhwc"}
        Whether the channels come before the rows or last.
    dtype : type
        float32 or float16.
    plain : bool, default=False
        Whether what is no cell (region 0) becomes 0.0, the mean colour.

    Returns
    -------
    numpy.ndarray of dtype, shape (n, 3, size, size) or (n, size, size, 3)
        C-contiguous.
    """
    std = np.array(preprocessing.std)
    factors, offsets = preprocessing.scale / std, -np.array(preprocessing.mean) / std
    planes = standard_planes(
        np.require(images, requirements=("C", "W")),
        factors.astype(np.float32),
        offsets.astype(np.float32),
        plain,
    )
    planes = planes if preprocessing.order == "rgb" else planes[:, ::-1]
    inputs = planes if layout == "nchw" else planes.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(inputs, dtype=dtype)
