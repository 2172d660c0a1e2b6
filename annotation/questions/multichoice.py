"""Any number of several options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .base import NO_FIELDS, Answer, Distribution, Fields, Fused, InvalidAnswer, InvalidQuestion, Question, Shape
from .options import check_options, clean_option, listed, weighted_shares
from .replies import answer_in, answer_schema, reply_of
from .speech import gettext as _
from .speech import gettext_noop


class Multichoice:
    """A set of options, stored in the question's order; Jaccard distance. Each option is voted on by itself.

    `at_least` (default 1 where an answer is required, else 0) and `at_most` (0: as many as there are). With `at_least`
    0, “none of them” is an answer.
    """

    name = "multichoice"
    title = gettext_noop("Choose any")
    template = "questions/multichoice.html"
    settings: Mapping[str, Any] = {"at_least": None, "at_most": 0}
    lists_options = True
    exclusive = False
    shape = Shape.ANY
    shuffled = False

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        check_options(question)
        least, most = question.settings["at_least"], question.settings["at_most"]
        least = int(question.required) if least is None else least
        for key, number in (("at_least", least), ("at_most", most)):
            if type(number) is not int or not 0 <= number <= len(question.options):
                raise InvalidQuestion(
                    _("Question “%(name)s”: %(key)s is a number from 0 to the number of options.")
                    % {"name": question.name, "key": key}
                )
        if most and most < least:
            raise InvalidQuestion(_("Question “%(name)s”: at_most is less than at_least.") % {"name": question.name})
        return replace(question, settings={"at_least": least, "at_most": most})

    def clean(self, question: Question, raw: object, fields: Fields) -> list[str]:
        if not isinstance(raw, list | tuple):
            raise InvalidAnswer(
                question.name, _("Expected a list of options, got %(name)s.") % {"name": type(raw).__name__}
            )
        chosen = [clean_option(question, each) for each in raw]
        if len(set(chosen)) != len(chosen):
            raise InvalidAnswer(question.name, _("“%(title)s” has the same option twice.") % {"title": question.title})
        least, most = question.settings["at_least"], question.settings["at_most"]
        if len(chosen) < least:
            raise InvalidAnswer(
                question.name,
                _("Choose at least %(least)s of “%(title)s”.") % {"least": least, "title": question.title},
            )
        if most and len(chosen) > most:
            raise InvalidAnswer(
                question.name, _("Choose at most %(most)s of “%(title)s”.") % {"most": most, "title": question.title}
            )
        return [value for value in question.values if value in chosen]

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        """A form always posts one empty value beside the ticked ones: that none is ticked is an answer too."""
        chosen = [value for value in posted if value]
        return chosen if chosen or (posted and not question.settings["at_least"]) else None

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        return tuple(answer)

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        """1 − |A ∩ B| / |A ∪ B| (Jaccard 1901); two empty sets are the same."""
        one, other = set(first), set(second)
        return 1 - len(one & other) / len(one | other) if one | other else 0.0

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        return dict(distribution) if distribution else dict.fromkeys(answer, 1.0)

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """The options that more than half of the weight chose; where that is too few, those with the largest shares.

        The whole is as sure as its least sure option.
        """
        shares = weighted_shares(question.values, votes)
        ranked = sorted(question.values, key=lambda value: -shares[value])
        most = question.settings["at_most"] or len(ranked)
        count = min(max(sum(share > 0.5 for share in shares.values()), question.settings["at_least"]), most)
        chosen = set(ranked[:count])
        posterior = min(share if value in chosen else 1 - share for value, share in shares.items())
        return Fused([value for value in question.values if value in chosen], shares, posterior)

    def is_key(self, question: Question, key: str) -> bool:
        return key in question.values

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        return (key,)

    def option_of(self, question: Question, key: str) -> str:
        return key

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        return list(dict.fromkeys(successors.get(value, value) for value in answer))

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        return successors.get(key, key)

    def holding(self, option: str) -> Any:
        return [option]

    def prompt(self, question: Question) -> str:
        return f"{listed(question)}\nAny number of them can apply."

    def reply_schema(self, question: Question) -> dict[str, Any]:
        least, most = question.settings["at_least"], question.settings["at_most"] or len(question.values)
        return answer_schema(
            {"type": "array", "items": {"enum": list(question.values)}, "minItems": least, "maxItems": most}
        )

    def parse(self, question: Question, reply: str, fields: Fields) -> list[str]:
        return self.clean(question, answer_in(question, reply), fields)

    def reply(self, question: Question, answer: Answer) -> str:
        return reply_of(answer)

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {f"{question.name}.{value}": str(int(value in answer)) for value in question.values}

    def display(self, question: Question, answer: Answer) -> str:
        return ", ".join(question.option_title(value) for value in answer) or _("None")

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        return question.option_title(key)
