"""What annotators said in a file: kept where it fits the project's questions, told as a loss where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.exchange import ImportedItem, Mapping, Row, SourceVote, to_item
from annotation.questions import parse_questions

SHOWN = [{"name": "text", "type": "text"}]
QUESTIONS = parse_questions(
    [
        {"name": "kind", "type": "choice", "options": [{"value": "billing", "title": "Billing & Money"}, "other"]},
        {"name": "tags", "type": "multichoice", "options": ["x", "y"], "required": False},
        {"name": "ner", "type": "spans", "options": ["PER"], "required": False},
        {"name": "why", "type": "text", "required": False, "when": {"question": "kind", "is": ["other"]}},
    ],
    SHOWN,
)
ANSWERS = {"kind": "topic", "tags": "labels", "ner": "entities", "why": "note"}


def brought(*votes: SourceVote, mapping: Mapping | None = None, **values: Any) -> ImportedItem:
    chosen = mapping or Mapping({"text": "text"}, metadata=[], answers=ANSWERS)
    item = to_item(Row(3, {"text": "Ada wrote.", **values}, votes), chosen, SHOWN, QUESTIONS)
    assert isinstance(item, ImportedItem), "what is wrong with a vote never costs the item"
    return item


def test_options_are_known_by_value_or_title_and_answers_take_the_form_of_the_question() -> None:
    said = {"topic": ["BILLING & money"], "labels": "X", "entities": [{"start": 0, "end": 3, "label": "per"}]}
    (vote,) = brought(SourceVote(" ann ", said, distribution={"topic": {"Billing": 0.7, "other": 0.3}})).votes
    assert vote.annotator == "ann"
    assert vote.answers["kind"] == "billing"
    assert vote.answers["tags"] == ["x"]
    assert vote.answers["ner"] == [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}]
    assert vote.distribution == {"kind": {"billing": 0.7, "other": 0.3}}


@pytest.mark.parametrize(
    ("vote", "sentence", "kept"),
    [
        ({"answers": {"topic": "weather"}}, "Answers to “Kind” that do not fit it.", False),
        ({"answers": {"labels": ["x"]}}, "Answers without one to “Kind”, which is required.", False),
        ({"answers": {"labels": ["x"]}, "kind": "model"}, "", True),
        ({"answers": {"topic": "other", "labels": ["z"]}}, "Answers to “Tags” that do not fit it.", True),
        ({"answers": {"topic": "billing", "note": "hm"}}, "Answers to “Why” where it is not asked.", True),
        ({"answers": {"topic": "other", "boxes": [1]}}, "Answers to “boxes”: no question here", True),
        ({"answers": {}}, "An annotation without an answer.", False),
        ({"answers": {"topic": "other"}, "annotator": "a\0"}, "An annotator whose name", False),
        ({"answers": {"topic": "other"}, "confidence": 7}, "A confidence that is not", True),
        ({"answers": {"topic": "other"}, "seconds": float("nan")}, "A time spent", True),
        ({"answers": {"topic": "other"}, "at": "9999-01-01"}, "A time of an answer", True),
        ({"answers": {"topic": "other"}, "rationale": "\ud800"}, "A rationale", True),
        ({"answers": {"topic": "other"}, "distribution": {"topic": {"other": 3}}}, "Probabilities for “Kind”", True),
    ],
)
def test_what_does_not_fit_is_a_loss_with_its_reason(vote: dict[str, Any], sentence: str, kept: bool) -> None:
    item = brought(SourceVote(**{"annotator": "ann", **vote}))
    assert len(item.votes) == kept
    assert [loss.sentence[: len(sentence)] for loss in item.losses] == ([sentence] if sentence else [])
    assert all(loss.example.encode() or True for loss in item.losses), "it can be stored"


def test_a_table_of_answers_says_whose_they_are_and_nobody_has_a_name_to_go_by() -> None:
    table = Mapping({"text": "text"}, metadata=[], answers={"kind": "label"}, annotator="crowd", annotator_column="who")
    votes = [brought(mapping=table, label="other", who=who).votes[0] for who in ("ann", 7, None)]
    assert [vote.annotator for vote in votes] == ["ann", "7", "crowd"]
    assert brought(mapping=table, label=" ", who="ann").votes == ()
    assert brought(SourceVote("", {"topic": "other"})).votes[0].annotator == "imported"
