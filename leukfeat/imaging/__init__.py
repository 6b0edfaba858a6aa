"""From files to cells."""

from leukfeat.imaging.compact import CompactCell, Picture
from leukfeat.imaging.decode import Limits
from leukfeat.imaging.load import LoadCells, check_paths, resolve_scene
from leukfeat.imaging.scene import SCENES

__all__ = ["SCENES", "CompactCell", "Limits", "LoadCells", "Picture", "check_paths", "resolve_scene"]
