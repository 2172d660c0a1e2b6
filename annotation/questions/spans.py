"""Labelled stretches of a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from .base import NO_FIELDS, Answer, Distribution, Fields, Fused, InvalidAnswer, InvalidQuestion, Question, Shape
from .fields import PLAIN_TYPES
from .options import check_options, listed
from .replies import answer_in, answer_schema, reply_of
from .speech import gettext as _
from .speech import gettext_noop, number

MOST_SPANS = 5_000
SHOWN_CHARACTERS = 60
KEY = re.compile(r"(0|[1-9][0-9]{0,8}):([1-9][0-9]{0,8}):(.*)", re.DOTALL)

Span = dict[str, Any]
"""{start, end, label, text}: half-open, in Unicode code points of the stored text, with what it quotes."""


class Spans:
    """Spans of one field of the item, sorted; overlaps and nesting are allowed unless `overlap` is false.

    `field`: which of the item's fields (default: the first that is plain text). `tokens` (default true): whether
    selecting snaps to whole words. That there are none is an answer. Distribution keys are “start:end:label”.
    """

    name = "spans"
    title = gettext_noop("Mark spans")
    template = "questions/spans.html"
    settings: Mapping[str, Any] = {"field": "", "overlap": True, "tokens": True}
    lists_options = True
    exclusive = False
    shape = Shape.MARKS
    shuffled = False

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        check_options(question, least=1)
        settings = dict(question.settings)
        for key in ("overlap", "tokens"):
            if not isinstance(settings[key], bool):
                raise InvalidQuestion(
                    _("Question “%(name)s”: %(key)s is true or false.") % {"name": question.name, "key": key}
                )
        if fields is not None:
            plain = [each["name"] for each in fields if each["type"] in PLAIN_TYPES]
            if not plain:
                raise InvalidQuestion(
                    _("Question “%(name)s”: spans need a field of plain text.") % {"name": question.name}
                )
            settings["field"] = settings["field"] or plain[0]
            if settings["field"] not in plain:
                raise InvalidQuestion(
                    _("Question “%(name)s”: spans lie in one of %(names)s.")
                    % {"name": question.name, "names": ", ".join(plain)}
                )
        return replace(question, settings=settings)

    def clean(self, question: Question, raw: object, fields: Fields) -> list[Span]:
        if not isinstance(raw, list | tuple):
            raise InvalidAnswer(
                question.name, _("Expected a list of spans, got %(name)s.") % {"name": type(raw).__name__}
            )
        if len(raw) > MOST_SPANS:
            raise InvalidAnswer(
                question.name,
                _("“%(title)s” has %(count)s spans; at most %(most_spans)s fit.")
                % {"title": question.title, "count": number(len(raw)), "most_spans": number(MOST_SPANS)},
            )
        text = str(fields.get(question.settings["field"]) or "")
        spans = [_clean_span(question, each, place, text) for place, each in enumerate(raw, 1)]
        spans.sort(key=_order)
        for before, after in pairwise(spans):
            if before == after:
                raise InvalidAnswer(
                    question.name,
                    _("“%(after)s” is marked twice as %(label)s.") % {"after": _quote(after), "label": after["label"]},
                )
        if not question.settings["overlap"]:
            _refuse_overlaps(question, spans)
        return spans

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        """The page posts its spans as JSON."""
        if not posted or not posted[0]:
            return None
        try:
            return json.loads(posted[0])
        except (ValueError, RecursionError) as error:
            raise InvalidAnswer(
                question.name, _("“%(title)s” could not be read.") % {"title": question.title}
            ) from error

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        return tuple(dict.fromkeys(span["label"] for span in answer))

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        """1 − 2 Σ IoU / (|A| + |B|) over the best matches of spans with the same label."""
        if not first and not second:
            return 0.0
        # Ties go by what both spans have between them, so that it does not matter whose answer comes first.
        pairs = sorted(
            (
                (-_overlap(a, b), _edges(a, b), i, j)
                for i, a, j, b in _touching(first, second)
                if a["label"] == b["label"]
            )
        )
        left, right, matched = set(range(len(first))), set(range(len(second))), 0.0
        for share, _side, i, j in pairs:
            if i in left and j in right:
                left.remove(i)
                right.remove(j)
                matched -= share
        return 1 - 2 * matched / (len(first) + len(second))

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        if distribution:
            return dict(distribution)
        return {key_of(span): 1.0 for span in answer}

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """The spans that more than half of the weight marked exactly so; as sure as the least sure of all proposed.

        Without `overlap` people's cannot overlap, because every two of them share a vote; models' shares can, and then
        the larger share stays.
        """
        text = str(fields.get(question.settings["field"]) or "")
        weights: Distribution = {}
        for distribution, weight in votes:
            for key, share in distribution.items():
                if self.is_key(question, key) and (not fields or _span_of(key, text)["end"] <= len(text)):
                    weights[key] = weights.get(key, 0.0) + share * weight
        total = sum(weight for _, weight in votes) or 1.0
        shares = {key: weight / total for key, weight in weights.items()}
        kept: list[Span] = []
        for key in sorted(shares, key=lambda key: -shares[key]):
            span = _span_of(key, text)
            if shares[key] > 0.5 and (question.settings["overlap"] or not any(_overlap(span, each) for each in kept)):
                kept.append(span)
        sure = min((max(share, 1 - share) for share in shares.values()), default=1.0)
        return Fused(sorted(kept, key=_order), shares, sure)

    def is_key(self, question: Question, key: str) -> bool:
        parts = KEY.fullmatch(key)
        return parts is not None and int(parts[1]) < int(parts[2]) and parts[3] in question.values

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        return (key,)

    def option_of(self, question: Question, key: str) -> str:
        return key.split(":", 2)[2]

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        """Spans that two merged labels marked alike become one."""
        spans = {(span["start"], span["end"], successors.get(span["label"], span["label"])): span for span in answer}
        return sorted(({**span, "label": label} for (_, _, label), span in spans.items()), key=_order)

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        start, end, label = key.split(":", 2)
        return f"{start}:{end}:{successors.get(label, label)}"

    def holding(self, option: str) -> Any:
        return [{"label": option}]

    def prompt(self, question: Question) -> str:
        return f"{listed(question)}\nQuote every passage that is one of these, exactly as it stands in the text."

    def reply_schema(self, question: Question) -> dict[str, Any]:
        span = {
            "type": "object",
            "properties": {"text": {"type": "string"}, "label": {"enum": list(question.values)}},
            "required": ["text", "label"],
            "additionalProperties": False,
        }
        return answer_schema({"type": "array", "items": span})

    def parse(self, question: Question, reply: str, fields: Fields) -> list[Span]:
        """Models quote; the same quote again means its next occurrence. What is not in the text is refused."""
        raw = answer_in(question, reply)
        if not isinstance(raw, list):
            raise InvalidAnswer(question.name, _("The reply must be a list of spans."))
        text = str(fields.get(question.settings["field"]) or "")
        found: list[Span] = []
        after: dict[tuple[str, str], int] = {}
        for each in raw:
            if not isinstance(each, dict) or set(each) != {"text", "label"} or not isinstance(each["text"], str):
                raise InvalidAnswer(question.name, _("A span in the reply has a text and a label."))
            quoted = each["text"]
            start = text.find(quoted, after.get((quoted, str(each["label"])), 0)) if quoted else -1
            if start < 0:
                raise InvalidAnswer(
                    question.name, _("“%(quoted)s” is not in the text.") % {"quoted": quoted[:SHOWN_CHARACTERS]}
                )
            after[quoted, str(each["label"])] = start + len(quoted)
            found.append({"start": start, "end": start + len(quoted), "label": each["label"], "text": quoted})
        return self.clean(question, found, fields)

    def reply(self, question: Question, answer: Answer) -> str:
        return reply_of([{"text": span["text"], "label": span["label"]} for span in answer])

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {question.name: json.dumps(answer, ensure_ascii=False)}

    def display(self, question: Question, answer: Answer) -> str:
        return "; ".join(f"{question.option_title(span['label'])}: “{_quote(span)}”" for span in answer) or _("None")

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        span = _span_of(key, str(fields.get(question.settings["field"]) or ""))
        where = f"“{_quote(span)}”" if span["text"] else f"{span['start']}–{span['end']}"
        return f"{question.option_title(span['label'])}: {where}"


def key_of(span: Span) -> str:
    return f"{span['start']}:{span['end']}:{span['label']}"


def _span_of(key: str, text: str) -> Span:
    start, end, label = key.split(":", 2)
    return {"start": int(start), "end": int(end), "label": label, "text": text[int(start) : int(end)]}


def _order(span: Span) -> tuple[int, int, str]:
    return span["start"], -span["end"], span["label"]


def _clean_span(question: Question, raw: object, place: int, text: str) -> Span:
    if not isinstance(raw, Mapping) or not {"start", "end", "label"} <= set(raw) <= {"start", "end", "label", "text"}:
        raise InvalidAnswer(
            question.name, _("Span %(place)s is an object with start, end, label and text.") % {"place": place}
        )
    start, end, label = raw["start"], raw["end"], raw["label"]
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise InvalidAnswer(
            question.name,
            _("Span %(place)s must lie within the %(count)s characters of “%(field)s”.")
            % {"place": place, "count": number(len(text)), "field": question.settings["field"]},
        )
    if label not in question.values:
        raise InvalidAnswer(
            question.name,
            _("Span %(place)s: “%(label)s” is not a label of “%(title)s”.")
            % {"place": place, "label": str(label)[:80], "title": question.title},
        )
    quoted = text[start:end]
    if raw.get("text", quoted) != quoted:
        raise InvalidAnswer(
            question.name,
            _(
                "Span %(place)s quotes “%(text)s”, but characters %(start)s to %(end)s are “%(quoted)s”. "
                "Offsets count Unicode code points."
            )
            % {
                "place": place,
                "text": str(raw["text"])[:SHOWN_CHARACTERS],
                "start": start,
                "end": end,
                "quoted": quoted[:SHOWN_CHARACTERS],
            },
        )
    return {"start": start, "end": end, "label": label, "text": quoted}


def _refuse_overlaps(question: Question, spans: Sequence[Span]) -> None:
    for before, after in pairwise(spans):
        if after["start"] < before["end"]:
            raise InvalidAnswer(
                question.name,
                _("“%(before)s” and “%(after)s” overlap.") % {"before": _quote(before), "after": _quote(after)},
            )


def _touching(first: Sequence[Span], second: Sequence[Span]) -> Iterator[tuple[int, Span, int, Span]]:
    """Every two that have a character in common. Both are in order, so that most are never compared."""
    low = 0
    for i, a in enumerate(first):
        while low < len(second) and second[low]["end"] <= a["start"]:
            low += 1
        for j in range(low, len(second)):
            b = second[j]
            if b["start"] >= a["end"]:
                break
            if b["end"] > a["start"]:
                yield i, a, j, b


def _edges(a: Span, b: Span) -> tuple[int, int, int, int]:
    return min(a["start"], b["start"]), max(a["start"], b["start"]), min(a["end"], b["end"]), max(a["end"], b["end"])


def _overlap(a: Span, b: Span) -> float:
    """Intersection over union."""
    shared = min(a["end"], b["end"]) - max(a["start"], b["start"])
    return shared / (max(a["end"], b["end"]) - min(a["start"], b["start"])) if shared > 0 else 0.0


def _quote(span: Span) -> str:
    text = span["text"]
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
