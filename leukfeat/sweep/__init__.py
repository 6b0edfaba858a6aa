"""Candidates, and the runner that fits them in every fold."""

from leukfeat.sweep.calibration import Calibration, cut_offs, fit_calibration
from leukfeat.sweep.candidates import CORE, Candidate, PerColumn, shortcuts
from leukfeat.sweep.classifier import CellClassifier
from leukfeat.sweep.data import SweepData
from leukfeat.sweep.find import find_candidates
from leukfeat.sweep.fold_result import FoldResult
from leukfeat.sweep.nested import NESTED, choose_in_each_fold
from leukfeat.sweep.ranking import ranking_method, ranking_scores
from leukfeat.sweep.runner import Interrupted, Refit, Runner, fit_folds, refit
from leukfeat.sweep.steps import table_pipeline
from leukfeat.sweep.store import TaskStore
from leukfeat.sweep.tuning import Tuning
from leukfeat.sweep.underway import Underway
from leukfeat.sweep.wide import LEFT_OUT, WIDE

__all__ = [
    "CORE",
    "LEFT_OUT",
    "NESTED",
    "WIDE",
    "Calibration",
    "Candidate",
    "CellClassifier",
    "FoldResult",
    "Interrupted",
    "PerColumn",
    "Refit",
    "Runner",
    "SweepData",
    "TaskStore",
    "Tuning",
    "Underway",
    "choose_in_each_fold",
    "cut_offs",
    "find_candidates",
    "fit_calibration",
    "fit_folds",
    "ranking_method",
    "ranking_scores",
    "refit",
    "shortcuts",
    "table_pipeline",
]
