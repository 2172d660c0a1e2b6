"""One of several options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .base import NO_FIELDS, Answer, Distribution, Fields, Fused, Question, Shape
from .options import check_options, clean_option, listed, normalised, weighted_shares
from .replies import answer_in, answer_schema, reply_of
from .speech import gettext_noop


class Choice:
    """Exactly one option; nominal distance."""

    name = "choice"
    title = gettext_noop("Choose one")
    template = "questions/choice.html"
    settings: Mapping[str, Any] = {}
    lists_options = True
    exclusive = True
    shape = Shape.ONE
    shuffled = False

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        check_options(question)
        return question

    def clean(self, question: Question, raw: object, fields: Fields) -> str:
        return clean_option(question, raw)

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        return posted[0] if posted and posted[0] else None

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        return (answer,)

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        return 0.0 if first == second else 1.0

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        return dict(distribution) if distribution else {answer: 1.0}

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """Weighted share per option. A tie goes to the option that comes first in the question: fair because
        the posterior of a tie is at most ½, so policy never settles it without a person."""
        shares = normalised(weighted_shares(question.values, votes))
        answer = max(shares, key=shares.__getitem__)
        return Fused(answer, shares, shares[answer])

    def is_key(self, question: Question, key: str) -> bool:
        return key in question.values

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        return question.values

    def option_of(self, question: Question, key: str) -> str:
        return key

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        return successors.get(answer, answer)

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        return successors.get(key, key)

    def holding(self, option: str) -> Any:
        return option

    def prompt(self, question: Question) -> str:
        return listed(question)

    def reply_schema(self, question: Question) -> dict[str, Any]:
        return answer_schema({"enum": list(question.values)})

    def parse(self, question: Question, reply: str, fields: Fields) -> str:
        return self.clean(question, answer_in(question, reply), fields)

    def reply(self, question: Question, answer: Answer) -> str:
        return reply_of(answer)

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {question.name: answer}

    def display(self, question: Question, answer: Answer) -> str:
        return question.option_title(answer)

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        return question.option_title(key)
