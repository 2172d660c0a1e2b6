from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from annotation.exchange import BadRow, ImportedItem, Mapping, Row, to_item

from .files import INTENT

FIELDS = [{"name": "message", "type": "text"}]
MAPPING = Mapping({"message": "text"}, "id", {"intent": "label"})


def item(mapping: Mapping = MAPPING, **values: Any) -> ImportedItem:
    outcome = to_item(Row(7, {"text": "Hello", **values}), mapping, FIELDS, [INTENT])
    assert isinstance(outcome, ImportedItem)
    return outcome


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": ""}, "no text in “text”"),
        ({"text": " \n\t"}, "no text"),
        ({"text": None}, "no text"),
        ({"text": ["a"]}, "a list, not text"),
        ({"text": {"a": 1}}, "an object, not text"),
        ({"text": True}, "not text"),
        ({"text": "a\0b"}, "NUL"),
        ({"text": "a\ud800b"}, "surrogate"),
        ({"text": "a" * 200_001}, "200,001 characters; at most 200,000"),
        ({"id": "x" * 201}, "“id” has 201 characters"),
        ({"id": "a\0"}, "NUL"),
        ({"label": "refunds"}, "“refunds” is not an option of “Intent”. Allowed: billing, delivery, other."),
        ({"label": ["billing", "other"]}, "Allowed"),
        ({"source": "a\0b"}, "“source” contains a NUL"),
        ({"source": {"deep": ["a\ud800"]}}, "surrogate"),
        ({"source": {"a\0": 1}}, "NUL"),
        ({"bad\0key": 1}, "NUL"),
        ({"source": json.loads("[" * 65 + "]" * 65)}, "64 levels"),
    ],
)
def test_a_row_that_is_no_item_says_why_and_can_be_stored(values: dict[str, Any], reason: str) -> None:
    outcome = to_item(Row(7, {"text": "Hello", **values}), MAPPING, FIELDS, [INTENT])
    assert isinstance(outcome, BadRow)
    assert outcome.line == 7
    assert reason in outcome.reason
    assert "\0" not in outcome.reason + outcome.excerpt
    assert (outcome.reason + outcome.excerpt).encode()


def test_a_row_without_the_mapped_column_has_no_text() -> None:
    outcome = to_item(Row(1, {"other": "x"}), MAPPING, FIELDS, [INTENT])
    assert isinstance(outcome, BadRow)


def test_text_is_kept_exactly_and_hashed_as_canonical_json() -> None:
    accepted = item(text="  Cafe\u0301 🚲\n")
    assert accepted.fields == {"message": "  Cafe\u0301 🚲\n"}
    assert accepted.content_hash == hashlib.sha256('{"message":"  Cafe\u0301 🚲\\n"}'.encode()).digest()
    assert accepted.content_hash != item(text="  Caf\u00e9 🚲\n").content_hash


def test_numbers_become_their_text() -> None:
    accepted = item(text=12.5, id=42)
    assert (accepted.fields["message"], accepted.external_id) == ("12.5", "42")


@pytest.mark.parametrize("label", ["billing", "BILLING", " Billing ", "billing & money", "Billing & Money"])
def test_gold_is_known_by_value_or_title_whatever_the_case(label: str) -> None:
    assert item(label=label).gold == {"intent": "billing"}


@pytest.mark.parametrize("label", ["", "  ", None])
def test_no_gold_is_no_gold(label: str | None) -> None:
    assert item(label=label).gold == {}


def test_columns_that_are_left_become_metadata_under_their_own_names() -> None:
    values: dict[str, Any] = {"metadata.channel": "chat", "score": 1, "tags": ["a", {"b": None}]}
    assert item(**values).metadata == {"channel": "chat", "score": 1, "tags": ["a", {"b": None}]}


def test_only_the_chosen_metadata_is_kept_and_only_where_the_row_has_it() -> None:
    chosen = Mapping({"message": "text"}, metadata=["score", "absent"])
    assert item(chosen, score=1, other=2).metadata == {"score": 1}
    assert item(Mapping({"message": "text"}, metadata=[]), score=1).metadata == {}
