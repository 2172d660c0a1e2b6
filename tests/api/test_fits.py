"""Fits through the API: made, watched, stopped, and part of the report."""

from __future__ import annotations

from annotation.workflow.fitting import fit_votes
from tests.cast import Cast
from tests.workflow.test_fitting import CROWD, crowded


def test_a_fit_is_made_watched_and_reported(cast: Cast) -> None:
    crowded(cast, 60)
    client = cast.api(cast.lead)
    empty = client.get(cast.url("fits")).json()
    assert empty == {"fitted_at": None, "questions": {}, "newest": None, "licences": []}
    made = client.post(cast.url("fits"), {})
    assert made.status_code == 202, made.content
    assert (made.json()["state"], made.json()["fusion"]) == ("pending", "auto")
    refused = client.post(cast.url("fits"), {})
    assert (refused.status_code, refused.json()["detail"]) == (409, "The annotators are being fitted already.")
    fit_votes(made.json()["id"])
    row = client.get(cast.url("fits", made.json()["id"])).json()
    assert (row["state"], row["done"], row["total"], row["percent"]) == ("done", 60, 60, 100.0)
    found = client.get(cast.url("fits")).json()
    assert found["newest"] == row
    intent = found["questions"]["intent"]
    assert (intent["method"], intent["votes"], intent["items"]) == ("anchored", 300, 60)
    assert [each["annotator"] for each in intent["annotators"]][-1] in CROWD
    assert client.get(cast.url("report")).json()["quality"]["fusing"]["questions"]["intent"] == intent
    over = client.post(cast.url("fits", row["id"], "cancel"), {})
    assert over.status_code == 409
