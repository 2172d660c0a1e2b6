"""The experiments that can be run. To add one: write its files, name it here."""

from __future__ import annotations

import importlib

from .base import Experiment, Value, Work
from .distill import DISTILL
from .eda import EDA
from .star import STAR

EXPERIMENTS: dict[str, Experiment] = {each.name: each for each in (EDA, DISTILL, STAR)}


def conduct(experiment: Experiment, work: Work) -> Value:
    """Run it to its end. Raises Unsuitable, ModelError, and whatever `work` raises when nobody wants it any more."""
    # Only here, and only now: who lists or shows experiments must not pay for torch.
    value: Value = importlib.import_module(experiment.running).run(work)
    return value
