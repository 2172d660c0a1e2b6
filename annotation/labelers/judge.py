"""A language model that rules on disputed items after reading the votes."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotation.llms import LanguageModel
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import gettext_noop

from . import wording
from .asking import Subject
from .balloting import askers, ballots_on, combined
from .base import Brief, Dispute, Failure, ItemText, Prediction, Vote
from .calibration import CONTENT_FREE
from .config import SCORING_KEYS, brief_for_model, check_keys, model_of, version_of
from .exemplars import is_answered

DUTY = "Readers disagree about the text. Weigh what they say against the text itself."


class Judged:
    """The registry's entry."""

    title = gettext_noop("Judge")
    description = gettext_noop(
        "Reads a disputed item with the votes on it, nameless and shuffled, and advises the reviewer."
    )
    judges = True
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        check_keys(config, SCORING_KEYS)

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """It reads votes of every type."""

    def build(self, config: Mapping[str, Any], brief: Brief) -> PromptedJudge:
        return PromptedJudge(model_of(config), config, brief)


class PromptedJudge:
    """One round: every question is asked once, with the votes on it in view."""

    def __init__(self, model: LanguageModel, config: Mapping[str, Any], brief: Brief) -> None:
        self.version = version_of("judge", wording.VERSION, model, config, brief)
        self._brief = brief = brief_for_model(config, brief)
        extra = f"{config.get('instructions') or ''}\n\n{DUTY}"
        self._askers = askers(
            model,
            config,
            brief,
            extra,
            lambda question: [Subject(undecided(question, text)) for text in CONTENT_FREE],
        )

    def judge(self, disputes: Sequence[Dispute]) -> list[Prediction | Failure]:
        started = time.perf_counter()
        questions = [asker.question for asker in self._askers]
        by_item = {dispute.item.id: dispute for dispute in disputes}

        def subjects(question: Question, items: Sequence[ItemText]) -> list[Subject]:
            return [Subject(self._text(by_item[item.id], question), (), item.fields) for item in items]

        ballots = ballots_on(self._askers, [dispute.item for dispute in disputes], subjects)
        results = [
            combined(dispute.item.id, questions, of_item) for dispute, of_item in zip(disputes, ballots, strict=True)
        ]
        seconds = (time.perf_counter() - started) / max(1, len(disputes))
        return [
            replace(result, seconds=seconds, rationale=f"After reading {len(dispute.votes)} votes: {result.rationale}")
            if isinstance(result, Prediction)
            else result
            for dispute, result in zip(disputes, results, strict=True)
        ]

    def _text(self, dispute: Dispute, question: Question) -> str:
        votes = [vote for vote in dispute.votes if is_answered(question, vote.answers, dispute.item.fields)]
        # Sorted before shuffling: the order in which rows came from the database must not matter.
        votes.sort(key=lambda vote: (json.dumps(vote.answers[question.name], sort_keys=True), vote.rationale))
        seed = hashlib.sha256(f"{dispute.item.id} {question.name}".encode()).digest()
        random.Random(seed).shuffle(votes)
        text = wording.fenced(wording.item_text(dispute.item, self._brief.fields))
        return wording.dispute_text(text, question, votes)


def undecided(question: Question, text: str) -> str:
    """A content-free text with one vote for every option: the bias left over is the model's own.

    Without votes where no option is a whole answer; such questions are not scored.
    """
    kind = type_of(question)
    values = question.values[: wording.MAX_VOTES] if kind.shape in (Shape.ONE, Shape.SCALE) else ()
    votes = [Vote({question.name: kind.aggregate(question, [({value: 1.0}, 1.0)]).answer}) for value in values]
    return wording.dispute_text(text, question, votes)
