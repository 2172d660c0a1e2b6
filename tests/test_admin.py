from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse

from annotation.models import Annotator, Connection, Event, Membership
from annotation.workflow.connecting import endpoint_of
from annotation.workflow.people import create_user
from tests.api.routes import furnish
from tests.cast import Cast
from tests.endpoints import KEY

OURS = [model for model in admin.site._registry if model._meta.app_label == "annotation"]


@pytest.fixture
def client(cast: Cast) -> Client:
    signed_in = Client()
    signed_in.force_login(create_user("root", admin=True), backend="django.contrib.auth.backends.ModelBackend")
    return signed_in


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_table_can_be_looked_through(cast: Cast, client: Client, model: type[models.Model]) -> None:
    furnish(cast)
    name = f"admin:annotation_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_changelist"), {"q": "one"}).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_the_log_cannot_be_rewritten(cast: Cast, client: Client) -> None:
    event = Event.objects.filter(project=cast.project).first()
    assert event is not None
    before = Event.objects.count()
    for name in ("change", "delete"):
        assert (
            client.post(reverse(f"admin:annotation_event_{name}", args=[event.pk]), {"post": "yes"}).status_code == 403
        )
    assert client.get(reverse("admin:annotation_event_add")).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(data={})
    assert Event.objects.count() == before


def test_a_member_added_here_can_annotate(cast: Cast, client: Client) -> None:
    body = {"user": cast.stranger.pk, "project": cast.project.pk, "role": "annotator"}
    assert client.post(reverse("admin:annotation_membership_add"), body).status_code == 302
    assert Membership.objects.filter(project=cast.project, user=cast.stranger).count() == 1
    assert Annotator.objects.filter(project=cast.project, user=cast.stranger).exists()


def test_others_have_no_business_here(cast: Cast) -> None:
    visitor = Client()
    visitor.force_login(cast.lead, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get(reverse("admin:annotation_event_changelist")).status_code == 302


def test_passwords_are_tried_at_the_sites_own_sign_in_where_attempts_are_limited(db: None) -> None:
    for method in (Client().get, Client().post):
        response = method(reverse("admin:login"), {"username": "root", "password": "wrong"})
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


CONNECTION = {
    "name": "team-vllm",
    "kind": "openai",
    "base_url": "http://10.0.0.7:8000/v1",
    "model": "qwen",
    "concurrency": 4,
}
CONNECTION |= {"deadline": 60, "price_in": "0.5", "price_out": "1", "active": "on"}


def test_a_connection_is_added_and_changed_here_and_its_key_never_comes_back(db: None, client: Client) -> None:
    """L5: written, sealed, and on no page again, not even after a mistake."""
    added = client.post(reverse("admin:annotation_connection_add"), {**CONNECTION, "key": KEY})
    assert added.status_code == 302, added.content
    made = Connection.objects.get()
    assert endpoint_of(made).key == KEY
    page = reverse("admin:annotation_connection_change", args=[made.pk])
    assert KEY not in client.get(page).content.decode()
    wrong = client.post(page, {**CONNECTION, "key": KEY, "base_url": "ftp://nowhere"})
    assert wrong.status_code == 200
    assert KEY not in wrong.content.decode()
    assert client.post(page, {**CONNECTION, "name": "renamed", "model": "llama"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.model, endpoint_of(made).key) == ("team-vllm", "llama", KEY)
    client.post(page, {**CONNECTION, "forget_key": "on"})
    made.refresh_from_db()
    assert endpoint_of(made).key == ""
    assert KEY not in str(list(LogEntry.objects.values()))


def test_a_connection_is_not_deleted_but_deactivated(db: None, client: Client) -> None:
    client.post(reverse("admin:annotation_connection_add"), CONNECTION)
    made = Connection.objects.get()
    assert (
        client.post(reverse("admin:annotation_connection_delete", args=[made.pk]), {"post": "yes"}).status_code == 403
    )
    page = reverse("admin:annotation_connection_change", args=[made.pk])
    client.post(page, {name: value for name, value in CONNECTION.items() if name != "active"})
    made.refresh_from_db()
    assert not made.active


def test_a_key_does_not_follow_an_address_to_another_server(db: None, client: Client) -> None:
    client.post(reverse("admin:annotation_connection_add"), {**CONNECTION, "key": KEY})
    made = Connection.objects.get()
    page = reverse("admin:annotation_connection_change", args=[made.pk])
    refused = client.post(page, {**CONNECTION, "base_url": "http://elsewhere/v1"})
    assert "enter the key again" in refused.content.decode()
    made.refresh_from_db()
    assert made.base_url == CONNECTION["base_url"]
