"""What a feature column is."""

from dataclasses import dataclass

__all__ = ["FeatureSpec"]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One column of a feature table.

    Parameters
    ----------
    name : str
        `<family>_<measure>[_<region or channel>][_<parameters>][_<aggregate>]`, lower case.
    family : str
        The family that computes it.
    unit : str
        `"px"`, `"px^2"`, `"1"` (unitless), `"grey level"`, …
    length_power : int, default=0
        The power of a length in the value: 1 for lengths, 2 for areas, 0 for all else. A column in frame
        pixels times `scale ** length_power` is in source pixels.
    description : str, default=""
        What it measures, in one line.
    """

    name: str
    family: str
    unit: str
    length_power: int = 0
    description: str = ""
