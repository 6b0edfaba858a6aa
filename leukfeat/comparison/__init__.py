"""The orchestrator: audit, extract, sweep, save, report."""

from leukfeat.comparison.leak_check import LeakCheck, leak_check
from leukfeat.comparison.run import Comparison, compare
from leukfeat.comparison.settings import Settings

__all__ = ["Comparison", "LeakCheck", "Settings", "compare", "leak_check"]
