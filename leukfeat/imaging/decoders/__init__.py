"""From the bytes of a checked file to its pixels, one module per format.

Each `decode` takes the file and its header, after `leukfeat.imaging.headers` has checked that the file is
complete, and returns RGB; what cannot be used raises `leukfeat.errors.ImageError`.
"""

__all__: list[str] = []
