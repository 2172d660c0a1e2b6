"""Put all of a project's questions to a model: one asker a question, one prediction an item."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotation.llms import LanguageModel, Prompt
from annotation.questions import Answers, Question, is_asked

from . import wording
from .asking import Asker, Subject, Wording
from .base import Brief, Failure, ItemText, Prediction
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


def ballots_on(
    askers: Sequence[Asker],
    items: Sequence[ItemText],
    subjects: Callable[[Question, Sequence[ItemText]], list[Subject]],
) -> list[list[Ballot | Spoilt | None]]:
    """Per item a result for each question, in order; None for one that its answers so far do not lead to.

    `subjects`: how items read to the model that is asked a question about them. What failed on one question is asked no
    other: half an annotation is none.
    """
    by_name = {asker.question.name: asker.question for asker in askers}
    given: list[Answers] = [{} for _ in items]
    results: list[list[Ballot | Spoilt | None]] = [[] for _ in items]
    for asker in askers:
        name = asker.question.name
        wanted = [
            row
            for row, answers in enumerate(given)
            if not any(isinstance(each, Spoilt) for each in results[row]) and is_asked(asker.question, answers, by_name)
        ]
        ballots = asker.ask(subjects(asker.question, [items[row] for row in wanted])) if wanted else []
        found: dict[int, Ballot | Spoilt] = dict(zip(wanted, ballots, strict=True))
        for row, answers in enumerate(given):
            ballot = found.get(row)
            results[row].append(ballot)
            if isinstance(ballot, Ballot):
                answers[name] = ballot.answer
    return results


def combined(
    item: int, questions: Sequence[Question], ballots: Sequence[Ballot | Spoilt | None]
) -> Prediction | Failure:
    """The answers to all questions that were asked, or the first failure."""
    tokens = sum(ballot.tokens for ballot in ballots if ballot)
    for question, ballot in zip(questions, ballots, strict=True):
        if isinstance(ballot, Spoilt):
            reason = f"{question.title}: {ballot.reason}"
            return Failure(item, reason, ballot.raw_reply, ballot.retryable, tokens, ballot.retry_after)
    asked = [
        (question, ballot) for question, ballot in zip(questions, ballots, strict=True) if isinstance(ballot, Ballot)
    ]
    rationale = "; ".join(
        wording.rationale(question, ballot.answer, ballot.distribution, ballot.confidence) for question, ballot in asked
    )
    rationale += wording.unread(min(ballot.read for _, ballot in asked))
    raw = asked[0][1].raw_reply if len(asked) == 1 else json.dumps({q.name: ballot.raw_reply for q, ballot in asked})
    return Prediction(
        item=item,
        answers={question.name: ballot.answer for question, ballot in asked},
        distribution={question.name: ballot.distribution for question, ballot in asked},
        confidence=min(ballot.confidence for _, ballot in asked),
        rationale=rationale,
        raw_reply=raw,
        tokens=tokens,
        seconds=0.0,
        entropy={question.name: ballot.entropy for question, ballot in asked if ballot.entropy is not None},
    )
