"""Pictures of a few cells of a run, with their regions, as the program sees them."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat._tables import make_folder, paths_relative_to, replacing, write_parquet
from leukfeat.errors import ImageError
from leukfeat.imaging import LoadCells
from leukfeat.report.explore import outline_regions

__all__ = ["THUMBNAILS", "write_thumbnails"]

THUMBNAILS = "thumbnails"
_SIDE = 200
_COLUMNS = ["file", "path", "subject", "label", "predicted", "model", "kind", "confidence"]


def write_thumbnails(chosen: pd.DataFrame, load: LoadCells, folder: Path) -> tuple[str, ...]:
    """Write a picture of each cell, and a table of them; nothing where not one image can be read.

    Parameters
    ----------
    chosen : pandas.DataFrame
        As `leukfeat.report.remarkable.choose_cells` returns it.
    load : LoadCells
        How files become cells, its scene settled.
    folder : pathlib.Path
        Where the pictures, 00.png and so on, and `thumbnails.parquet` go.

    Returns
    -------
    tuple of str
        A sentence on images that cannot be read; none where all can.
    """
    rows: list[dict[Any, Any]] = []
    missing: list[str] = []
    for row in chosen.to_dict("records"):
        try:
            cell, _ = load.cell(load.decode(load.read(row["path"]), row["path"]))
        except (ImageError, OSError) as error:
            missing.append(str(error))
            continue
        name = f"{len(rows):02d}.png"
        _write_picture(_shrunk(cell), folder / name)
        rows.append({**row, "file": name})
    if rows:
        table = pd.DataFrame(rows, columns=_COLUMNS)
        table["path"] = paths_relative_to(folder.parent, table["path"])
        write_parquet(table, folder / f"{THUMBNAILS}.parquet")
    return _say(missing, len(chosen))


def _shrunk(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a cell of at most 200 pixels a side; its regions stay regions."""
    if len(cell) <= _SIDE:
        return cell
    size = (_SIDE, _SIDE)
    picture = cv2.resize(np.ascontiguousarray(cell[..., :3]), size, interpolation=cv2.INTER_AREA)
    region = cv2.resize(np.ascontiguousarray(cell[..., 3]), size, interpolation=cv2.INTER_NEAREST)
    return np.dstack([picture, region]).astype(np.uint8)


def _write_picture(cell: NDArray[np.uint8], path: Path) -> None:
    picture = np.ascontiguousarray(outline_regions(cell)[..., ::-1])
    written, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not written:
        raise OSError(f"{path} cannot be encoded as PNG.")
    make_folder(path.parent)
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def _say(missing: list[str], n_chosen: int) -> tuple[str, ...]:
    if not missing:
        return ()
    if len(missing) == n_chosen:
        return (f"No pictures of cells: no image could be read. The first: {missing[0]}",)
    return (f"Pictures of cells left out: {len(missing)} of {n_chosen}. The first: {missing[0]}",)
