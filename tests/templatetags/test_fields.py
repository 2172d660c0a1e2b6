"""Fields on a page: the text arrives to the character, long ones in pieces, and each where it belongs."""

from __future__ import annotations

from html.parser import HTMLParser
from random import Random
from typing import Any

import pytest
from django.template.loader import render_to_string

from annotation.templatetags.fields import chunks, exact, in_rows, side, titles
from tests.scripts import hostile_text


class Characters(HTMLParser):
    """What a page holds as text, after a browser has read every line end as a line feed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(page.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def shown(fields: list[dict[str, Any]], **context: Any) -> str:
    return render_to_string("components/item_fields.html", {"fields": fields, **context})


def field(name: str, kind: str, value: Any) -> dict[str, Any]:
    return {"name": name, "title": name.title(), "type": kind, "value": value}


def test_every_character_reaches_the_page_and_none_is_taken_for_markup() -> None:
    random = Random(3)
    for _ in range(100):
        text = hostile_text(random, 30)
        assert "".join(Characters(f"<p>{exact(text)}</p>").found) == text


def test_pieces_of_a_text_are_the_text_and_cut_no_line_where_they_need_not() -> None:
    random = Random(4)
    lines = "".join(hostile_text(random, 200) + "\n" for _ in range(40))
    assert "".join(chunks(lines)) == lines
    assert all(piece.endswith("\n") for piece in chunks(lines)[:-1])
    one_line = " ".join(hostile_text(random, 30).replace("\n", " ") + " Word" for _ in range(400))
    pieces = chunks(one_line)
    assert "".join(pieces) == one_line
    assert len(pieces) > 2
    assert all(piece.endswith(" ") for piece in pieces[:-1])
    assert chunks("") == [""]
    assert chunks("x" * 50_000) == ["x" * 50_000]


def test_each_type_of_field_is_shown_as_what_it_is() -> None:
    page = shown(
        [
            field("notes", "markdown", "**bold** <script>alert(1)</script>"),
            field("talk", "chat", [{"role": "user", "content": "<b>hi</b>"}, {"role": "assistant", "content": "yes"}]),
            field("one", "response", "first"),
            field("two", "response", "second"),
            field("facts", "table", {"columns": ["<i>city</i>"], "rows": [["Berlin"]]}),
            field("later", "chat", ""),
        ]
    )
    assert "<strong>bold</strong>" in page
    assert "<script>" not in page and "<b>hi" not in page and "<i>" not in page
    assert page.index('class="turn start"') < page.index('class="turn end"')
    assert 'aria-label="One and Two, side by side"' in page
    assert '<th scope="col" dir="auto">&lt;i&gt;city' in page


def test_a_text_that_spans_lie_in_is_left_to_their_question_unless_that_may_stay_hidden() -> None:
    fields = [field("text", "text", "Ada"), field("more", "text", "Babbage")]
    question = {"template": "questions/spans.html", "settings": {"field": "text"}, "condition": None}
    assert "Ada" not in shown(fields, questions=[question])
    assert "Babbage" in shown(fields, questions=[question])
    assert "Ada" in shown(fields, questions=[{**question, "condition": "something"}])
    assert "Ada" in shown(fields)
    assert shown(fields[:1], questions=[question]).strip() == ""


def test_only_neighbouring_responses_share_a_row() -> None:
    fields = [field(name, kind, "") for name, kind in (("a", "response"), ("b", "response"), ("c", "text"))]
    rows = [[each["name"] for each in row] for row in in_rows([*fields, *fields[:1]])]
    assert rows == [["a", "b"], ["c"], ["a"]]
    assert titles(fields) == "A, B and C"


@pytest.mark.parametrize(
    ("role", "place"), [("user", "start"), ("Assistant ", "end"), ("system", "middle"), ("Anna", "start")]
)
def test_who_answers_stands_at_the_end(role: str, place: str) -> None:
    assert side({"role": role, "content": ""}) == place
