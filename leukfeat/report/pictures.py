"""Cells of a run folder as pictures that stand inside a page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

__all__ = ["Picture", "read_pictures"]

_SIDE, _QUALITY = 200, 85
_MOST = 48


@dataclass(frozen=True)
class Picture:
    """A cell that stands inside a page.

    Attributes
    ----------
    kind : str
        Why it is shown: `most wrong` or `least certain`.
    source : str
        The picture itself, as an address that holds its data.
    width, height : int
        In pixels.
    alt : str
        What it shows, in words.
    label, predicted : str
        True and predicted class.
    subject : str or None
        The patient, where it is known.
    confidence : float or None
        Of the predicted class.
    shown : str
        Name of the image's file.
    """

    kind: str
    source: str
    width: int
    height: int
    alt: str
    label: str
    predicted: str
    subject: str | None
    confidence: float | None
    shown: str


def read_pictures(thumbnails: Sequence[dict[str, Any]]) -> list[Picture]:
    """Read the cells that a run has kept.

    Parameters
    ----------
    thumbnails : sequence of dict
        As `leukfeat.report.summary.summarise` lists them.

    Returns
    -------
    list of Picture
        At most 48, compressed; a file that is not there, or is no picture, is left out.
    """
    return [picture for row in thumbnails[:_MOST] if (picture := _read(row)) is not None]


def _read(row: dict[str, Any]) -> Picture | None:
    try:
        data = np.frombuffer(Path(row["file"]).read_bytes(), dtype=np.uint8)
    except OSError:
        return None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        return None
    height, width = image.shape[:2]
    shrink = min(_SIDE / max(height, width), 1.0)
    size = max(round(width * shrink), 1), max(round(height * shrink), 1)
    if shrink < 1:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    name = Path(str(row["path"])).name
    return Picture(
        kind=str(row["kind"]),
        source="data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode(),
        width=size[0],
        height=size[1],
        alt=f"{row['kind']}: {name}, {row['label']}, predicted {row['predicted']}",
        label=str(row["label"]),
        predicted=str(row["predicted"]),
        subject=None if row["subject"] is None else str(row["subject"]),
        confidence=row["confidence"],
        shown=name,
    )
