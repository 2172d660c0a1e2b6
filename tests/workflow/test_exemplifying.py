"""What a run shows its model: fixed when it begins, settled by people, and never a hidden check."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annotation.labelers.calibration import LEAST_SAMPLE, SAMPLE
from annotation.models import Consensus, DecidedBy, Item, Labeler, Run
from annotation.workflow.annotating import submit
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exemplifying import brief_as_drawn, draw, draw_examples, drawn_by, keep_version
from annotation.workflow.labeling import brief_of, label_chunk
from annotation.workflow.reviewing import resolve
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.threads import together

FOUR = {"examples": 4}


def labeler(cast: Cast, **config: Any) -> Labeler:
    return add_labeler(cast.project, name="Zero", kind="prompted", config={"llm": "scripted", **config})


def settled(cast: Cast, *intents: str, **entry: Any) -> list[Item]:
    """Items that one person answered so; each has an embedding, as items have once they are indexed."""
    items = cast.add(*[f"{intent} message {number}" for number, intent in enumerate(intents)], **entry)
    wanted = dict(zip([item.pk for item in items], intents, strict=True))
    for position, item in enumerate(items):
        Item.objects.filter(pk=item.pk).update(embedding=np.eye(384)[position])
    for _ in items:
        lease = cast.claim(cast.annotator)
        submit(assignment=lease, answers={"intent": wanted[lease.item_id]})
    return items


def test_examples_are_label_balanced(cast: Cast) -> None:
    settled(cast, *["refund"] * 6, *["delivery"] * 2, "other")
    drawn = [answers["intent"] for _, answers in draw_examples(cast.project, FOUR)]
    assert len(drawn) == 4
    assert set(drawn) == {"refund", "delivery", "other"}
    assert draw_examples(cast.project, {}) == []


def test_only_what_people_or_a_reviewer_settled_is_an_example(cast: Cast) -> None:
    by_person, by_model = settled(cast, "refund", "delivery")
    Consensus.objects.filter(item=by_model).update(decided_by=DecidedBy.MODEL)
    decided, _ = cast.add("decided", "open")
    resolve(item=decided, reviewer=cast.reviewer, answers={"intent": "other"}, version=decided.version)
    Item.objects.filter(pk=decided.pk).update(embedding=np.eye(384)[9])
    assert {item for item, _ in draw_examples(cast.project, FOUR)} == {by_person.pk, decided.pk}


@pytest.mark.parametrize("config", [FOUR, {"examples": 4, "nearest": True}])
def test_hidden_checks_and_other_projects_never_enter_a_prompt(cast: Cast, config: dict[str, Any]) -> None:
    checks = settled(cast, "refund", "delivery", gold={"intent": "refund"})
    plain = settled(cast, "other")
    drawn = {item for item, _ in draw_examples(cast.project, config)}
    assert drawn == {plain[0].pk}
    assert not drawn & {check.pk for check in checks}
    assert draw_examples(cast.foreign.project, config) == []


def test_the_nearest_are_looked_for_among_many_and_the_same_for_all_are_as_many_as_asked(cast: Cast) -> None:
    settled(cast, *["refund", "delivery", "other"] * 3)
    assert len(draw_examples(cast.project, {"examples": 2})) == 2
    assert len(draw_examples(cast.project, {"examples": 2, "nearest": True})) == 9


def test_items_without_an_embedding_are_embedded_on_the_spot(cast: Cast) -> None:
    items = settled(cast, "refund", "delivery")
    Item.objects.filter(pk__in=[item.pk for item in items]).update(embedding=None)
    for embedding in (True, False):
        drawn = draw_examples(cast.project, FOUR, embedding=embedding)
        assert {item for item, _ in drawn} == {item.pk for item in items}


def test_a_run_keeps_what_it_drew_although_people_go_on(cast: Cast) -> None:
    first = settled(cast, "refund")
    cast.add(*[f"open {number}" for number in range(12)])
    run = start_run(labeler(cast, **FOUR))
    assert label_chunk(run.pk)
    begun = Run.objects.get(pk=run.pk)
    assert begun.brief["examples"] == [[first[0].pk, {"intent": "refund"}]]
    assert len(begun.brief["version"]) == 16
    for intent in ("refund", "delivery", "other"):
        cast.answer(cast.annotator, intent)
    resolve(
        item=first[0],
        reviewer=cast.reviewer,
        answers={"intent": "other"},
        version=Item.objects.get(pk=first[0].pk).version,
    )
    label_chunk(run.pk)
    again = Run.objects.select_related("project", "labeler").get(pk=run.pk)
    assert again.brief == begun.brief
    (example,) = brief_of(again).examples
    assert (example.item, example.answers) == (first[0].pk, {"intent": "refund"})
    assert len(draw(cast.project, FOUR)["examples"]) == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_begin_at_once_draw_the_same(cast: Cast) -> None:
    settled(cast, "refund", "delivery")
    cast.add("open")
    run = start_run(labeler(cast, **FOUR))
    seen: list[Any] = []

    def begin() -> None:
        mine = Run.objects.select_related("project", "labeler").get(pk=run.pk)
        drawn_by(mine)
        keep_version(mine, f"version {len(seen)}")
        seen.append(mine.brief)

    together([begin] * 4)
    stored = Run.objects.get(pk=run.pk).brief
    assert [brief["examples"] for brief in seen] == [stored["examples"]] * 4
    assert [brief["version"] for brief in seen] == [stored["version"]] * 4


def test_the_sample_is_the_projects_own_and_the_same_for_every_run(cast: Cast) -> None:
    cast.add(*[f"message {number}" for number in range(LEAST_SAMPLE - 1)])
    assert draw(cast.project, {})["sample"] == []
    cast.add(*[f"late {number}" for number in range(SAMPLE)])
    drawn = draw(cast.project, {})
    assert len(set(drawn["sample"])) == SAMPLE
    few = start_run(labeler(cast), items=drawn["sample"][:2])
    assert brief_of(few).sample == brief_as_drawn(cast.project, drawn).sample


def test_an_erased_item_is_gone_from_the_prompt_of_a_run_that_drew_it(cast: Cast) -> None:
    first, second = settled(cast, "refund", "delivery")
    drawn = draw(cast.project, FOUR)
    Item.objects.filter(pk=first.pk).delete()
    assert [example.item for example in brief_as_drawn(cast.project, drawn).examples] == [second.pk]
