from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Labeler
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.labeling import label_chunk
from tests.cast import Cast

SCRIPT = {"rules": [{"contains": "bad", "fault": "permanent"}], "default": {"answer": "refund", "confidence": 0.8}}


@pytest.fixture
def labeler(cast: Cast) -> Labeler:
    return add_labeler(
        cast.project, name="Model", kind="prompted", config={"llm": "scripted", "script": SCRIPT}, user=cast.lead
    )


def start(cast: Cast, labeler: Labeler) -> dict[str, Any]:
    response = cast.api(cast.lead).post(cast.url("labelers", labeler.pk, "runs"), {})
    assert response.status_code == 202, response.content
    return response.json()


def test_a_run_tells_how_it_is_going(cast: Cast, labeler: Labeler) -> None:
    cast.add("one", "two", "three")
    run = start(cast, labeler)
    assert (run["state"], run["total"], run["items_per_second"], run["eta"]) == ("pending", 3, None, None)
    while label_chunk(run["id"]):
        pass
    for address in (cast.url("runs", run["id"]), cast.url("labelers", labeler.pk, "runs", run["id"])):
        done = cast.api(cast.reviewer).get(address).json()
        assert (done["state"], done["done"], done["failed"]) == ("done", 3, 0)
        assert done["items_per_second"] > 0
        assert done["cost"] == 0
    for parts in (("runs",), ("labelers", labeler.pk, "runs")):
        listed = cast.api(cast.reviewer).get(cast.url(*parts)).json()["results"]
        assert [each["id"] for each in listed] == [run["id"]]
    suggested = cast.api(cast.annotator).post(cast.url("claims"), {}).json()["suggestions"]
    assert [each["answers"] for each in suggested] == [{"intent": "refund"}]


def test_a_run_is_reached_through_its_own_labeler_only(cast: Cast, labeler: Labeler) -> None:
    run = start(cast, labeler)
    judge = Labeler.objects.get(project=cast.project, kind="judge")
    assert cast.api(cast.lead).get(cast.url("labelers", judge.pk, "runs", run["id"])).status_code == 404


def test_a_run_can_be_cancelled_and_resumed(cast: Cast, labeler: Labeler) -> None:
    cast.add("one")
    run = start(cast, labeler)
    client = cast.api(cast.lead)
    assert client.post(cast.url("labelers", labeler.pk, "runs"), {}).status_code == 409
    assert client.post(cast.url("runs", run["id"], "resume"), {}).status_code == 409
    assert client.post(cast.url("runs", run["id"], "cancel"), {}).json()["state"] == "cancelled"
    assert client.post(cast.url("runs", run["id"], "cancel"), {}).status_code == 409
    resumed = client.post(cast.url("runs", run["id"], "resume"), {})
    assert (resumed.status_code, resumed.json()["state"]) == (202, "pending")


def test_failures_are_listed_with_what_the_model_said(cast: Cast) -> None:
    config = {"llm": "scripted", "script": {"default": {"fault": "unknown_label"}}}
    labeler = add_labeler(cast.project, name="Odd", kind="prompted", config=config, user=cast.lead)
    [item] = cast.add("one")
    run = start(cast, labeler)
    while label_chunk(run["id"]):
        pass
    [failure] = cast.api(cast.reviewer).get(cast.url("runs", run["id"], "failures")).json()["results"]
    assert failure["item"] == item.pk
    assert failure["reason"]
    assert "no such option" in failure["raw_reply"]


def test_a_retired_model_does_not_run(cast: Cast, labeler: Labeler) -> None:
    client = cast.api(cast.lead)
    client.delete(cast.url("labelers", labeler.pk))
    assert client.post(cast.url("labelers", labeler.pk, "runs"), {}).status_code == 400


def test_items_of_others_cannot_be_named(cast: Cast, labeler: Labeler) -> None:
    [foreign] = cast.foreign.add("theirs")
    response = cast.api(cast.lead).post(cast.url("labelers", labeler.pk, "runs"), {"items": [foreign.pk]})
    assert response.status_code == 400
