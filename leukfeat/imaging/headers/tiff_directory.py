"""Image file directories of TIFF: tags and their integer values."""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from leukfeat.errors import ImageError
from leukfeat.imaging.headers.base import require_bytes

__all__ = ["Directory", "Flavour"]

_TAGS = {
    "ImageWidth": 256,
    "ImageLength": 257,
    "BitsPerSample": 258,
    "Compression": 259,
    "PhotometricInterpretation": 262,
    "FillOrder": 266,
    "StripOffsets": 273,
    "SamplesPerPixel": 277,
    "RowsPerStrip": 278,
    "StripByteCounts": 279,
    "PlanarConfiguration": 284,
    "Predictor": 317,
    "ColorMap": 320,
    "TileWidth": 322,
    "TileLength": 323,
    "TileOffsets": 324,
    "TileByteCounts": 325,
    "SampleFormat": 339,
}
_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_WHAT = "TIFF directory"
_MAX_ENTRIES = 4096
_MAX_VALUES = 64


class Flavour(NamedTuple):
    """Byte order ('<' or '>') and width of positions (BigTIFF: 8 bytes instead of 4)."""

    byte_order: str
    big: bool


class Directory:
    """The tags of one page.

    Parameters
    ----------
    data : bytes
        The whole file.
    flavour : Flavour
        Byte order and width of positions.
    position : int
        Where the directory begins.

    Attributes
    ----------
    next : int
        Where the next page's directory begins; 0 after the last one.

    Raises
    ------
    leukfeat.errors.ImageError
        If the directory does not lie inside the file.
    """

    def __init__(self, data: bytes, flavour: Flavour, position: int) -> None:
        self._data = data
        self._order = flavour.byte_order
        count_layout = Struct(self._order + ("Q" if flavour.big else "H"))
        entry = Struct(self._order + ("HHQ8s" if flavour.big else "HHI4s"))
        self._pointer = Struct(self._order + ("Q" if flavour.big else "I"))
        require_bytes(data, position + count_layout.size, _WHAT)
        start, entries = position + count_layout.size, count_layout.unpack_from(data, position)[0]
        if entries > _MAX_ENTRIES:
            raise ImageError(f"broken TIFF: directory of {entries} tags")
        end = start + entries * entry.size
        require_bytes(data, end + self._pointer.size, _WHAT)
        self._inline = entry.size - self._pointer.size
        self._entries = {
            tag: (kind, count, start + index * entry.size)
            for index, (tag, kind, count, _) in enumerate(entry.iter_unpack(data[start:end]))
        }
        self.next: int = self._pointer.unpack_from(data, end)[0]

    def __contains__(self, name: str) -> bool:
        return _TAGS[name] in self._entries

    def integer(self, name: str, default: int | None = None) -> int:
        """Return the only, or the first, value of a tag.

        Parameters
        ----------
        name : str
            Name of the tag in the specification.
        default : int, optional
            The value of an absent tag.

        Returns
        -------
        int
            The value.

        Raises
        ------
        leukfeat.errors.ImageError
            As by `integers`.
        """
        values = self.integers(name, default=None if default is None else (default,))
        return values[0]

    def integers(
        self, name: str, expected: int | None = None, default: Sequence[int] | None = None
    ) -> tuple[int, ...]:
        """Return all values of a tag.

        Parameters
        ----------
        name : str
            Name of the tag in the specification.
        expected : int, optional
            How many values there must be; by default any number in [1, 64].
        default : sequence of int, optional
            The values of an absent tag.

        Returns
        -------
        tuple of int
            At least one value.

        Raises
        ------
        leukfeat.errors.ImageError
            If the tag is absent without a default, holds no unsigned integers, lies outside the file or has
            not the expected number of values.
        """
        if name not in self:
            if default is None:
                raise ImageError(f"broken TIFF: the {name} tag is missing")
            return tuple(default)
        kind, count, position = self._entries[_TAGS[name]]
        wanted: range | tuple[int] = range(1, _MAX_VALUES + 1) if expected is None else (expected,)
        if kind not in _CODES or count not in wanted:
            raise ImageError(f"broken TIFF: {name} holds {count} values of type {kind}")
        return self._read(position + self._inline, kind, count)

    def _read(self, position: int, kind: int, count: int) -> tuple[int, ...]:
        size = count * Struct(self._order + _CODES[kind]).size
        if size > self._pointer.size:
            position = self._pointer.unpack_from(self._data, position)[0]
        require_bytes(self._data, position + size, _WHAT)
        return Struct(f"{self._order}{count}{_CODES[kind]}").unpack_from(self._data, position)
