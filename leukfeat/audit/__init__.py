"""The audit before fitting: what is the same, and whether it lies on several sides."""

from leukfeat.audit.duplicates import Duplicates, find_duplicates
from leukfeat.audit.findings import Finding
from leukfeat.audit.images import ImageAudit, audit_images
from leukfeat.audit.merging import merge_leaks
from leukfeat.audit.report import Audit, audit_manifest

__all__ = [
    "Audit",
    "Duplicates",
    "Finding",
    "ImageAudit",
    "audit_images",
    "audit_manifest",
    "find_duplicates",
    "merge_leaks",
]
