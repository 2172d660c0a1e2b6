"""A labeler that learns from the project's own answers: a head on frozen sentence embeddings, for each question."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import heads, wording
from .base import Brief, Failure, InvalidConfig, ItemText, Prediction
from .config import check_brief
from .similarity import embed

LOCAL = "local"


class Trained:
    """The registry's entry."""

    title = "Trained on your answers"
    description = "Starts from the options' names and descriptions, and learns from every answer people give."
    judges = False
    learns = True

    def check_config(self, config: Mapping[str, Any]) -> None:
        # It always works with the bundled encoder, so naming that is no setting.
        if set(config) - {"llm"} or config.get("llm", LOCAL) != LOCAL:
            given = ", ".join(sorted(map(str, config)))[:200]
            raise InvalidConfig(f"A trained labeler has no settings; leave out {given}.")

    def build(self, config: Mapping[str, Any], brief: Brief) -> TrainedLabeler:
        check_brief(brief)
        return TrainedLabeler(brief)


class TrainedLabeler:
    """Votes with the heads in `brief.learned`. Raises InvalidConfig where there are none for the brief's questions."""

    def __init__(self, brief: Brief) -> None:
        self.version = hashlib.sha256(brief.learned).hexdigest()[:16]
        self._brief = brief
        try:
            self._heads = heads.parse(brief.learned, [len(question.options) for question in brief.questions])
        except heads.UnreadableHead as error:
            raise InvalidConfig(f"{error} It has to be trained first.") from error

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        """Without a vector, an item's text is embedded here."""
        started = time.perf_counter()
        vectors = vectors_of(items, self._brief.fields)
        shares = self.probabilities(vectors)
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [self._predicted(item, [each[row] for each in shares], seconds) for row, item in enumerate(items)]

    def probabilities(self, vectors: np.ndarray) -> list[np.ndarray]:
        """[n, 384] → per question [n, k]."""
        return [head.probabilities(vectors) for head in self._heads]

    def _predicted(self, item: ItemText, shares: Sequence[np.ndarray], seconds: float) -> Prediction:
        asked = list(zip(self._brief.questions, shares, strict=True))
        distribution = {
            question.name: dict(zip(question.values, row.round(6).tolist(), strict=True)) for question, row in asked
        }
        return Prediction(
            item=item.id,
            answers={question.name: question.values[int(row.argmax())] for question, row in asked},
            distribution=distribution,
            confidence=min(float(row.max()) for row in shares),
            rationale="; ".join(wording.shares(question, distribution[question.name]) for question, _ in asked),
            raw_reply="",
            tokens=0,
            seconds=seconds,
        )


def vectors_of(items: Sequence[ItemText], fields: Sequence[Mapping[str, str]]) -> np.ndarray:
    """[n, 384] the items' stored vectors; what has none is embedded."""
    missing = [row for row, item in enumerate(items) if item.vector is None]
    made = embed([wording.item_text(items[row], fields) for row in missing]) if missing else np.zeros((0, 0))
    fresh = dict(zip(missing, made, strict=True))
    rows = [fresh[row] if item.vector is None else item.vector for row, item in enumerate(items)]
    return np.asarray(rows, dtype=np.float32)
