"""Rounds, each written by a model that was fine-tuned on what the one before had to teach."""

from __future__ import annotations

from annotation.questions.speech import gettext_noop

from .base import Parameter

ROUNDS = Parameter(
    "rounds",
    gettext_noop("Rounds"),
    "integer",
    2,
    gettext_noop("Before each further one the model that writes is fine-tuned: only that of this machine can be."),
    low=1,
    high=10,
)
EPOCHS = Parameter("epochs", gettext_noop("Epochs of each fine-tuning"), "integer", 2, low=1, high=10)
