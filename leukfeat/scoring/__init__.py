"""Models that are kept, read back and trusted as far as they may be, and images scored with them in bulk."""

from leukfeat.scoring.artifact import image_pipeline, save_model
from leukfeat.scoring.batch import Scored, score_to_file
from leukfeat.scoring.card import model_card
from leukfeat.scoring.conversion import convert_model
from leukfeat.scoring.domain import Domain, fit_domain
from leukfeat.scoring.evidence import Evidence
from leukfeat.scoring.external import Evaluation, evaluate_scores, read_scores
from leukfeat.scoring.facts import read_facts
from leukfeat.scoring.loading import Checked, check_model, load_model
from leukfeat.scoring.model import Model
from leukfeat.scoring.quality import quality_flags, quality_limits
from leukfeat.scoring.scorer import Scorer

__all__ = [
    "Checked",
    "Domain",
    "Evaluation",
    "Evidence",
    "Model",
    "Scored",
    "Scorer",
    "check_model",
    "convert_model",
    "evaluate_scores",
    "fit_domain",
    "image_pipeline",
    "load_model",
    "model_card",
    "quality_flags",
    "quality_limits",
    "read_facts",
    "read_scores",
    "save_model",
    "score_to_file",
]
