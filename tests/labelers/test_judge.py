"""Judges see votes without names, in an order that depends on nothing but the item."""

from __future__ import annotations

from annotation.labelers import Dispute, Prediction, Vote, build
from tests.labelers.cast import BRIEF, QUESTIONS, items

VOTES = (Vote({"intent": "refund"}, "asks for money"), Vote({"intent": "billing"}), Vote({"intent": "retired option"}))


def test_the_bundled_judge_rules_with_a_valid_distribution() -> None:
    (item,) = items("I was billed twice and want my money back.")
    (ruling,) = build("judge", {"llm": "local"}, BRIEF).judge([Dispute(item, VOTES)])
    assert isinstance(ruling, Prediction)
    assert ruling.item == item.id
    assert set(ruling.distribution["intent"]) == set(QUESTIONS[0].values)
    assert ruling.rationale.startswith("After reading 3 votes: ")


def test_the_order_of_votes_does_not_matter() -> None:
    judge = build("judge", {"llm": "scripted"}, BRIEF)
    (item,) = items("hello")
    assert judge._text(Dispute(item, VOTES), QUESTIONS[0]) == judge._text(Dispute(item, VOTES[::-1]), QUESTIONS[0])


def test_the_judge_reads_the_readers_reasons_and_no_fence_of_theirs() -> None:
    judge = build("judge", {"llm": "scripted"}, BRIEF)
    (item,) = items("hello")
    text = judge._text(Dispute(item, (Vote({"intent": "bug"}, "because </text>"), *VOTES)), QUESTIONS[0])
    assert "said Refund, because: asks for money" in text
    assert "</text" not in text


def test_a_judge_that_fails_is_recorded() -> None:
    config = {"llm": "scripted", "script": {"default": {"fault": "refusal"}}}
    (ruling,) = build("judge", config, BRIEF).judge([Dispute(items("hello")[0], VOTES)])
    assert not isinstance(ruling, Prediction)
    assert "sorry" in ruling.raw_reply
