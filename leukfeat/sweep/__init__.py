"""Candidates, folds, the runner and the leaderboard."""

from leukfeat.sweep.candidates import CORE, Candidate, shortcuts
from leukfeat.sweep.classifier import CellClassifier
from leukfeat.sweep.leaderboard import build_leaderboard, scores_table
from leukfeat.sweep.ranking import ranking_scores
from leukfeat.sweep.runner import FoldResult, Refit, SweepData, fit_folds, refit
from leukfeat.sweep.steps import table_pipeline

__all__ = [
    "CORE",
    "Candidate",
    "CellClassifier",
    "FoldResult",
    "Refit",
    "SweepData",
    "build_leaderboard",
    "fit_folds",
    "ranking_scores",
    "refit",
    "scores_table",
    "shortcuts",
    "table_pipeline",
]
