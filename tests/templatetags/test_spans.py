"""Spans where nobody marks: the text is whole, every span is in it, and nothing in it is markup."""

from __future__ import annotations

from random import Random
from typing import Any

from django.template.loader import render_to_string

from annotation.templatetags.spans import LONGEST_MARKED, marked_text
from tests.scripts import hostile_text
from tests.templatetags.test_fields import Characters

OPTIONS = [{"value": "a", "title": "<Apple>", "color": "red"}, {"value": "b", "title": "Bean", "color": ""}]


def span(text: str, start: int, end: int, label: str = "a") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, "text": text[start:end]}


def shown(**context: Any) -> str:
    return render_to_string("components/spans_shown.html", {"options": OPTIONS, **context})


def test_marked_text_holds_the_text_to_the_character() -> None:
    random = Random(5)
    for _ in range(50):
        text = hostile_text(random, 20)
        ends = [sorted(random.sample(range(len(text) + 1), 2)) for _ in range(4) if text]
        spans = [span(text, start, end, random.choice("abc")) for start, end in ends]
        assert "".join(Characters(marked_text(text, spans, OPTIONS)).found) == text


def test_overlapping_spans_lie_on_lines_of_their_own_and_are_named_where_they_end() -> None:
    text = "one two three"
    drawn = marked_text(text, [span(text, 0, 7), span(text, 4, 7, "b"), span(text, 8, 13, "gone")], OPTIONS)
    assert 'class="span color-red level-1 starts"' in drawn
    assert 'class="span color-orange level-0 starts ends" data-tag="Bean"' in drawn
    assert 'data-tag="&lt;Apple&gt;"' in drawn
    assert 'class="span color-gray level-0 starts ends" data-tag="gone"' in drawn


def test_without_the_text_or_in_one_that_is_too_long_spans_are_quoted() -> None:
    text = "<b>one</b>"
    assert "spans-shown" in shown(spans=[span(text, 0, 3)], text=text)
    for other in (None, "another text", text + "x" * LONGEST_MARKED):
        page = shown(spans=[span(text, 0, 3)], text=other)
        assert "spans-quotes" in page
        assert "&lt;b&gt;" in page and "&lt;Apple&gt;" in page
    assert "Nothing is marked." in shown(spans=[])
