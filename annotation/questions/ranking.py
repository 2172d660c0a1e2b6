"""Options put in order, ties allowed; with two of them a pairwise preference."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from .base import NO_FIELDS, Answer, Distribution, Fields, Fused, InvalidAnswer, InvalidQuestion, Question, Shape
from .options import check_options, clean_option, listed, weighted_shares
from .replies import answer_in, answer_schema, reply_of
from .speech import gettext as _
from .speech import gettext_noop

MOST_RANKED = 20
BETTER, SAME = ">", "="


class Ranking:
    """Tiers of options, the best first: `[["a"], ["b", "c"]]`. A plain list of options is one without ties.

    An option that is called like one of the item's fields stands for what that field shows. `ties` (default true):
    whether two options may share a tier. Distributions have a key for each way a pair can turn out: “a>b”, “a=b”,
    “b>a”. Distance: the share of pairs that turn out otherwise, a tie against an order counting half (Kendall's τ).
    """

    name = "ranking"
    title = gettext_noop("Put in order")
    template = "questions/ranking.html"
    settings: Mapping[str, Any] = {"ties": True}
    lists_options = True
    exclusive = False
    shape = Shape.ORDER
    shuffled = True

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        check_options(question, most=MOST_RANKED)
        if not isinstance(question.settings["ties"], bool):
            raise InvalidQuestion(_("Question “%(name)s”: ties is true or false.") % {"name": question.name})
        if any(mark in option.value for option in question.options for mark in (BETTER, SAME)):
            raise InvalidQuestion(
                _("Question “%(name)s”: the options of a ranking hold neither “>” nor “=”.") % {"name": question.name}
            )
        return question

    def clean(self, question: Question, raw: object, fields: Fields) -> list[list[str]]:
        if not isinstance(raw, list | tuple):
            raise InvalidAnswer(
                question.name, _("Expected a list of options in order, got %(name)s.") % {"name": type(raw).__name__}
            )
        tiers = [
            [clean_option(question, each) for each in (tier if isinstance(tier, list | tuple) else [tier])]
            for tier in raw
        ]
        ranked = [value for tier in tiers for value in tier]
        if sorted(ranked) != sorted(question.values):
            raise InvalidAnswer(
                question.name, _("“%(title)s” ranks every option exactly once.") % {"title": question.title}
            )
        if not question.settings["ties"] and any(len(tier) > 1 for tier in tiers):
            raise InvalidAnswer(question.name, _("“%(title)s” admits no ties.") % {"title": question.title})
        return [[value for value in question.values if value in tier] for tier in tiers if tier]

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        """Either the whole order as JSON, or one JSON pair [option, place] for each option."""
        given = [value for value in posted if value]
        if not given:
            return None
        try:
            documents = [json.loads(value) for value in given]
            if len(given) == 1 and question.values and not isinstance(documents[0][-1], int):
                return documents[0]
            places: dict[int, list[str]] = {}
            for value, place in documents:
                places.setdefault(int(place), []).append(value)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, RecursionError) as error:
            raise InvalidAnswer(
                question.name, _("“%(title)s” could not be read.") % {"title": question.title}
            ) from error
        return [places[place] for place in sorted(places)]

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        """The best: what a preference is counted by. Nothing where several share the first place."""
        return tuple(answer[0]) if answer and len(answer[0]) == 1 else ()

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        one, other = _places(first), _places(second)
        pairs = list(combinations(sorted(set(one) & set(other)), 2))
        if not pairs:
            return 0.0 if one == other else 1.0
        apart = sum(abs(_sign(one[b] - one[a]) - _sign(other[b] - other[a])) / 2 for a, b in pairs)
        return apart / len(pairs)

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        return (
            dict(distribution)
            if distribution
            else {_outcome(a, b, _places(answer)): 1.0 for a, b in _pairs(question, answer)}
        )

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """Each pair goes as most of the weight says, a draw between outcomes being a tie; options stand in order of the
        pairs they win, a tie counting half (Copeland 1951). The whole is as sure as its least sure pair.
        """
        pairs = list(combinations(question.values, 2))
        shares = weighted_shares([key for a, b in pairs for key in _outcomes(a, b)], votes)
        points = dict.fromkeys(question.values, 0.0)
        for a, b in pairs:
            first, tie, second = (shares[key] for key in _outcomes(a, b))
            won = 1.0 if first > max(tie, second) else 0.0 if second > max(tie, first) else 0.5
            points[a] += won
            points[b] += 1 - won
        ranked = sorted(question.values, key=lambda value: -points[value])
        tiers: list[list[str]] = []
        for value in ranked:
            if tiers and question.settings["ties"] and points[tiers[-1][0]] == points[value]:
                tiers[-1].append(value)
            else:
                tiers.append([value])
        places = _places(tiers)
        return Fused(tiers, shares, min(shares[_outcome(a, b, places)] for a, b in pairs))

    def is_key(self, question: Question, key: str) -> bool:
        return any(key in _outcomes(a, b) for a, b in combinations(question.values, 2))

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        return next(found for a, b in combinations(question.values, 2) if key in (found := _outcomes(a, b)))

    def option_of(self, question: Question, key: str) -> str:
        return ""

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        return [[successors.get(value, value) for value in tier] for tier in answer]

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        mark = BETTER if BETTER in key else SAME
        return mark.join(successors.get(value, value) for value in key.split(mark))

    def holding(self, option: str) -> Any:
        return [[option]]

    def prompt(self, question: Question) -> str:
        ties = " Equally good ones share a place." if question.settings["ties"] else ""
        return f"{listed(question)}\nPut them in order, the best first.{ties}"

    def reply_schema(self, question: Question) -> dict[str, Any]:
        most = len(question.values) if question.settings["ties"] else 1
        tier = {"type": "array", "items": {"enum": list(question.values)}, "minItems": 1, "maxItems": most}
        return answer_schema({"type": "array", "items": tier, "minItems": 1, "maxItems": len(question.values)})

    def parse(self, question: Question, reply: str, fields: Fields) -> list[list[str]]:
        return self.clean(question, answer_in(question, reply), fields)

    def reply(self, question: Question, answer: Answer) -> str:
        return reply_of(answer)

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {f"{question.name}.{value}": str(place) for value, place in _places(answer).items()}

    def display(self, question: Question, answer: Answer) -> str:
        return " > ".join(" = ".join(question.option_title(value) for value in tier) for tier in answer)

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        """“A > B”, as an answer is shown."""
        mark = BETTER if BETTER in key else SAME
        return f" {mark} ".join(question.option_title(value) for value in key.split(mark))


def _places(tiers: Sequence[Sequence[str]]) -> dict[str, int]:
    """Option → its place, from 1; those that tie share one."""
    return {value: place for place, tier in enumerate(tiers, 1) for value in tier}


def _pairs(question: Question, answer: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The pairs of ranked options, each in the question's order."""
    places = _places(answer)
    return list(combinations([option.value for option in question.options if option.value in places], 2))


def _outcomes(a: str, b: str) -> tuple[str, str, str]:
    return f"{a}{BETTER}{b}", f"{a}{SAME}{b}", f"{b}{BETTER}{a}"


def _outcome(a: str, b: str, places: Mapping[str, int]) -> str:
    return _outcomes(a, b)[1 + _sign(places[a] - places[b])]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
