"""What an annotator may see before the answer: models' votes, and never where people are asked blind."""

from __future__ import annotations

from annotation.models import Item
from annotation.reports import suggestions_for
from tests.cast import Cast

VOTES = [
    {"annotator": "weak", "answers": {"intent": "other"}, "kind": "model"},
    {"annotator": "gpt", "answers": {"intent": "refund"}, "distribution": {"intent": {"refund": 0.9, "other": 0.1}}},
    {"annotator": "somebody", "answers": {"intent": "delivery"}},
]


def test_models_votes_are_shown_and_no_persons(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1", annotations=VOTES)
    shown = suggestions_for(cast.claim(cast.annotator))
    assert {each["annotator"] for each in shown} == {"weak", "gpt"}
    assert "delivery" not in str(shown)


def test_nothing_is_shown_where_people_are_asked_blind(cast: Cast) -> None:
    """A7."""
    cast.policy(overlap=2, blind_first=True)
    cast.add("1", annotations=VOTES)
    assert suggestions_for(cast.claim(cast.annotator)) == []


def test_nothing_is_shown_on_audited_items(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1", annotations=VOTES)
    Item.objects.filter(project=cast.project).update(audit=True)
    assert suggestions_for(cast.claim(cast.annotator)) == []
