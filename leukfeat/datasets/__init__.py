"""Who and what: manifests, data sets, synthetic cells."""

from leukfeat.datasets.folders import IMAGE_SUFFIXES, find_images, manifest_from_folders
from leukfeat.datasets.manifest import SPLITS, check_manifest, read_manifest, write_manifest

__all__ = [
    "IMAGE_SUFFIXES",
    "SPLITS",
    "check_manifest",
    "find_images",
    "manifest_from_folders",
    "read_manifest",
    "write_manifest",
]
