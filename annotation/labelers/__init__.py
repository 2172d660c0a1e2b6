"""Model annotators: a project's question and an item's text in, a prediction or a recorded failure out."""

from .base import Brief, Dispute, Failure, InvalidConfig, ItemText, Judge, Labeler, Prediction, Vote
from .registry import BENCHES, KINDS, build, check_config

__all__ = [
    "BENCHES",
    "KINDS",
    "Brief",
    "Dispute",
    "Failure",
    "InvalidConfig",
    "ItemText",
    "Judge",
    "Labeler",
    "Prediction",
    "Vote",
    "build",
    "check_config",
]
