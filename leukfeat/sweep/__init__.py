"""Candidates, and the runner that fits them in every fold."""

from leukfeat.sweep.candidates import CORE, Candidate, shortcuts
from leukfeat.sweep.classifier import CellClassifier
from leukfeat.sweep.nested import NESTED, choose_in_each_fold
from leukfeat.sweep.ranking import ranking_scores
from leukfeat.sweep.runner import FoldResult, Refit, SweepData, fit_folds, refit
from leukfeat.sweep.steps import table_pipeline

__all__ = [
    "CORE",
    "NESTED",
    "Candidate",
    "CellClassifier",
    "FoldResult",
    "Refit",
    "SweepData",
    "choose_in_each_fold",
    "fit_folds",
    "ranking_scores",
    "refit",
    "shortcuts",
    "table_pipeline",
]
