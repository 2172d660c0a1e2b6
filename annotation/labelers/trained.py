"""A labeler that learns from the project's own answers: heads on frozen sentence embeddings, for each question."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotation.questions import Answers, Distribution, Question, is_asked, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from . import wording
from .base import Brief, Failure, InvalidConfig, ItemText, Prediction
from .heads import UnreadableHead
from .learners import LEAST_MARKED, learner_of, voices
from .similarity import embed

LOCAL = "local"


class Trained:
    """The registry's entry."""

    title = gettext_noop("Trained on your answers")
    description = gettext_noop(
        "Starts from the names of options and scales, and learns from every answer people give; spans "
        "once some are marked. Orders and free texts are left out."
    )
    judges = False
    learns = True

    def check_config(self, config: Mapping[str, Any]) -> None:
        # It always works with the bundled encoder, so naming that is no setting.
        if set(config) - {"llm"} or config.get("llm", LOCAL) != LOCAL:
            given = ", ".join(sorted(map(str, config)))[:200]
            raise InvalidConfig(_("A trained labeler has no settings; leave out %(given)s.") % {"given": given})

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """It leaves out orders and free texts: what they are about differs from item to item."""
        if not any(learner_of(question) for question in questions):
            raise InvalidConfig(
                _("A trained labeler learns options, ratings and spans; this project asks for none of them.")
            )

    def build(self, config: Mapping[str, Any], brief: Brief) -> TrainedLabeler:
        return TrainedLabeler(brief)


class TrainedLabeler:
    """Votes with the heads in `brief.learned`. Raises InvalidConfig where there are none for the brief's questions."""

    def __init__(self, brief: Brief) -> None:
        self.version = fingerprint(brief.learned)
        self._brief = brief
        try:
            self._voices = voices(brief)
        except UnreadableHead as error:
            raise InvalidConfig(_("%(error)s It has to be trained first.") % {"error": error}) from error
        if not self._voices:
            raise InvalidConfig(
                _(
                    "It learns spans from people alone, and has nothing to go by yet: it votes once people have "
                    "marked something in %(least_marked)s items."
                )
                % {"least_marked": LEAST_MARKED}
            )
        self._by_name = {question.name: question for question in brief.questions}

    @property
    def by_words(self) -> frozenset[str]:
        """The questions whose votes take another look at the text; its vector tells only what is worth asking."""
        return frozenset(voice.question.name for voice in self._voices if voice.learner.by_words)

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        """Without a vector, an item's text is embedded here."""
        started = time.perf_counter()
        vectors = vectors_of(items, self._brief.fields)
        votes = {
            voice.question.name: voice.learner.distributions(voice.question, voice.heads, items, vectors)
            for voice in self._voices
        }
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [
            self._predicted(item, {name: given[row] for name, given in votes.items()}, seconds)
            for row, item in enumerate(items)
        ]

    def probabilities(self, vectors: np.ndarray) -> dict[str, np.ndarray]:
        """[n, 384] → per question [n, k]: what the texts' vectors alone say of its options."""
        return {voice.question.name: voice.learner.shares(voice.heads, vectors) for voice in self._voices}

    def answers_of(self, votes: Mapping[str, Distribution], item: ItemText) -> tuple[Answers, float]:
        """The answers to those questions that they lead to, and how sure the least sure of them is."""
        answers: Answers = {}
        sure = 1.0
        for name, shares in votes.items():
            question = self._by_name[name]
            if is_asked(question, answers, self._by_name):
                fused = type_of(question).aggregate(question, [(shares, 1.0)], item.fields)
                answers[name] = fused.answer
                sure = min(sure, fused.posterior)
        return answers, sure

    def _predicted(self, item: ItemText, votes: Mapping[str, Distribution], seconds: float) -> Prediction | Failure:
        answers, sure = self.answers_of(votes, item)
        if not answers:
            return Failure(item.id, "None of the questions that it has learned is asked here.", "", False, 0)
        said = [
            wording.rationale(self._by_name[name], answer, votes[name], self._sure(name, votes[name], item))
            for name, answer in answers.items()
        ]
        return Prediction(
            item=item.id,
            answers=answers,
            distribution={name: votes[name] for name in answers},
            confidence=sure,
            rationale="; ".join(said),
            raw_reply="",
            tokens=0,
            seconds=seconds,
        )

    def _sure(self, name: str, shares: Distribution, item: ItemText) -> float:
        question = self._by_name[name]
        return type_of(question).aggregate(question, [(shares, 1.0)], item.fields).posterior


def fingerprint(learned: bytes) -> str:
    """The version of a labeler with these weights."""
    return hashlib.sha256(learned).hexdigest()[:16]


def vectors_of(items: Sequence[ItemText], fields: Sequence[Mapping[str, str]]) -> np.ndarray:
    """[n, 384] the items' stored vectors; what has none is embedded."""
    missing = [row for row, item in enumerate(items) if item.vector is None]
    made = embed([wording.item_text(items[row], fields) for row in missing]) if missing else np.zeros((0, 0))
    fresh = dict(zip(missing, made, strict=True))
    rows = [fresh[row] if item.vector is None else item.vector for row, item in enumerate(items)]
    return np.asarray(rows, dtype=np.float32)
