"""Where finished items come from, by the survey's methods; and which labels are rare."""

from __future__ import annotations

import pytest

from annotation.models import Candidate, Item, Source
from annotation.reports.coverage import BY_PEOPLE_ALONE, coverage_of, rare_labels
from annotation.workflow.commissioning import Commission
from annotation.workflow.synthesizing import request_synthesis, synthesize
from tests.cast import SCRIPTED, Cast
from tests.recipes import NAME, offered
from tests.views.data import page, signed_in

pytestmark = pytest.mark.django_db

CELLS = {NAME: "reformation"}


def test_every_settled_item_counts_in_the_cell_of_what_led_to_it(cast: Cast) -> None:
    cast.policy(overlap=1)
    voted = [{"annotator": "bert", "kind": "model", "answers": {"intent": "refund"}}]
    cast.add("by people alone")
    cast.answer(cast.annotator, "refund")
    cast.add("beside a model", annotations=voted)
    cast.answer(cast.annotator, "refund")
    with offered():
        script = {"default": {"rationale": "again something"}}
        run = request_synthesis(
            cast.project,
            Commission(NAME, roles={"generator": SCRIPTED | {"script": script}}, seed_limit=1),
            user=cast.lead,
        )
        synthesize(run.pk)
    made = Candidate.objects.get(run=run).item_id
    cast.answer(cast.annotator, "refund")
    assert Item.objects.get(pk=made).stage == "settled"
    cast.add("still open")
    found = coverage_of([cast.project, cast.foreign.project], CELLS).settled
    assert dict(found[cast.project.lifecycle]) == {BY_PEOPLE_ALONE: 1, "co_annotation": 1, "reformation": 1}
    assert not any(cells for stage, cells in found.items() if stage != cast.project.lifecycle)
    assert Item.objects.get(pk=made).source == Source.RECIPE


def test_the_labels_that_few_items_have_come_first_and_lead_to_a_run(cast: Cast) -> None:
    assert rare_labels(cast.project) == []
    for number in range(7):
        cast.add(f"message {number}")
        cast.answer(cast.annotator, "delivery" if number == 6 else "refund")
    assert [(each.value, each.items, each.even) for each in rare_labels(cast.project)] == [
        ("other", 0, 2),
        ("delivery", 1, 2),
    ]
    shown = signed_in(cast.lead).get(page("coverage", cast)).content.decode()
    assert "recipe=eda&amp;stage=settled&amp;label=intent%3Adelivery" in shown
    assert "label=intent%3Aother" not in shown
