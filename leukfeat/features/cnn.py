"""Embeddings: what a network trained on other pictures makes of a cell."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from leukfeat._validation import check_choice
from leukfeat.errors import WeightsError
from leukfeat.features.family import CellFamily
from leukfeat.features.graph import PENULTIMATE
from leukfeat.features.preprocessing import Preprocessing, adapt, standardise
from leukfeat.features.sessions import DEVICES, Session, check_device, open_session
from leukfeat.features.sight import around_cells, on_plain_ground, resized, turned
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.features.weights import Weights, locate

__all__ = ["FrozenCNN"]


class FrozenCNN(CellFamily):
    """The activations of a network that was trained on other pictures and is left as it is.

    Parameters
    ----------
    backbone : str or pathlib.Path
        A name that `leukfeat weights list` shows, the path of an ONNX file, or the name of one in the folder
        `LEUKFEAT_WEIGHTS`.
    layer : str, default="penultimate"
        The name of a tensor of the graph, or `"penultimate"`: an output that is not class logits, or else
        what goes into the layer that makes the classes. Four axes are averaged over the image.
    crop : {"frame", "cell"}, default="frame"
        What it sees: the whole frame, or the smallest square around all its cells, with a margin of a tenth
        on each side. Of fields `ImageFeatures` shows it the frame in any case.
    background : {"auto", "keep", "mean"}, default="auto"
        Whether all that is no cell is painted in the mean colour of the pictures that the network was trained
        on. `"auto"` is settled by `ImageFeatures`: `"mean"` for images of one cell, `"keep"` in fields. Given
        cells, whose scene it does not know, it keeps the background.
    views : {1, 8}, default=1
        How many turned and mirrored views of the image are averaged.
    device : {"cpu", "cuda"}, default="cpu"
        Where it runs.
    sha256 : str, default=None
        What the SHA-256 of the weights must be; None takes whatever `backbone` names. With it, the weights
        are found wherever they lie in `LEUKFEAT_WEIGHTS` or the cache, under any name.
    preprocessing : dict, default=None
        What differs from the preprocessing that the table of weights states, ImageNet's for a file that it
        does not know: `size` (pixels), `mean` and `std` (three numbers each, of red, green and blue),
        `scale` (what pixels are multiplied by first), `order` (`"rgb"` or `"bgr"`).

    Raises
    ------
    leukfeat.errors.WeightsError
        If the weights are not on this machine, or are no network for images. Nothing is downloaded unasked.
    leukfeat.errors.ConfigurationError
        If onnx and ONNX Runtime (`leukfeat[cnn]`) are not installed, or there is no such device.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4); images of another size than the network's are resampled.
    `ImageFeatures` frames the source image at the size that the network wants. Output: float32, shape
    (n_samples, width), columns `emb_<backbone>_<index>`, unitless. Rows do not depend on their batch to
    1e-5. With `crop="cell"` or `background="mean"` an image without a cell gives NaN; without either,
    regions are not looked at and nothing is NaN. An instance that was used and pickled takes the same
    weights where it is loaded, wherever they lie, and no others.

    References
    ----------
    .. [1] Razavian et al., 2014, :doi:`10.1109/CVPRW.2014.131`
    """

    family: ClassVar[str] = "emb"

    def __init__(
        self,
        backbone: str | Path,
        *,
        layer: str = PENULTIMATE,
        crop: str = "frame",
        background: str = "auto",
        views: int = 1,
        device: str = "cpu",
        sha256: str | None = None,
        preprocessing: Mapping[str, Any] | None = None,
    ) -> None:
        self.backbone = backbone
        self.layer = layer
        self.crop = crop
        self.background = background
        self.views = views
        self.device = device
        self.sha256 = sha256
        self.preprocessing = preprocessing

    @property
    def frame_size(self) -> int | None:  # type: ignore[override]
        """The side of the frame it wants, in pixels."""
        return self._preprocessing().size

    @property
    def reads_regions(self) -> bool:  # type: ignore[override]
        """Whether it has to know where the cells are."""
        return self.crop == "cell" or self.background == "mean"

    def for_scene(self, scene: str) -> CellFamily:
        """Settle what it sees of images of a scene.

        Parameters
        ----------
        scene : {"masked", "cell", "field"}
            What the images show.

        Returns
        -------
        FrozenCNN
            Itself, or a copy with `crop` and `background` settled.
        """
        field = scene == "field"
        changes = {"background": "keep" if field else "mean"} if self.background == "auto" else {}
        changes |= {"crop": "frame"} if field and self.crop == "cell" else {}
        return clone(self).set_params(**changes) if changes else self

    def provenance(self) -> dict[str, str]:
        """Say which weights decide its values.

        Returns
        -------
        dict of str to str
            `sha256` of their file.
        """
        return {"sha256": self._weights().sha256}

    def check_parameters(self) -> None:
        """Raise if a parameter is outside its range, or the weights are not on this machine."""
        owner = type(self).__name__
        check_choice(owner, "crop", self.crop, ("frame", "cell"))
        check_choice(owner, "background", self.background, ("auto", "keep", "mean"))
        check_choice(owner, "device", self.device, DEVICES)
        check_device(self.device)
        if self.views not in (1, 8) or isinstance(self.views, bool):
            raise ValueError(f"The 'views' parameter of {owner} must be 1 or 8. Got {self.views!r}.")
        self._preprocessing()

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            One for each channel of the layer.
        """
        return _specs(self._weights().name, self.layer, self._width())

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, width)
            NaN for an image without a cell, where cells are looked for.
        """
        session, cells = self._session(), views.cells
        rows = np.full((len(cells), session.width), np.nan)
        usable = self._usable(cells)
        if len(usable) < len(cells):
            rows[usable] = self._embed(cells[usable], session)
        else:
            rows[:] = self._embed(cells, session)
        return rows

    def _usable(self, cells: NDArray[np.uint8]) -> NDArray[np.intp]:
        """Return which images show what is to be seen."""
        if not self.reads_regions:
            return np.arange(len(cells))
        return np.flatnonzero((cells[..., 3] != 0).any(axis=(1, 2)))

    def _embed(self, cells: NDArray[np.uint8], session: Session) -> NDArray[np.float64]:
        """Compute the rows of images, as many at a time as suits the device."""
        preprocessing, plain = self._preprocessing(), self.background == "mean"
        rows = np.empty((len(cells), session.width))
        step = max(session.batch // self.views, 1)
        for start in range(0, len(cells), step):
            part = slice(start, start + step)
            images = turned(self._seen(cells[part], preprocessing), self.views)
            inputs = standardise(images, preprocessing, session.layout, session.dtype, plain=plain)
            each = session.run(inputs).reshape(-1, self.views, session.width)
            rows[part] = each.mean(axis=1, dtype=np.float64)
        return rows

    def _seen(self, cells: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
        """Return what the network sees, at its size; the ground is painted where the size changes."""
        size = preprocessing.size
        if self.crop == "frame" and cells.shape[1] == size:
            return cells
        return np.stack([resized(self._part(cell, preprocessing), size) for cell in cells])

    def _part(self, cell: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
        part = around_cells(cell) if self.crop == "cell" else cell
        return on_plain_ground(part, preprocessing.mean_colour) if self.background == "mean" else part

    def _weights(self) -> Weights:
        """Return the weights, looked for once; then these and no others."""
        wanted = str(self.backbone), self.sha256 or ""
        asked, found = getattr(self, "_found", (None, None))
        if found is None or asked != wanted:
            found = locate(*wanted)
        elif not found.untouched:
            found = locate(self.backbone, found.sha256)
        self._found: tuple[tuple[str, str], Weights] = wanted, found
        return found

    def _preprocessing(self) -> Preprocessing:
        weights, wanted = self._weights(), self._adapted()
        if weights.width is not None and wanted.size == weights.preprocessing.size:
            return wanted
        size = self._session().size
        if size is None or size == wanted.size:
            return wanted
        if self.preprocessing and "size" in self.preprocessing:
            raise ValueError(f"{weights.path} takes images of {size} pixels. Got size={wanted.size}.")
        return replace(wanted, size=size)

    def _adapted(self) -> Preprocessing:
        """Return what the table states and the parameter changes, whatever size the graph takes."""
        return adapt(type(self).__name__, self._weights().preprocessing, self.preprocessing)

    def _width(self) -> int:
        known = self._weights().width
        return known if known is not None and self.layer == PENULTIMATE else self._session().width

    def _session(self) -> Session:
        weights = self._weights()
        session = open_session(weights, self.layer, self.device, self._adapted().size)
        if self.layer == PENULTIMATE and weights.width not in (None, session.width):
            raise WeightsError(
                f"{weights.path} gives embeddings of length {session.width}; {weights.width} are expected. "
                "Name a tensor of the graph as layer."
            )
        return session


@lru_cache(maxsize=64)
def _specs(name: str, layer: str, width: int) -> tuple[FeatureSpec, ...]:
    return tuple(
        FeatureSpec(f"emb_{name}_{index:04d}", "emb", "1", 0, f"Activation {index} of {name}, {layer} layer.")
        for index in range(width)
    )
