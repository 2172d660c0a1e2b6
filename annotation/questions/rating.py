"""A whole number on a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .base import (
    NO_FIELDS,
    Answer,
    Distribution,
    Fields,
    Fused,
    InvalidAnswer,
    InvalidQuestion,
    Option,
    Question,
    Shape,
)
from .options import listed, normalised, weighted_shares
from .replies import answer_in, answer_schema, reply_of
from .speech import gettext as _
from .speech import gettext_noop

LONGEST_SCALE = 101


class Rating:
    """`min` to `max` (default 1 to 5), both included; `labels` says what some of the numbers mean.

    Interval distance; the numbers are the question's options.
    """

    name = "rating"
    title = gettext_noop("Rate on a scale")
    template = "questions/rating.html"
    settings: Mapping[str, Any] = {"min": 1, "max": 5, "labels": {}}
    lists_options = False
    exclusive = True
    shape = Shape.SCALE
    shuffled = False

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        low, high, labels = (question.settings[key] for key in ("min", "max", "labels"))
        if type(low) is not int or type(high) is not int or not low < high < low + LONGEST_SCALE or abs(low) > 10**6:
            raise InvalidQuestion(
                _("Question “%(name)s”: min and max are whole numbers, at most %(longest_scale)s apart.")
                % {"name": question.name, "longest_scale": LONGEST_SCALE - 1}
            )
        numbers = [str(number) for number in range(low, high + 1)]
        if not isinstance(labels, dict) or not all(
            number in numbers and isinstance(label, str) and len(label) <= 200 for number, label in labels.items()
        ):
            raise InvalidQuestion(
                _("Question “%(name)s”: labels is an object of number → what it means.") % {"name": question.name}
            )
        return replace(question, options=tuple(Option(each, each, labels.get(each, "")) for each in numbers))

    def clean(self, question: Question, raw: object, fields: Fields) -> int:
        text = str(raw) if type(raw) in (int, str) else ""
        if text not in question.values:
            low, high = question.values[0], question.values[-1]
            raise InvalidAnswer(
                question.name,
                _("“%(title)s” is a whole number from %(low)s to %(high)s.")
                % {"title": question.title, "low": low, "high": high},
            )
        return int(text)

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        return posted[0] if posted and posted[0] else None

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        return (str(answer),)

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        return abs(first - second) / (question.settings["max"] - question.settings["min"])

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        return dict(distribution) if distribution else {str(answer): 1.0}

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """The weighted median; between two numbers the lower one, which then has at most half of the weight."""
        shares = normalised(weighted_shares(question.values, votes))
        reached = 0.0
        for number, share in shares.items():
            reached += share
            if reached >= 0.5 - 1e-9:
                return Fused(int(number), shares, share)
        return Fused(question.settings["min"], shares, 0.0)

    def is_key(self, question: Question, key: str) -> bool:
        return key in question.values

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        return question.values

    def option_of(self, question: Question, key: str) -> str:
        return key

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        return answer

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        return key

    def holding(self, option: str) -> Any:
        return int(option)

    def prompt(self, question: Question) -> str:
        return listed(question)

    def reply_schema(self, question: Question) -> dict[str, Any]:
        return answer_schema({"enum": [int(value) for value in question.values]})

    def parse(self, question: Question, reply: str, fields: Fields) -> int:
        answer = answer_in(question, reply)
        if type(answer) is not int:
            raise InvalidAnswer(question.name, _("“%(title)s” is a whole number.") % {"title": question.title})
        return self.clean(question, answer, fields)

    def reply(self, question: Question, answer: Answer) -> str:
        return reply_of(answer)

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {question.name: str(answer)}

    def display(self, question: Question, answer: Answer) -> str:
        label = question.settings.get("labels", {}).get(str(answer))
        return f"{answer} ({label})" if label else str(answer)

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        return self.display(question, key)
