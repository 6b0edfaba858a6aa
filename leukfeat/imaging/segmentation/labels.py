"""The three values of the region channel."""

__all__ = ["BACKGROUND", "CYTOPLASM", "NUCLEUS"]

BACKGROUND = 0
CYTOPLASM = 128
NUCLEUS = 255
