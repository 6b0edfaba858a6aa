"""cp_measure with its numba backend."""

from typing import Any, NamedTuple

import cp_measure
import numpy as np
from cp_measure.bulk import get_core_measurements
from numpy.typing import NDArray

from side_by_side.cells import Regions
from side_by_side.contenders import GLCM_D1, Peer

HU = tuple(f"HuMoment_{k}" for k in range(7))
FORM = (
    "Area",
    "PerimeterCrofton",
    "EquivalentDiameter",
    "MajorAxisLength",
    "MinorAxisLength",
    "Eccentricity",
    "Extent",
    "Solidity",
    "FormFactor",
    "MaxFeretDiameter",
    "MinFeretDiameter",
)


def accelerated() -> dict[str, Any]:
    """Return the measurements with numba where there is a numba version; labels are 1 … n already."""
    cp_measure.set_accelerator("numba")
    return get_core_measurements(sanitize=False)


CORE = accelerated()


class Inputs(NamedTuple):
    """Labels and grey in the smallest boxes, of the types that need no conversion."""

    cells: NDArray[np.int32]
    nuclei: NDArray[np.int32]
    nucleus: NDArray[np.int32]
    cytoplasm: NDArray[np.int32] | None
    grey: NDArray[np.uint8]
    nucleus_grey: NDArray[np.uint8]
    levels: NDArray[np.uint8]
    fraction: NDArray[np.float64]


def prepare(regions: Regions) -> Inputs:
    """Cut labels and grey to their boxes."""
    around_cells, around_nuclei = regions.cell_box, regions.nucleus_box
    grey = np.ascontiguousarray(regions.grey[around_nuclei])
    return Inputs(
        cells=np.ascontiguousarray(regions.cell_labels[around_cells]),
        nuclei=np.ascontiguousarray(regions.nucleus_labels[around_nuclei]),
        nucleus=regions.nucleus[around_nuclei].astype(np.int32),
        cytoplasm=regions.cytoplasm[around_cells].astype(np.int32) if regions.cytoplasm.any() else None,
        grey=np.ascontiguousarray(regions.grey[around_cells]),
        nucleus_grey=grey,
        levels=regions.levels,
        fraction=grey / 255,
    )


def shape(inputs: Inputs) -> NDArray[np.float64]:
    of_nuclei = sizes(inputs.nuclei, (*FORM, "EulerNumber", *HU), advanced=True)
    return np.concatenate([of_nuclei, sizes(inputs.cells, FORM, advanced=False)])


def sizes(labels: NDArray[np.int32], names: tuple[str, ...], *, advanced: bool) -> NDArray[np.float64]:
    """Medians over the objects; the Hu invariants come with the advanced measures."""
    measures = CORE["sizeshape"](labels, None, calculate_advanced=advanced) | CORE["feret"](labels, None)
    return np.median([measures[name] for name in names], axis=1)


def firstorder(inputs: Inputs) -> NDArray[np.float64]:
    of_nucleus = intensity(inputs.nucleus, inputs.nucleus_grey)
    return np.concatenate([of_nucleus, intensity(inputs.cytoplasm, inputs.grey)])


def intensity(mask: NDArray[np.int32] | None, grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Intensity without edges; NaN without pixels."""
    if mask is None:
        return np.full(16, np.nan)
    return np.concatenate(list(CORE["intensity"](mask, grey, edge_measurements=False).values()))


def glcm(inputs: Inputs) -> NDArray[np.float64]:
    return np.concatenate([texture(inputs, distance) for distance in (1, 2, 3)])


def glcm_d1(inputs: Inputs) -> NDArray[np.float64]:
    return texture(inputs, 1)


def texture(inputs: Inputs, distance: int) -> NDArray[np.float64]:
    """13 measures at each of four angles; the levels are made beforehand, so none are asked for."""
    measures = CORE["texture"](inputs.nucleus, inputs.levels, scale=distance, gray_levels=256)
    return np.concatenate(list(measures.values()))


def core(inputs: Inputs) -> NDArray[np.float64]:
    """All core measurements of the nuclei, as they are by default."""
    measures = [measure(inputs.nuclei, inputs.fraction) for measure in CORE.values()]
    return np.concatenate([np.median(list(part.values()), axis=1) for part in measures])


PEER = Peer(
    prepare=prepare,
    families={"shape": shape, "firstorder": firstorder, "glcm": glcm},
    texts={
        "shape": "`sizeshape` and `feret` of nuclei and cells in their boxes, the advanced measures (Hu) of "
        "nuclei only. No convexity, no enclosing circle",
        "firstorder": "`intensity` without edges of nucleus and cytoplasm: 16 columns each",
        "glcm": "`texture` of the nuclei's masked box, levels made beforehand: 13 measures at each of 4 "
        "angles",
    },
    extra={GLCM_D1: glcm_d1},
    own=core,
)
