from __future__ import annotations

from typing import Any

import pytest

from annotation.exchange import InvalidMapping, Mapping, guess

from .files import INTENT


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["id", "text", "label"], Mapping({"message": "text"}, "id", {"intent": "label"})),
        (["Message", "External_ID", "Intent"], Mapping({"message": "Message"}, "External_ID", {"intent": "Intent"})),
        (["text", "message"], Mapping({"message": "message"})),
        (["only"], Mapping({"message": "only"})),
        (["some", "columns"], Mapping({})),
        (
            ["fields.message", "external_id", "gold.intent", "metadata.channel"],
            Mapping({"message": "fields.message"}, "external_id", {"intent": "gold.intent"}, ["metadata.channel"]),
        ),
        (
            ["id", "external_id", "message", "intent", "intent.decided_by", "stage", "metadata.channel"],
            Mapping({"message": "message"}, "external_id", {}, ["metadata.channel"]),
        ),
    ],
)
def test_the_likeliest_mapping_is_guessed(columns: list[str], expected: Mapping) -> None:
    assert guess(columns, ["message"], [INTENT]) == expected


@pytest.mark.parametrize(
    "mapping",
    [
        Mapping({"message": "text"}),
        Mapping({"message": "a"}, "id", {"intent": "b"}, ["c"]),
        Mapping({"m": "a"}, metadata=[]),
    ],
)
def test_a_mapping_survives_its_json(mapping: Mapping) -> None:
    assert Mapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "object"),
        ([], "object"),
        ({}, "fields"),
        ({"fields": {}}, "which column"),
        ({"fields": {"message": 1}}, "fields"),
        ({"fields": {"message": "a"}, "gold": ["b"]}, "gold"),
        ({"fields": {"message": "a"}, "metadata": "b"}, "metadata"),
        ({"fields": {"message": "a"}, "external_id": 3}, "external_id"),
        ({"fields": {"message": "a"}, "path": "/etc"}, "has no path"),
    ],
)
def test_json_that_is_no_mapping_is_refused(raw: Any, message: str) -> None:
    with pytest.raises(InvalidMapping, match=message):
        Mapping.from_json(raw)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (Mapping({"message": "nowhere"}), "no column “nowhere”; it has text, id, metadata.a, a"),
        (Mapping({"message": "text"}, "nowhere"), "no column “nowhere”"),
        (Mapping({"message": "text", "title": "id"}), "no field “title”"),
        (Mapping({}), "Say which column holds “message”"),
        (Mapping({"message": "text"}, gold={"topic": "id"}), "no question “topic”; it has intent"),
        (Mapping({"message": "text"}, metadata=["nowhere"]), "no column “nowhere”"),
        (Mapping({"message": "text"}), "same metadata key"),
    ],
)
def test_a_mapping_that_does_not_fit_says_where(mapping: Mapping, message: str) -> None:
    with pytest.raises(InvalidMapping, match=message):
        mapping.check(["text", "id", "metadata.a", "a"], ["message"], [INTENT])


def test_a_mapping_that_fits_passes_with_and_without_metadata() -> None:
    for metadata in (None, [], ["id"], ["id", "text"]):
        Mapping({"message": "text"}, metadata=metadata).check(["text", "id"], ["message"], [INTENT])
