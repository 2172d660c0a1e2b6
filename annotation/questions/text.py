"""Free text: an answer, a correction, a rewrite."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz.distance import Levenshtein

from .base import NO_FIELDS, Answer, Distribution, Fields, Fused, InvalidAnswer, InvalidQuestion, Question, Shape
from .replies import answer_in, answer_schema, reply_of
from .speech import gettext as _
from .speech import gettext_noop, number

LONGEST = 100_000
SHOWN_CHARACTERS = 200
# PostgreSQL stores neither NUL nor half of a surrogate pair.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Text:
    """At most `max_length` characters (default 20,000). `field`: the item's field that is corrected or rewritten.

    Distance: edits per character of the longer text (Levenshtein 1966). The keys of a distribution are texts.
    """

    name = "text"
    title = gettext_noop("Write a text")
    template = "questions/text.html"
    settings: Mapping[str, Any] = {"field": "", "max_length": 20_000}
    lists_options = False
    exclusive = True
    shape = Shape.WRITTEN
    shuffled = False

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        field, most = question.settings["field"], question.settings["max_length"]
        if type(most) is not int or not 1 <= most <= LONGEST:
            raise InvalidQuestion(
                _("Question “%(name)s”: max_length is a number from 1 to %(longest)s.")
                % {"name": question.name, "longest": number(LONGEST)}
            )
        if not isinstance(field, str) or (
            field and fields is not None and field not in {each["name"] for each in fields}
        ):
            raise InvalidQuestion(
                _("Question “%(name)s”: the project has no field “%(field)s”.")
                % {"name": question.name, "field": str(field)[:80]}
            )
        return replace(question, options=())

    def clean(self, question: Question, raw: object, fields: Fields) -> str:
        if not isinstance(raw, str):
            raise InvalidAnswer(question.name, _("Expected text, got %(name)s.") % {"name": type(raw).__name__})
        most = question.settings["max_length"]
        if len(raw) > most:
            raise InvalidAnswer(
                question.name,
                _("“%(title)s” has %(count)s characters; at most %(most)s fit.")
                % {"title": question.title, "count": number(len(raw)), "most": number(most)},
            )
        if UNSTORABLE.search(raw):
            raise InvalidAnswer(
                question.name, _("“%(title)s” holds a character that cannot be stored.") % {"title": question.title}
            )
        if not raw.strip():
            raise InvalidAnswer(question.name, _("“%(title)s” needs an answer.") % {"title": question.title})
        return raw

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        """Browsers send a line's end as CR LF, whatever was typed."""
        text = posted[0].replace("\r\n", "\n") if posted else ""
        return text if text.strip() else None

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        return ()

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        return Levenshtein.normalized_distance(first, second)

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        return dict(distribution) if distribution else {answer: 1.0}

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """The medoid: the text that is nearest to all others by weight, the earliest of equals. It is as sure as the
        share of the weight that says the same but for white space."""
        shares: Distribution = {}
        for distribution, weight in votes:
            for text, share in distribution.items():
                shares[text] = shares.get(text, 0.0) + share * weight
        total = sum(shares.values()) or 1.0
        shares = {text: share / total for text, share in shares.items()}

        def cost(text: str) -> float:
            return sum(share * self.distance(question, text, other) for other, share in shares.items())

        answer = min(shares, key=cost)
        words = answer.split()
        return Fused(answer, shares, sum(share for text, share in shares.items() if text.split() == words))

    def is_key(self, question: Question, key: str) -> bool:
        return True

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        return (key,)

    def option_of(self, question: Question, key: str) -> str:
        return ""

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        return answer

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        return key

    def holding(self, option: str) -> Any:
        return option

    def prompt(self, question: Question) -> str:
        return "\n".join([question.title, *([question.description] if question.description else [])])

    def reply_schema(self, question: Question) -> dict[str, Any]:
        return answer_schema({"type": "string"})

    def parse(self, question: Question, reply: str, fields: Fields) -> str:
        return self.clean(question, answer_in(question, reply), fields)

    def reply(self, question: Question, answer: Answer) -> str:
        return reply_of(answer)

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {question.name: answer}

    def display(self, question: Question, answer: Answer) -> str:
        return str(answer)

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        return key if len(key) <= SHOWN_CHARACTERS else f"{key[:SHOWN_CHARACTERS]}…"
