"""Groups of generated items by the API; and that nobody who answers them learns what they were made to be."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from annotation.models import Candidate, Fate, Item, JobState, Source, SynthesisRun
from annotation.workflow.changing_many import change_items
from annotation.workflow.gating import draw_samples
from tests.cast import Cast
from tests.views.data import page, signed_in

pytestmark = pytest.mark.django_db
SECRET = "told-to-nobody"
GROUP = {"operation": SECRET, "label": '{"intent": "refund"}'}


def generated(cast: Cast, count: int) -> SynthesisRun:
    run = SynthesisRun.objects.create(
        project=cast.project,
        recipe="eda",
        recipe_version=1,
        schema_version=1,
        drawn={"seeds": [], "documents": []},
        state=JobState.DONE,
    )
    for number, item in enumerate(cast.add(*(f"text {number}" for number in range(count)))):
        Item.objects.filter(pk=item.pk).update(source=Source.RECIPE)
        Candidate.objects.create(
            run=run,
            number=number,
            fate=Fate.KEPT,
            operation=SECRET,
            item=item,
            fields=item.fields,
            answers={"intent": "refund"},
            rationale=f"{SECRET}.",
            hinted=True,
            verdicts=[{"filter": SECRET, "passed": True, "value": SECRET, "reason": SECRET}],
        )
    draw_samples(run.pk)
    return run


def test_groups_are_read_accepted_and_opened_by_managers(cast: Cast) -> None:
    cast.policy(target_accuracy=0.5)
    run, lead = generated(cast, 10), cast.api(cast.lead)
    address = cast.url("syntheses", run.pk, "strata")
    [group] = lead.get(address).json()["results"]
    assert (group["operation"], group["label"]) == (GROUP["operation"], GROUP["label"])
    assert (group["sampled"], group["pending"], group["waiting"], group["validity"]) == (8, 8, 2, None)
    refused = lead.post(f"{address}accept/", GROUP, format="json")
    assert refused.status_code == 409 and "still to be decided" in refused.json()["detail"]
    for _ in range(8):
        cast.answer(cast.annotator, "refund")
    [group] = lead.get(address).json()["results"]
    assert (group["checked"], group["right"], group["validity"]) == (8, 8, 1.0) and 0.5 < group["low"] < 1
    accepted = lead.post(f"{address}accept/", GROUP, format="json")
    assert (accepted.status_code, accepted.json()["done"]) == (202, 2), accepted.content
    undone = lead.post(cast.url("changes", accepted.json()["id"], "undo"), {}, format="json")
    assert undone.status_code == 202
    change_items(accepted.json()["id"])
    assert lead.get(address).json()["results"][0]["waiting"] == 2
    assert lead.post(f"{address}open/", GROUP, format="json").json() == {"opened": 2}
    assert lead.post(f"{address}open/", GROUP, format="json").status_code == 409
    # What people choose by hand is never accepted as intended.
    by_hand = lead.post(cast.url("changes"), {"action": "accept", "items": [1]}, format="json")
    assert by_hand.status_code == 400
    [kept] = Candidate.objects.filter(run=run).order_by("pk")[:1]
    checked = lead.put(cast.url("items", kept.item_id, "rationale"), {"steps": [False]}, format="json")
    assert checked.json() == {"steps": [f"{SECRET}."], "right": [False], "hinted": True}
    cells = lead.get(cast.url("coverage")).json()["cells"]
    stage = cast.project.lifecycle
    assert {"stage": stage, "cell": "reformation", "items": 8}.items() <= next(
        each for each in cells if each["stage"] == stage and each["cell"] == "reformation"
    ).items()
    shown = signed_in(cast.lead).get(page("strata", cast, run.pk), GROUP).content.decode()
    assert "all with people" in shown and "text 3" in shown and "100 %" in shown


def test_whoever_answers_or_reviews_is_not_told_what_an_item_was_made_to_be(cast: Cast) -> None:
    generated(cast, 2)
    cast.dispute("of people")
    [plain] = cast.add("imported")
    lease = cast.claim(cast.annotator)
    assert lease.item.source == Source.RECIPE
    made = lease.item
    seen: list[str] = []
    for user in (cast.annotator, cast.reviewer):
        client, api = signed_in(user), cast.api(user)
        names = ["annotate"] if user == cast.annotator else ["item", "review_item"]
        for name in names:
            seen.append(
                client.get(
                    reverse(name, args=[cast.project.slug, *([made.pk] if "item" in name else [])])
                ).content.decode()
            )
        for address in (
            cast.url("items", made.pk),
            cast.url("items"),
            cast.url("claims"),
            cast.url("items", made.pk, "provenance"),
        ):
            seen.append(api.get(address).content.decode())
    assert any(made.fields["text"] in each for each in seen)
    assert not any(SECRET in each for each in seen)
    shown = cast.api(cast.reviewer)
    keys = [set(json.loads(shown.get(cast.url("items", each.pk)).content)) for each in (made, plain)]
    assert keys[0] == keys[1]
