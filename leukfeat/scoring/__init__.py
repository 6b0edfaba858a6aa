"""Models that are kept, read back and trusted as far as they may be."""

from leukfeat.scoring.artifact import image_pipeline, save_model
from leukfeat.scoring.card import model_card
from leukfeat.scoring.conversion import convert_model
from leukfeat.scoring.domain import Domain, fit_domain
from leukfeat.scoring.evidence import Evidence
from leukfeat.scoring.facts import read_facts
from leukfeat.scoring.loading import Checked, check_model, load_model
from leukfeat.scoring.model import Model

__all__ = [
    "Checked",
    "Domain",
    "Evidence",
    "Model",
    "check_model",
    "convert_model",
    "fit_domain",
    "image_pipeline",
    "load_model",
    "model_card",
    "read_facts",
    "save_model",
]
