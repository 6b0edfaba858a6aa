"""Who and what: manifests, data sets, synthetic cells."""

from leukfeat.datasets.adapter import Adapter
from leukfeat.datasets.card import Card
from leukfeat.datasets.download import DownloadError, fetch
from leukfeat.datasets.folders import IMAGE_SUFFIXES, find_images, manifest_from_folders
from leukfeat.datasets.known import ADAPTERS, DataSet, make_manifest
from leukfeat.datasets.manifest import SPLITS, check_manifest, read_manifest, write_manifest
from leukfeat.datasets.random_split import split_at_random
from leukfeat.datasets.registry import Registry, make_registry, read_registry, write_registry
from leukfeat.datasets.verifying import FileCheck, verify_files

__all__ = [
    "ADAPTERS",
    "IMAGE_SUFFIXES",
    "SPLITS",
    "Adapter",
    "Card",
    "DataSet",
    "DownloadError",
    "FileCheck",
    "Registry",
    "check_manifest",
    "fetch",
    "find_images",
    "make_manifest",
    "make_registry",
    "manifest_from_folders",
    "read_manifest",
    "read_registry",
    "split_at_random",
    "verify_files",
    "write_manifest",
    "write_registry",
]
