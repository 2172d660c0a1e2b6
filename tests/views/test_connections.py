"""The administrators' page of connections."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Connection
from annotation.workflow.connecting import endpoint_of
from annotation.workflow.people import create_user
from tests.cast import Cast
from tests.endpoints import KEY
from tests.views.data import signed_in

BODY = {
    "name": "team-vllm",
    "kind": "openai",
    "base_url": "http://10.0.0.7:8000/v1",
    "model": "qwen",
    "concurrency": "4",
}
BODY |= {"deadline": "60", "price_in": "0.5", "price_out": "1", "active": "on"}
PAGE = "/connections/"


@pytest.fixture
def root(db: None) -> Client:
    return signed_in(create_user("root", admin=True))


@pytest.mark.parametrize("who", ["lead", "reviewer", "annotator", "stranger"])
def test_for_everybody_else_there_is_no_such_page(cast: Cast, who: str) -> None:
    """L1: whoever leads a project does not thereby say where its texts are sent."""
    client = signed_in(getattr(cast, who))
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, BODY).status_code == 404
    assert not Connection.objects.exists()
    assert PAGE not in client.get(reverse("home")).content.decode()


def test_an_administrator_adds_and_changes_one_and_never_sees_its_key_again(root: Client) -> None:
    assert PAGE in root.get(reverse("home")).content.decode()
    assert "No connection yet" in root.get(PAGE).content.decode()
    assert root.post(PAGE, {**BODY, "key": KEY}).status_code == 302
    shown = root.get(f"{PAGE}?change=team-vllm").content.decode()
    assert "http://10.0.0.7:8000/v1" in shown
    assert KEY not in shown
    assert root.post(f"{PAGE}?change=team-vllm", {**BODY, "model": "llama"}).status_code == 302
    made = Connection.objects.get()
    assert (made.model, endpoint_of(made).key) == ("llama", KEY)


def test_a_mistake_is_shown_at_its_field_and_the_key_is_not_sent_back(root: Client) -> None:
    refused = root.post(PAGE, {**BODY, "key": KEY, "base_url": "ftp://nowhere"})
    assert refused.status_code == 422
    assert "starts with http://" in refused.content.decode()
    assert KEY not in refused.content.decode()
    assert root.get(f"{PAGE}?change=nobody").status_code == 404
