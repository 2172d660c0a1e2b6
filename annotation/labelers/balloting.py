"""Put all of a project's questions to a model: one asker a question, one prediction an item."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotation.llms import LanguageModel, Prompt
from annotation.questions import Question

from . import wording
from .asking import Asker, Subject, Wording
from .base import Brief, Failure, Prediction
from .perturbing import Variation, variations
from .pooling import Ballot, Spoilt


def wordings(config: Mapping[str, Any], brief: Brief, question: Question, extra: str) -> list[Wording]:
    """The ways in which the configuration has a question put. `extra`: instructions of one's own."""
    list_options, lead = bool(config.get("list_options")), (config.get("lead") or "").strip()

    def worded(variation: Variation) -> Wording:
        def scoring(subject: Subject) -> Prompt:
            return wording.scoring_prompt(
                brief,
                question,
                extra,
                subject.text,
                list_options=list_options,
                lead=lead,
                variation=variation,
                examples=subject.examples,
            )

        def replying(subject: Subject) -> Prompt:
            return wording.reply_prompt(
                brief, question, extra, subject.text, variation=variation, examples=subject.examples
            )

        return Wording(variation.name, scoring, replying)

    return [worded(variation) for variation in variations(config.get("perturbations", 0))]


def askers(
    model: LanguageModel,
    config: Mapping[str, Any],
    brief: Brief,
    extra: str,
    references: Callable[[Question], Sequence[Subject]],
) -> list[Asker]:
    """An asker for each question of the brief, worded as the configuration says. `extra`: instructions of one's own."""

    def asker(question: Question) -> Asker:
        return Asker(model, question, wordings(config, brief, question, extra), lambda: references(question))

    return [asker(question) for question in brief.questions]


def combined(item: int, questions: Sequence[Question], ballots: Sequence[Ballot | Spoilt]) -> Prediction | Failure:
    """The answers to all questions, or the first failure: half an annotation is none."""
    tokens = sum(ballot.tokens for ballot in ballots)
    for question, ballot in zip(questions, ballots, strict=True):
        if isinstance(ballot, Spoilt):
            reason = f"{question.title}: {ballot.reason}"
            return Failure(item, reason, ballot.raw_reply, ballot.retryable, tokens, ballot.retry_after)
    valid = [ballot for ballot in ballots if isinstance(ballot, Ballot)]
    asked = list(zip(questions, valid, strict=True))
    rationale = "; ".join(wording.shares(question, ballot.distribution) for question, ballot in asked)
    read = min(ballot.read for ballot in valid)
    if read < 1:
        rationale += f". Only the first {read:.0%} of the text was read.".replace("%", " %")
    raw = valid[0].raw_reply if len(valid) == 1 else json.dumps({q.name: ballot.raw_reply for q, ballot in asked})
    return Prediction(
        item=item,
        answers={question.name: ballot.answer for question, ballot in asked},
        distribution={question.name: ballot.distribution for question, ballot in asked},
        confidence=min(max(ballot.distribution.values()) for ballot in valid),
        rationale=rationale,
        raw_reply=raw,
        tokens=tokens,
        seconds=0.0,
        entropy={question.name: ballot.entropy for question, ballot in asked if ballot.entropy is not None},
    )
