"""What model annotators are worth, by the API."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Labeler
from annotation.workflow.labeling import label_chunk
from tests.cast import Cast
from tests.measuring import measured_labeler


def test_the_report_has_every_version_with_its_figures(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    rows = {row["id"]: row for row in cast.api(cast.reviewer).get(cast.url("labelers", "report")).json()["results"]}
    measured = rows[labeler.pk]["questions"]["intent"]
    assert (rows[labeler.pk]["votes"], measured["answers"], measured["accuracy"]) == (10, 10, 0.7)
    assert measured["interval"] == pytest.approx([0.397, 0.892], abs=1e-3)
    assert {"people": "refund", "model": "delivery", "items": 2} in measured["confusion"]
    assert measured["calibration"]["missing"] == 10
    assert set(measured["calibration"]["before"]) == {"ece", "brier", "auroc", "aurc"}


def test_a_try_is_started_and_read(cast: Cast) -> None:
    labeler = measured_labeler(cast, [])
    items = cast.add("one", "two")
    client = cast.api(cast.lead)
    started = client.post(cast.url("labelers", labeler.pk, "tries"), {"items": [items[1].pk]}, format="json")
    assert started.status_code == 202, started.content
    assert (started.json()["purpose"], started.json()["total"]) == ("try", 1)
    while label_chunk(started.json()["id"]):
        pass
    [row] = client.get(cast.url("runs", started.json()["id"], "answers")).json()["results"]
    assert row["item"] == items[1].pk
    assert set(row["answers"]) == {"intent"}
    assert not Annotation.objects.exists()


def test_a_try_on_another_projects_item_is_refused(cast: Cast) -> None:
    labeler = measured_labeler(cast, [])
    [theirs] = cast.foreign.add("theirs")
    refused = cast.api(cast.lead).post(cast.url("labelers", labeler.pk, "tries"), {"items": [theirs.pk]}, format="json")
    assert refused.status_code == 400
    assert "no item" in refused.json()["detail"]


def test_a_retired_version_is_put_back_to_work(cast: Cast) -> None:
    old, new = measured_labeler(cast, []), measured_labeler(cast, [])
    assert cast.api(cast.lead).post(cast.url("labelers", old.pk, "activation")).status_code == 204
    active = dict(Labeler.objects.filter(pk__in=(old.pk, new.pk)).values_list("pk", "active"))
    assert active == {old.pk: True, new.pk: False}
