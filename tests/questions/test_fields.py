"""What an item shows: every type of field takes what it can show, says what it cannot, and reads as plain text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.questions import FIELD_TYPES, InvalidField, as_text, as_texts
from tests.scripts import PIECES

TURNS = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes."}]
TABLE = {"columns": ["city", "people"], "rows": [["Berlin", "3"], ["Rome", ""]]}


@settings(max_examples=50)
@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(["text", "markdown", "response"]))
def test_plain_text_is_kept_to_the_character(text: str, kind: str) -> None:
    assert FIELD_TYPES[kind].clean(text) == text
    assert as_text(kind, text) == text


@pytest.mark.parametrize(
    ("kind", "raw", "stored", "text"),
    [
        ("text", 7, "7", "7"),
        ("text", None, "null", "null"),
        ("chat", TURNS, TURNS, "user: Hello?\n\nassistant: Yes."),
        ("chat", '[{"role": "user", "content": "a"}]', [{"role": "user", "content": "a"}], "user: a"),
        ("table", TABLE, TABLE, "city\tpeople\nBerlin\t3\nRome\t"),
        ("table", [{"city": "Berlin", "people": 3}, {"city": "Rome"}], TABLE, "city\tpeople\nBerlin\t3\nRome\t"),
        ("table", [["city", "people"], ["Berlin", 3], ["Rome", None]], TABLE, "city\tpeople\nBerlin\t3\nRome\t"),
    ],
)
def test_a_field_is_stored_as_it_is_shown_and_reads_as_text(kind: str, raw: Any, stored: Any, text: str) -> None:
    assert FIELD_TYPES[kind].clean(raw) == stored
    # What is stored is taken as it is.
    assert FIELD_TYPES[kind].clean(stored) == stored
    assert as_text(kind, stored) == text


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        ("text", ["a"], "a list"),
        ("text", {"a": 1}, "an object"),
        ("markdown", True, "true or false"),
        ("chat", "hello", "no JSON"),
        ("chat", "[" * 100_000, "no JSON"),
        ("chat", [], "1 to 1,000 turns"),
        ("chat", [{"role": "user"}], "turn 1"),
        ("chat", [*TURNS, {"role": " ", "content": "a"}], "turn 3"),
        ("table", "x", "no JSON"),
        ("table", [], "a table"),
        ("table", {"columns": [], "rows": []}, "columns"),
        ("table", {"columns": ["a"], "rows": [["b"], ["c", "d"]]}, "row 2 must have 1 cells"),
        ("table", [["a"] * 200] * 101, "20,000 cells"),
    ],
)
def test_what_a_field_cannot_show_is_refused_with_the_reason(kind: str, raw: Any, words: str) -> None:
    with pytest.raises(InvalidField, match=words):
        FIELD_TYPES[kind].clean(raw)


def test_a_field_without_a_value_reads_as_nothing() -> None:
    fields = [{"name": "text", "type": "text"}, {"name": "talk", "type": "chat"}, {"name": "facts", "type": "table"}]
    assert as_texts(fields, {"talk": TURNS[:1]}) == {"text": "", "talk": "user: Hello?", "facts": ""}
