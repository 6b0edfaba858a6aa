"""Models that are kept."""

from leukfeat.scoring.artifact import image_pipeline, save_pipeline

__all__ = ["image_pipeline", "save_pipeline"]
