from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from annotation.models import Labeler
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.people import create_user
from tests.cast import SCRIPTED, Cast
from tests.endpoints import KEY

BODY = {"name": "Model", "kind": "prompted", "config": SCRIPTED}


def test_a_name_that_is_taken_makes_a_new_version(cast: Cast) -> None:
    client = cast.api(cast.lead)
    first, second = client.post(cast.url("labelers"), BODY), client.post(cast.url("labelers"), BODY)
    assert (first.status_code, second.status_code) == (201, 201), first.content
    assert (first.json()["version"], second.json()["version"]) == (1, 2)
    assert client.get(cast.url("labelers", first.json()["id"])).json()["active"] is False
    assert client.delete(cast.url("labelers", second.json()["id"])).status_code == 204
    assert not Labeler.objects.filter(project=cast.project, name="Model", active=True).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"kind": "telepathic"}, "config"),
        ({"config": {"llm": "http://169.254.169.254/"}}, "config"),
        ({"config": {"llm": "scripted", "url": "http://127.0.0.1/"}}, "config"),
        ({"config": {"llm": "scripted", "base_url": "http://127.0.0.1/"}}, "config"),
        ({"config": {"llm": ["scripted"]}}, "config"),
        ({"config": []}, "config"),
        ({"active": True}, "active"),
    ],
)
def test_settings_that_do_not_fit_are_refused(cast: Cast, change: dict[str, Any], field: str) -> None:
    before = Labeler.objects.count()
    response = cast.api(cast.lead).post(cast.url("labelers"), {**BODY, **change})
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["field"] == field
    assert Labeler.objects.count() == before


def test_an_estimate_is_for_managers_and_has_every_figure(cast: Cast) -> None:
    cast.add("one")
    client = cast.api(cast.lead)
    labeler = client.post(cast.url("labelers"), BODY).json()["id"]
    estimate = client.post(cast.url("labelers", labeler, "estimate"), {})
    assert estimate.status_code == 200
    assert (estimate.json()["items"], estimate.json()["cost"], estimate.json()["connection"]) == (1, 0, "")
    assert "one" in estimate.json()["prompt"]


def test_connections_are_listed_by_name_without_address_or_key(cast: Cast) -> None:
    settings = Settings("team-vllm", "http://10.0.0.7:8000/v1", "qwen", price_in=Decimal("0.5"))
    add_connection(settings, key=KEY, by=create_user("root", admin=True))
    listed = cast.api(cast.lead).get(cast.url("connections"))
    assert listed.json()["results"] == [
        {"name": "team-vllm", "kind": "openai", "model": "qwen", "concurrency": 4, "price_in": 0.5, "price_out": 0.0}
    ]
    named = {**BODY, "config": {"llm": "team-vllm"}}
    assert cast.api(cast.lead).post(cast.url("labelers"), named).status_code == 201
