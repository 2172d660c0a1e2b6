"""How an item's fields are laid out and how their text reaches the browser exactly as it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotation.questions import FIELD_TYPES

register = template.Library()

CARRIAGE_RETURN = format_html("&#{};", 13)
CHUNK_LENGTH, LONGEST_CHUNK = 2_000, 6_000
# Only before letters that never join what stands before them: no character that people see is cut.
LETTER = (
    r"(?=[0-9A-Za-z\u00c0-\u02af\u0391-\u03ff\u0410-\u044f\u05d0-\u05ea\u0621-\u063a"
    r"\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3])"
)
GAPS = (re.compile(f"(?:[.!?؟] |[。！？]){LETTER}"), re.compile(f" {LETTER}"))
# Who speaks on the right: the side of the machine that answers.
ANSWERING = ("assistant", "model", "bot", "ai", "agent")


@register.filter
def exact(text: object) -> SafeString:
    """Escaped so that the page holds every character: a bare carriage return would be read as a line feed."""
    return format_html_join(CARRIAGE_RETURN, "{}", ((part,) for part in str(text).split("\r")))


@register.filter
def chunks(text: object) -> list[str]:
    """Pieces of some thousand characters; joined they are the text. At least one.

    Each is a block on the page, so that the browser lays out only those in sight, and a change of one leaves the others
    alone. They end with a line; one that is too long is broken after a sentence, or a word, as at the end of a row.
    """
    whole, pieces, start = str(text), [], 0
    while (end := _end_of_chunk(whole, start)) < len(whole):
        pieces.append(whole[start:end])
        start = end
    return [*pieces, whole[start:]]


def _end_of_chunk(whole: str, start: int) -> int:
    least, most = start + CHUNK_LENGTH, start + LONGEST_CHUNK
    line = whole.find("\n", least) + 1 or len(whole)
    if line <= most:
        return line
    found = next((gap for pattern in GAPS if (gap := pattern.search(whole, least, most))), None)
    return found.end() if found else line


@register.filter
def field_template(field: Mapping[str, Any]) -> str:
    """The template that shows a field of this type; a chat or a table without a value shows as no text."""
    kind = field.get("type", "text")
    return f"fields/{kind if kind in FIELD_TYPES and field.get('value') else 'text'}.html"


@register.filter
def value_of(fields: Iterable[Mapping[str, Any]], name: str) -> Any:
    """The value of the field with this name; nothing where the item has none."""
    return next((field["value"] for field in fields if field["name"] == name), "")


@register.filter
def beside_spans(fields: Iterable[Mapping[str, Any]], questions: Iterable[Mapping[str, Any]]) -> list[Any]:
    """The fields that no question shows as the text to mark. A question that may stay hidden takes nothing away."""
    marked = {
        question["settings"].get("field")
        for question in questions or ()
        if question["template"] == "questions/spans.html" and not question["condition"]
    }
    return [field for field in fields if field["name"] not in marked]


@register.filter
def in_rows(fields: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Fields as rows: neighbouring responses share one, every other field has its own."""
    for together, group in groupby(fields, lambda field: field.get("type") == "response"):
        if together:
            yield list(group)
        else:
            yield from ([field] for field in group)


@register.filter
def side(turn: Mapping[str, str]) -> str:
    """Which side of a conversation a turn stands on: “end” for who answers, “middle” for instructions."""
    role = turn["role"].strip().lower()
    return "end" if role in ANSWERING else "middle" if role in ("system", "developer", "tool") else "start"


@register.filter
def turn_role(role: str) -> str:
    """“assistant” → “Assistant”; what is written in capitals already stays so."""
    role = role.strip()
    return role[:1].upper() + role[1:]


@register.filter
def titles(fields: Sequence[Mapping[str, Any]]) -> str:
    """“A, B and C”, for who cannot see that they stand side by side."""
    names = [str(field["title"]) for field in fields]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
