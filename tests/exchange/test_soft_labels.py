from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from annotation.exchange import Shape, Unwritable, get
from annotation.questions import Option, Question

from .files import INTENT, record

SOFT = get("soft_labels")
OPTIONS = (Option("a", "A"), Option("b", "B"))
ASKED = (
    INTENT,
    Question("tags", "multichoice", "Tags", options=OPTIONS),
    Question("order", "ranking", "Order", options=OPTIONS, settings={"ties": True}),
    Question("note", "text", "Note"),
)
SHAPE = Shape(("text",), tuple(each.name for each in ASKED), asked=ASKED)


def shares(voters: str = "human", **changes: Any) -> dict[str, str]:
    target = io.BytesIO()
    SOFT.write([record(1, **changes)], target, SHAPE, {"voters": voters})
    return next(csv.DictReader(io.StringIO(target.getvalue().decode())))


def vote(kind: str = "human", distribution: dict[str, Any] | None = None, **answers: Any) -> dict[str, Any]:
    return {"annotator": "x", "kind": kind, "answers": answers, "distribution": distribution}


def test_shares_are_those_of_the_peoples_votes_or_of_everybodys() -> None:
    votes = [
        vote(intent="billing", tags=["a"], order=[["a"], ["b"]]),
        vote(intent="other", tags=["a", "b"], order=[["a", "b"]]),
        vote("model", {"intent": {"billing": 0.8, "other": 0.2}}, intent="billing"),
    ]
    found = shares(annotations=votes)
    assert (found["intent=billing"], found["intent=delivery"], found["intent=other"]) == ("0.5", "0.0", "0.5")
    assert (found["tags=a"], found["tags=b"]) == ("1.0", "0.5")
    assert (found["order=a>b"], found["order=a=b"], found["order=b>a"]) == ("0.5", "0.5", "0.0")
    assert shares("all", annotations=votes)["intent=billing"] == "0.6"
    assert shares(annotations=votes[2:])["intent=billing"] == "0.8"


def test_an_ambiguous_label_is_its_shares_and_a_reviewers_word_is_sure() -> None:
    shared = {"billing": 0.7, "other": 0.3}
    label = {"value": "billing", "decided_by": "reviewer", "method": "ambiguous", "distribution": shared}
    assert shares(labels={"intent": label}, annotations=[])["intent=other"] == "0.3"
    assert shares(labels={"intent": {"value": "other"}}, annotations=[])["intent=other"] == "1.0"


def test_items_without_a_vote_are_counted_and_projects_without_options_refused() -> None:
    assert SOFT.write([record(1, labels={}, annotations=[])], io.BytesIO(), SHAPE, {}).losses.total() == 1
    assert any("Note" in sentence for sentence in SOFT.leaves_out(SHAPE))
    with pytest.raises(Unwritable, match="asks for none"):
        SOFT.write([], io.BytesIO(), Shape(("text",), ("note",), asked=ASKED[-1:]), {})
