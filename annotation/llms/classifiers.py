"""Classification models that an administrator has named: the only ones a configuration can ask for."""

from __future__ import annotations

import importlib
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .base import Permanent

SETTING = "SYNTHWEB_CLASSIFIERS"
# Import strings: a web process that only lists names must not pay for torch.
TASKS = {
    "text-classification": "annotation.llms.classifying.TextClassifier",
    "zero-shot-classification": "annotation.llms.classifying.ZeroShotClassifier",
    "token-classification": "annotation.llms.tagging.TokenClassifier",
}

_loaded: dict[tuple[str, str, str], Any] = {}
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Shares:
    """What a classifier says of n texts."""

    probabilities: np.ndarray
    """[n, labels] rows sum to 1, unless several labels may hold."""
    tokens: np.ndarray
    """[n] tokens read per text."""
    read: np.ndarray
    """[n] share of the text that was read."""


class Classifier(Protocol):
    """One loaded model."""

    digest: str
    labels: tuple[str, ...]
    """The model's own; empty where it takes any."""

    def classify(
        self, texts: Sequence[str], labels: Sequence[str] = (), *, hypothesis: str = "", several: bool = False
    ) -> Shares:
        """Probabilities in the order of the model's labels, or of `labels` put into the hypothesis's “{}”.

        `several`: whether more than one of `labels` may hold.
        """


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a text that a tagger gives a label: half-open, in code points."""

    start: int
    end: int
    label: str
    probability: float


class Tagger(Protocol):
    """One loaded model that labels the words of a text."""

    digest: str
    labels: tuple[str, ...]
    """Those that it gives to stretches, without the marks of where one begins."""

    def tag(self, texts: Sequence[str]) -> list[tuple[list[Found], int, float]]:
        """Per text what was found, in order, the tokens read and the share of the text that was read."""


def classifier_names() -> tuple[str, ...]:
    """The names that a configuration may use. Raises Permanent where the setting cannot be read."""
    return tuple(_sources())


def get_classifier(task: str, name: str) -> Any:
    """The Classifier (or Tagger) that the administrator calls `name`, loaded once per process. Raises Permanent."""
    sources = _sources()
    if name not in sources:
        known = ", ".join(sources) or f"none, {SETTING} is empty"
        raise Permanent(f"There is no classifier “{name[:80]}”; known: {known}.")
    key = (task, name, sources[name])
    with _loading:
        if key not in _loaded:
            module, _, attribute = TASKS[task].rpartition(".")
            _loaded[key] = getattr(importlib.import_module(module), attribute)(sources[name])
        return _loaded[key]


def _sources() -> dict[str, str]:
    """Name → folder or hub id, from JSON or from `name=folder,name=folder`."""
    setting = os.environ.get(SETTING, "").strip()
    if not setting.startswith("{"):
        pairs = [pair.partition("=") for pair in setting.split(",") if pair.strip()]
        found: object = {name.strip(): source.strip() for name, _, source in pairs}
    else:
        try:
            found = json.loads(setting)
        except ValueError as error:
            raise Permanent(f"{SETTING} is not valid JSON: {error}") from error
    if not isinstance(found, dict) or not all(
        isinstance(source, str) and name and source for name, source in found.items()
    ):
        raise Permanent(f"{SETTING} is name=folder,name=folder or a JSON object of names and folders.")
    return found
