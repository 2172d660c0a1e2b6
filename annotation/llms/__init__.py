"""Language models: score options, generate text, embed. Importing this package loads no model and no torch."""

from .base import LanguageModel, ModelError, Permanent, Prompt, Reply, Retryable, Scores
from .endpoints import Endpoint
from .registry import BACK_ENDS, get_model, reach, tune

__all__ = [
    "BACK_ENDS",
    "Endpoint",
    "LanguageModel",
    "ModelError",
    "Permanent",
    "Prompt",
    "Reply",
    "Retryable",
    "Scores",
    "get_model",
    "reach",
    "tune",
]
