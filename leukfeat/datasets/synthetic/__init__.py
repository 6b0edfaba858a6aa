"""Synthetic Romanowsky-stained blood cells with known regions, classes and subjects."""

from leukfeat.datasets.synthetic.generate import CLASSES, SUBJECT_CLASSES, SyntheticImage, synthesize
from leukfeat.datasets.synthetic.scenes import SCENES
from leukfeat.datasets.synthetic.write import write_synthetic

__all__ = ["CLASSES", "SCENES", "SUBJECT_CLASSES", "SyntheticImage", "synthesize", "write_synthetic"]
