"""From files to cells."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags

from leukfeat._validation import check_choice, check_int
from leukfeat.errors import ConfigurationError, ImageError
from leukfeat.imaging.compact import CompactCell, Picture, read_compact
from leukfeat.imaging.decode import Limits, decode, read_bytes
from leukfeat.imaging.framing import frame
from leukfeat.imaging.scene import SCENES, detect_scene
from leukfeat.imaging.segmentation import segment
from leukfeat.kernels.join_channels import join_channels

__all__ = ["LoadCells", "check_paths", "resolve_scene"]

_N_SCENE_IMAGES = 64


class LoadCells(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Image files to cells: decoded, framed as a square, resampled and segmented.

    Parameters
    ----------
    size : int, default=200
        Side of the frame in pixels, in [32, 1024].
    scene : {"auto", "masked", "cell", "field"}, default="auto"
        What the images show. `"masked"`: one cell on black, padded with black to a square. `"cell"`: one cell
        in the centre among red cells, cropped around the centre to the short side. `"field"`: a smear with
        many cells, its edges replicated to a square. `"auto"` lets `fit` decide from at most 64 images.
    limits : Limits, default=None
        Bytes and pixels above which a file is refused; None takes `Limits()`.

    Attributes
    ----------
    scene_ : str
        The scene that `fit` settled on.

    Raises
    ------
    leukfeat.errors.ImageError
        By `transform`, at the first file that cannot be used; it names the path.

    Notes
    -----
    Input: paths (list, array or Series of strings, or a frame with a column `path`). Output: uint8, shape
    (n_samples, size, size, 4): red, green, blue and the region (0 background, 128 cytoplasm, 255 nucleus).

    A compact copy that `leukfeat data convert` made is known by a text chunk in its PNG file. It brings its
    scene, and at its own size its region and scale, so that nothing is resampled or segmented; at another
    size it is framed and segmented anew. A larger size only enlarges it: nothing of the original comes back.
    """

    def __init__(self, size: int = 200, scene: str = "auto", limits: Limits | None = None) -> None:
        self.size = size
        self.scene = scene
        self.limits = limits

    def fit(self, X: Any, y: Any = None) -> Self:
        """Settle the scene.

        Parameters
        ----------
        X : sequence of str, or pandas.DataFrame with a column `path`
            Image files.
        y : object, default=None
            Ignored.

        Returns
        -------
        LoadCells
            Itself.
        """
        self._check_parameters()
        paths = check_paths("LoadCells", X)
        self.scene_ = self.scene if self.scene != "auto" else resolve_scene(paths, self.limits)
        return self

    def transform(self, X: Any) -> NDArray[np.uint8]:
        """Load the cells.

        Parameters
        ----------
        X : sequence of str, or pandas.DataFrame with a column `path`
            Image files.

        Returns
        -------
        numpy.ndarray of uint8, shape (n_samples, size, size, 4)
            Red, green, blue and region.
        """
        self._check_parameters()
        self._settled_scene()
        paths = check_paths("LoadCells", X)
        cells = np.empty((len(paths), self.size, self.size, 4), dtype=np.uint8)
        for index, path in enumerate(paths):
            self.segment(self.frame(self.decode(self.read(path), path))[0], out=cells[index])
        return cells

    def read(self, path: str | Path) -> bytes:
        """Read one file within the limits.

        Parameters
        ----------
        path : str or pathlib.Path
            An image file.

        Returns
        -------
        bytes
            Its content.
        """
        return read_bytes(path, self.limits or Limits())

    def decode(self, data: bytes, path: str | Path) -> Picture:
        """Decode one file's bytes.

        Parameters
        ----------
        data : bytes
            The file's content.
        path : str or pathlib.Path
            Its name, for the message.

        Returns
        -------
        numpy.ndarray of uint8, shape (height, width, 3), or CompactCell
            Red, green, blue; or what a compact copy holds.
        """
        try:
            limits = self.limits or Limits()
            compact = read_compact(data, limits.max_pixels)
            if compact is None:
                return decode(data, limits)
            self._check_scene(compact)
        except ImageError as error:
            raise ImageError(error.reason, path) from error
        return compact

    def cell(self, picture: Picture, size: int | None = None) -> tuple[NDArray[np.uint8], float]:
        """Frame and segment one decoded image.

        Parameters
        ----------
        picture : numpy.ndarray of uint8, shape (height, width, 3), or CompactCell
            As `decode` returns it.
        size : int, default=None
            Side of the frame in pixels; None takes `size` of the transformer.

        Returns
        -------
        cell : numpy.ndarray of uint8, shape (size, size, 4)
            Red, green, blue and region.
        scale : float
            Source pixels per frame pixel.
        """
        framed, scale = self.frame(picture, size)
        return self.segment(framed), scale

    def frame(self, picture: Picture, size: int | None = None) -> tuple[NDArray[np.uint8], float]:
        """Frame one decoded image, the first half of `cell`.

        Parameters
        ----------
        picture : numpy.ndarray of uint8, shape (height, width, 3), or CompactCell
            As `decode` returns it.
        size : int, default=None
            Side of the frame in pixels; None takes `size` of the transformer.

        Returns
        -------
        framed : numpy.ndarray of uint8, shape (size, size, 3) or (size, size, 4)
            Red, green, blue; of a compact copy of this size the region, too.
        scale : float
            Source pixels per frame pixel.
        """
        side = size or self.size
        if not isinstance(picture, CompactCell):
            return frame(picture, side, self._settled_scene())
        if len(picture.cell) == side:
            return picture.cell, picture.scale
        framed, scale = frame(picture.cell[..., :3], side, self._settled_scene())
        return framed, scale * picture.scale

    def segment(
        self, framed: NDArray[np.uint8], out: NDArray[np.uint8] | None = None, *, regions: bool = True
    ) -> NDArray[np.uint8]:
        """Segment one framed image, the second half of `cell`.

        Parameters
        ----------
        framed : numpy.ndarray of uint8, shape (size, size, 3) or (size, size, 4)
            As `frame` returns it.
        out : numpy.ndarray of uint8, shape (size, size, 4), default=None
            C-contiguous: where to put the cell; None makes a new array.
        regions : bool, default=True
            Whether the region is wanted; it is left at 0 if not.

        Returns
        -------
        numpy.ndarray of uint8, shape (size, size, 4)
            Red, green, blue and region.
        """
        cell = np.empty((*framed.shape[:2], 4), dtype=np.uint8) if out is None else out
        if framed.shape[2] == 4:
            cell[...] = framed
            return cell
        blank = np.zeros(framed.shape[:2], dtype=np.uint8)
        join_channels(framed, segment(framed, self._settled_scene()) if regions else blank, cell)
        return cell

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the channels of a cell.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        numpy.ndarray of object, shape (4,)
            `red`, `green`, `blue`, `region`.
        """
        return np.array(["red", "green", "blue", "region"], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept any setting; a four-dimensional array fits no table, so nothing changes.

        Parameters
        ----------
        transform : str, default=None
            Ignored.

        Returns
        -------
        LoadCells
            Itself.
        """
        return self

    def _check_parameters(self) -> None:
        check_int("LoadCells", "size", self.size, 32, 1024)
        check_choice("LoadCells", "scene", self.scene, ("auto", *SCENES))

    def _check_scene(self, compact: CompactCell) -> None:
        """Refuse a copy that was made for another scene, once the scene is settled."""
        scene = getattr(self, "scene_", self.scene)
        if scene not in ("auto", compact.scene):
            raise ImageError(
                f"a compact copy of scene {compact.scene!r} cannot be loaded as {scene!r}: name its scene, "
                "or convert the original again"
            )

    def _settled_scene(self) -> str:
        if hasattr(self, "scene_"):
            return str(self.scene_)
        if self.scene == "auto":
            raise NotFittedError("LoadCells(scene='auto') settles the scene in fit. Call fit first.")
        return self.scene

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = self.scene == "auto"
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return self.scene != "auto" or hasattr(self, "scene_")


def check_paths(owner: str, X: Any) -> list[str]:
    """Return image paths as a list of strings.

    Parameters
    ----------
    owner : str
        Who asks, for the message.
    X : sequence of str or path, array, pandas.Series, or pandas.DataFrame with a column `path`
        Image files.

    Returns
    -------
    list of str
        The same paths.

    Raises
    ------
    TypeError
        If `X` is one string, or holds anything but paths.
    """
    expected = f"{owner} expects image paths: a list, array or Series of strings, or a frame with 'path'."
    if isinstance(X, (str, bytes, Path)):
        raise TypeError(f"{expected} Got one path; put it into a list.")
    if hasattr(X, "columns"):
        if "path" not in X.columns:
            raise TypeError(f"{expected} Got a frame without a column 'path'.")
        X = X["path"]
    if not isinstance(X, Iterable) or getattr(X, "ndim", 1) != 1:
        raise TypeError(f"{expected} Got {type(X).__name__}.")
    paths = list(X)
    wrong = [type(item).__name__ for item in paths if not isinstance(item, (str, Path))]
    if wrong:
        raise TypeError(f"{expected} Got an element of type {wrong[0]}.")
    return [str(path) for path in paths]


def resolve_scene(paths: Sequence[str], limits: Limits | None = None) -> str:
    """Decide what images show, from at most 64 of them spread over the list.

    Parameters
    ----------
    paths : sequence of str
        Image files; those that cannot be read are passed over.
    limits : Limits, default=None
        Bytes and pixels above which a file is refused.

    Returns
    -------
    {"masked", "cell", "field"}
        The scene; that of compact copies, where there are any.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If not one of these files can be read, or compact copies have several scenes.
    """
    reasons = ["there are no paths"]
    declared: set[str] = set()
    images = _undeclared(_readable(_spread(paths), limits, reasons), declared)
    first = next(images, None)
    voted = None if first is None else detect_scene(chain([first], images))
    if len(declared) > 1:
        listed = " and ".join(sorted(declared))
        raise ConfigurationError(f"Compact copies of several scenes ({listed}) in one set. Keep them apart.")
    scene = next(iter(declared), voted)
    if scene is None:
        raise ConfigurationError(
            f"No image could be read to tell the scene ({reasons[-1]}). Check the paths, or name the scene."
        )
    return scene


def _spread(paths: Sequence[str]) -> list[str]:
    """Return at most 64 paths, evenly spread over the list."""
    if len(paths) <= _N_SCENE_IMAGES:
        return list(paths)
    return [paths[pick] for pick in np.linspace(0, len(paths) - 1, _N_SCENE_IMAGES).round().astype(int)]


def _readable(paths: Iterable[str], limits: Limits | None, reasons: list[str]) -> Iterator[Picture]:
    """Yield the images that can be read and append to `reasons` why others cannot."""
    loader = LoadCells(limits=limits)
    for path in paths:
        try:
            yield loader.decode(loader.read(path), path)
        except ImageError as error:
            reasons.append(str(error))


def _undeclared(pictures: Iterable[Picture], declared: set[str]) -> Iterator[NDArray[np.uint8]]:
    """Yield the images that do not say what they show and add to `declared` what compact copies say."""
    for picture in pictures:
        if isinstance(picture, CompactCell):
            declared.add(picture.scene)
        else:
            yield picture
