"""Several answers to one question become one by a rule that a reviewer names: no weights, no model of who answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median_low
from typing import Any

from annotation.questions import NO_FIELDS, Answer, Fields, InvalidAnswer, Question, Shape, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

Rule = Callable[[Question, Sequence[Answer], Fields], Answer]
Span = dict[str, Any]


def merged(question: Question, answers: Sequence[Answer], strategy: str, fields: Fields = NO_FIELDS) -> Answer:
    """The answers, of at least one annotator, as one; `fields` are the item's.

    Raises InvalidAnswer where the question has no such strategy, nobody answered, the rule leaves a tie, or what comes
    out is no answer to the question (two spans that must not overlap, more options than allowed).
    """
    rules = strategies_for(question)
    if strategy not in rules:
        raise InvalidAnswer(
            question.name,
            _("“%(title)s” is merged by one of %(names)s.") % {"title": question.title, "names": ", ".join(rules)},
        )
    if not answers:
        raise InvalidAnswer(question.name, _("Nobody has answered “%(title)s”.") % {"title": question.title})
    rule, _title = rules[strategy]
    return type_of(question).clean(question, rule(question, answers, fields), fields)


def strategies_for(question: Question) -> dict[str, tuple[Rule, str]]:
    """Name → (rule, title); which there are goes by the shape of the answers."""
    return STRATEGIES[type_of(question).shape]


def _majority(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    """What more of them say than anything else."""
    counted: list[tuple[Answer, int]] = []
    for answer in answers:
        if all(answer != other for other, _ in counted):
            counted.append((answer, answers.count(answer)))
    counted.sort(key=lambda pair: -pair[1])
    if len(counted) > 1 and counted[0][1] == counted[1][1]:
        raise InvalidAnswer(question.name, _("No answer to “%(title)s” has a majority.") % {"title": question.title})
    return counted[0][0]


def _by_type(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    """Part by part, as the type aggregates votes: options and spans of more than half, the order of pairs won, the
    text nearest to all others."""
    kind = type_of(question)
    return kind.aggregate(question, [(kind.vote(question, answer, None), 1.0) for answer in answers], fields).answer


def _middle(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return median_low(answers)


def _any_option(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return [value for value in question.values if any(value in answer for answer in answers)]


def _every_option(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return [value for value in question.values if all(value in answer for answer in answers)]


def _longest_text(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return max(answers, key=len)


def _shortest_text(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return min(answers, key=len)


def _spans_of_any(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    """Whatever somebody marked; where marks with one label touch, from the first beginning to the last end."""
    return [
        _span(group[0][1]["label"], min(each["start"] for _, each in group), max(each["end"] for _, each in group))
        for group in _groups(answers)
    ]


def _spans_of_all(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    """What everybody marked, as far as they marked it all."""
    kept = []
    for group in _groups(answers):
        if len({who for who, _ in group}) < len(answers):
            continue
        start, end = max(each["start"] for _, each in group), min(each["end"] for _, each in group)
        if start < end:
            kept.append(_span(group[0][1]["label"], start, end))
    return kept


def _longest_spans(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return _one_of_each(answers, max)


def _shortest_spans(question: Question, answers: Sequence[Answer], fields: Fields) -> Answer:
    return _one_of_each(answers, min)


def _one_of_each(answers: Sequence[Answer], best: Callable[..., Any]) -> list[Span]:
    """Where more than half marked something with one label, the longest or the shortest of their marks."""
    kept = []
    for group in _groups(answers):
        if 2 * len({who for who, _ in group}) > len(answers):
            _who, chosen = best(group, key=lambda pair: pair[1]["end"] - pair[1]["start"])
            kept.append(_span(chosen["label"], chosen["start"], chosen["end"]))
    return kept


def _groups(answers: Sequence[Answer]) -> list[list[tuple[int, Span]]]:
    """(annotator, span) of spans with one label that hang together, each overlapping another one of them."""
    every = [(who, span) for who, answer in enumerate(answers) for span in answer]
    every.sort(key=lambda pair: (pair[1]["label"], pair[1]["start"], pair[1]["end"]))
    groups: list[list[tuple[int, Span]]] = []
    reach = 0
    for who, span in every:
        if groups and groups[-1][0][1]["label"] == span["label"] and span["start"] < reach:
            groups[-1].append((who, span))
            reach = max(reach, span["end"])
        else:
            groups.append([(who, span)])
            reach = span["end"]
    return groups


def _span(label: str, start: int, end: int) -> Span:
    return {"start": start, "end": end, "label": label}


STRATEGIES: dict[Shape, dict[str, tuple[Rule, str]]] = {
    Shape.ONE: {"majority": (_majority, gettext_noop("Majority"))},
    Shape.SCALE: {"majority": (_majority, gettext_noop("Majority")), "median": (_middle, gettext_noop("Median"))},
    Shape.ANY: {
        "majority": (_by_type, gettext_noop("Majority of each")),
        "union": (_any_option, gettext_noop("All that anybody chose")),
        "intersection": (_every_option, gettext_noop("What everybody chose")),
    },
    Shape.MARKS: {
        "majority": (_by_type, gettext_noop("Majority of each")),
        "union": (_spans_of_any, gettext_noop("All that anybody marked")),
        "intersection": (_spans_of_all, gettext_noop("What everybody marked")),
        "longest": (_longest_spans, gettext_noop("Longest of each")),
        "shortest": (_shortest_spans, gettext_noop("Shortest of each")),
    },
    Shape.ORDER: {"median": (_by_type, gettext_noop("Pairs that most agree on"))},
    Shape.WRITTEN: {
        "median": (_by_type, gettext_noop("Nearest to all others")),
        "longest": (_longest_text, gettext_noop("Longest")),
        "shortest": (_shortest_text, gettext_noop("Shortest")),
    },
}
