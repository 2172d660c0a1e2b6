"""Items as JSON, with the annotations they bring."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Annotation, Annotator, Consensus, Item, Stage
from annotation.workflow.adding import add_items
from annotation.workflow.people import add_member, create_user
from tests.cast import Cast

TEXT = {"fields": {"text": "Where is my parcel?"}}


@pytest.mark.parametrize(
    "entry",
    [
        None, [], "text", 1, {}, {"fields": None}, {"fields": []}, {"fields": {}}, {"fields": {"text": ""}},
        {"fields": {"text": "a\0"}}, {"fields": {"text": "\ud800"}}, {"fields": {"text": "a", "other": "b"}},
        {**TEXT, "unknown": 1}, {**TEXT, "gold": {"intent": "unheard"}}, {**TEXT, "gold": {"other": "x"}},
        {**TEXT, "gold": []}, {**TEXT, "metadata": "x"}, {**TEXT, "annotations": {"annotator": "x"}},
        {**TEXT, "annotations": [None]}, {**TEXT, "annotations": [{"answers": {"intent": "refund"}}]},
        {**TEXT, "annotations": [{"annotator": " ", "answers": {"intent": "refund"}}]},
        {**TEXT, "annotations": [{"annotator": "x" * 101, "answers": {"intent": "refund"}}]},
        {**TEXT, "annotations": [{"annotator": "x", "answers": {"intent": "unheard"}}]},
        {**TEXT, "annotations": [{"annotator": "x", "answers": {}}]},
        {**TEXT, "annotations": [{"annotator": "x", "answers": {"intent": "refund"}, "kind": "alien"}]},
        {**TEXT, "annotations": [{"annotator": "x", "answers": {"intent": "refund"}, "kind": {}}]},
        {**TEXT, "annotations": [{"annotator": "x", "answers": {"intent": "refund"}, "rationale": 3}]},
        {**TEXT, "annotations": [{"annotator": "x", "answers": {"intent": "refund"}, "distribution": {"intent": {}}}]},
    ],
)  # fmt: skip
def test_an_entry_that_is_not_whole_is_rejected_with_its_index_and_the_others_come_in(
    cast: Cast, entry: object
) -> None:
    added = add_items(cast.project, [{"fields": {"text": "good"}}, entry])
    assert (added.created, added.duplicates) == (1, 0)
    (rejected,) = added.rejected
    assert rejected["index"] == 1
    assert rejected["reason"].endswith(".")
    assert Item.objects.filter(project=cast.project).count() == 1
    assert not Annotation.objects.exists()


def test_duplicates_are_counted_and_gain_what_nobody_had_said_of_them(cast: Cast) -> None:
    added = add_items(cast.project, [TEXT, {**TEXT, "external_id": "again", "annotations": [brought("ann", "refund")]}])
    assert (added.created, added.duplicates) == (1, 1)
    again = add_items(cast.project, [{**TEXT, "annotations": [brought("ann", "other"), brought("bob", "refund")]}])
    assert (again.created, again.duplicates) == (0, 1)
    item = Item.objects.get(project=cast.project)
    said = dict(item.annotations.values_list("annotator__name", "answers"))
    assert said == {"ann": {"intent": "refund"}, "bob": {"intent": "refund"}}
    assert (item.external_id, item.taken, item.stage) == ("", 2, Stage.SETTLED)


def brought(annotator: str, intent: str, **more: Any) -> dict[str, Any]:
    return {"annotator": annotator, "answers": {"intent": intent}, **more}


def test_people_and_models_keep_their_votes_and_the_item_moves_on(cast: Cast) -> None:
    cast.policy(overlap=2)
    votes = [
        brought("ann", "refund"),
        brought("bob", "refund", rationale="because"),
        brought("gpt", "other", distribution={"intent": {"other": 0.6, "refund": 0.4}}),
    ]
    (item,) = cast.add("one", annotations=votes)
    assert (item.stage, item.taken, item.slots) == (Stage.SETTLED, 2, 2)
    assert dict(Annotator.objects.filter(annotations__item=item).values_list("name", "kind")) == {
        "ann": "human",
        "bob": "human",
        "gpt": "model",
    }
    assert Consensus.objects.get(item=item).value == "refund"


def test_more_people_than_the_overlap_all_have_a_place(cast: Cast) -> None:
    (item,) = cast.add("one", annotations=[brought(f"p{number}", "refund") for number in range(5)])
    assert (item.taken, item.slots) == (5, 5)


def test_the_same_annotator_twice_on_one_item_counts_once(cast: Cast) -> None:
    (item,) = cast.add("one", annotations=[brought("ann", "refund"), brought("ann", "other")])
    assert Annotation.objects.get(item=item).answers == {"intent": "other"}
    assert item.taken == 1


def test_who_joins_later_finds_the_answers_imported_under_their_name(cast: Cast) -> None:
    (item,) = cast.add("one", annotations=[brought("newcomer", "refund")])
    user = create_user("newcomer")
    add_member(cast.project, user, "annotator", by=cast.lead)
    assert Annotation.objects.get(item=item).annotator.user == user
