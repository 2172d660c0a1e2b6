"""Spans where nobody marks: their text with what is marked in it, or a list of quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from annotation.questions import COLORS

from .fields import exact

register = template.Library()

LONGEST_MARKED = 20_000
LONGEST_TAG = 24
DEEPEST = 5
Span = Mapping[str, Any]


@register.filter
def or_color(color: str, position: int) -> str:
    """The option's own colour, or one by its place."""
    return color or COLORS[position % len(COLORS)]


@register.simple_tag
def marked_text(text: str, spans: Sequence[Span], options: Sequence[Mapping[str, Any]]) -> SafeString:
    """The text with its spans drawn as in the editor. The text must be the one that the spans quote."""
    looks = {option["value"]: (option["title"], or_color(option["color"], at)) for at, option in enumerate(options)}
    levels = _levels(spans)
    cuts = sorted({0, len(text), *(span["start"] for span in spans), *(span["end"] for span in spans)})
    drawn = []
    for start, end in pairwise(cuts):
        part = exact(text[start:end])
        covering = [at for at in levels if spans[at]["start"] <= start and end <= spans[at]["end"]]
        for at in sorted(covering, key=levels.__getitem__):
            part = _mark(part, spans[at], min(levels[at], DEEPEST), looks, start, end)
        drawn.append(part)
    return format_html_join("", "{}", ((part,) for part in drawn))


@register.filter
def can_be_marked(text: object, spans: object) -> bool:
    """Whether marked text can be shown: it is short enough, and it is what the spans quote."""
    return (
        isinstance(text, str)
        and isinstance(spans, list)
        and len(text) <= LONGEST_MARKED
        and all(text[span["start"] : span["end"]] == span["text"] for span in spans)
    )


@register.filter
def quotes(spans: Sequence[Span], options: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Spans as a list: [{title, color, text}]."""
    looks = {option["value"]: (option["title"], or_color(option["color"], at)) for at, option in enumerate(options)}
    for span in spans:
        title, color = looks.get(span["label"], (span["label"], "gray"))
        yield {"title": title, "color": color, "text": span["text"]}


def _mark(
    part: SafeString, span: Span, level: int, looks: Mapping[str, tuple[str, str]], start: int, end: int
) -> SafeString:
    title, color = looks.get(span["label"], (span["label"], "gray"))
    edges = (" starts" if start == span["start"] else "") + (" ends" if end == span["end"] else "")
    tag = format_html(' data-tag="{}"', Truncator(title).chars(LONGEST_TAG)) if end == span["end"] else ""
    return format_html('<mark class="span color-{} level-{}{}"{}>{}</mark>', color, level, edges, tag, part)


def _levels(spans: Sequence[Span]) -> dict[int, int]:
    """The line under the text that each span is drawn on: the shorter the nearer, and none on another's line."""
    levels: dict[int, int] = {}
    for at in sorted(range(len(spans)), key=lambda each: spans[each]["end"] - spans[each]["start"]):
        span = spans[at]
        taken = {
            level
            for other, level in levels.items()
            if spans[other]["start"] < span["end"] and span["start"] < spans[other]["end"]
        }
        levels[at] = next(level for level in range(len(spans)) if level not in taken)
    return levels
