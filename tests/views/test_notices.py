"""What somebody is told, on pages and by the API; webhooks for administrators and leads."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotation.models import Delivery, Membership, Notification, NotificationKind, Subscription, Webhook
from annotation.workflow.announcing import announce, tell_once
from annotation.workflow.commenting import comment
from annotation.workflow.people import create_user
from annotation.workflow.sealing import unseal
from annotation.workflow.targeting import add_webhook
from tests.cast import Cast
from tests.views.data import page, signed_in

SECRET = re.compile(r"whsec_[\w-]{40,}")
URL = "https://hooks.example.org/in?key=1"


def test_each_kind_can_be_switched_off_by_each_person_for_each_project(cast: Cast) -> None:
    client = signed_in(cast.lead)
    assert "A run of a model or a recipe fails, or an experiment" in client.get(page("notices", cast)).content.decode()
    on = dict.fromkeys(("mentioned", "queue_empty"), "on")
    assert client.post(page("notices", cast), {**on, "digest": "daily"}).status_code == 302
    for world in (cast, cast.foreign):
        announce(world.project, NotificationKind.RUN_FAILED, occurrence="1", run=1, labeler="Model")
        announce(world.project, NotificationKind.QUEUE_EMPTY, occurrence="1", review=0)
    heard = sorted(Notification.objects.values_list("user__username", "kind"))
    assert heard == [("lead", "queue_empty"), ("other-lead", "queue_empty"), ("other-lead", "run_failed")]
    assert client.post(page("notices", cast), {"digest": "hourly"}).status_code == 422
    assert Membership.objects.get(project=cast.project, user=cast.lead).digest == "daily"
    # An annotator chooses among fewer, and what people write to each other can be switched off, too.
    annotator = cast.api(cast.annotator)
    address = cast.url("notices")
    assert set(annotator.get(address).json()["told"]) == {
        "mentioned",
        "commented",
        "flag_cleared",
        "decided",
        "returned",
    }
    assert annotator.patch(address, {"told": {"run_failed": False}}, format="json").status_code == 400
    assert annotator.patch(address, {"told": {"mentioned": 0}}, format="json").status_code == 400
    assert annotator.patch(address, {"told": {"mentioned": False}}, format="json").json()["told"]["mentioned"] is False
    [item] = cast.add("a message")
    cast.claim(cast.annotator)
    comment(item, author=cast.lead, text="Look, @annotator!")
    assert not Notification.objects.filter(user=cast.annotator).exists()


def test_the_inbox_says_what_happened_to_projects_and_links_to_it(cast: Cast) -> None:
    hostile = "<b>q</b>"
    figures = {"alpha": 0.5, "low": 0.4, "high": 0.6, "items": 50}
    digest = {"period": "weekly", "begin": "2026-11-09", "end": "2026-11-15", "answers": 3, "yours": 1, "votes": 2}
    digest |= {"settled": 1, "waiting": 4, "review": 2, "cost": "0.50"}
    digest["questions"] = [{"title": hostile, "alpha": 0.81, "right": 0.93}]
    said = {
        NotificationKind.DIGEST: (digest, "3 answers of people", "project_overview"),
        NotificationKind.QUEUE_EMPTY: ({"review": 2}, "2 items wait for review", "project_overview"),
        NotificationKind.AGREEMENT_FELL: (
            {"question": hostile, "now": figures, "before": {**figures, "alpha": 0.9}},
            "α 0.50, before 0.90",
            "dashboard",
        ),
        NotificationKind.LICENSED: ({"label": ""}, "Models may settle items alone", "fusing"),
        NotificationKind.LICENCE_REVOKED: ({"label": hostile}, "&lt;b&gt;q&lt;/b&gt;” alone any more", "fusing"),
        NotificationKind.WEBHOOK_FAILED: ({"webhook": "team"}, "“team” could not be delivered", "project_webhooks"),
    }  # fmt: skip
    for kind, (data, _sentence, _name) in said.items():
        tell_once(cast.project, kind, occurrence="1", **data)
    tell_once(cast.project, NotificationKind.RUN_FAILED, occurrence="3", synthesis_run=7, recipe=hostile)
    tell_once(cast.project, NotificationKind.RUN_FAILED, occurrence="2", experiment=8, name=hostile)
    tell_once(cast.project, NotificationKind.RUN_FAILED, occurrence="1", run=9, labeler=hostile)
    shown = signed_in(cast.lead).get(reverse("inbox")).content.decode()
    for _data, sentence, name in said.values():
        assert sentence in shown
        assert f'href="{page(name, cast)}"' in shown
    for name, pk in (("run", 9), ("synthesis_run", 7), ("experiment", 8)):
        assert f'href="{page(name, cast, pk)}"' in shown
    assert "about 93 % of the labels are right" in shown and "cost 0.50" in shown
    assert hostile not in shown
    [first, *_rest] = cast.api(cast.lead).get("/api/v1/notifications/").json()["results"]
    assert (first["kind"], first["item"], first["data"]["run"]) == ("run_failed", None, 9)


def test_administrators_set_targets_whose_secret_is_shown_once(cast: Cast) -> None:
    address = reverse("webhooks")
    for who in (cast.lead, cast.stranger):
        client = signed_in(who)
        assert client.get(address).status_code == 404
        assert client.post(address, {"name": "team", "url": URL, "active": "on"}).status_code == 404
    root = signed_in(create_user("root", admin=True))
    refused = root.post(address, {"name": "team", "url": "ftp://nowhere", "active": "on"})
    assert refused.status_code == 422 and "starts with http" in refused.content.decode()
    [secret] = set(SECRET.findall(root.post(address, {"name": "team", "url": URL, "active": "on"}).content.decode()))
    made = Webhook.objects.get()
    assert unseal(made.sealed_secret) == secret
    assert secret not in root.get(f"{address}?change=team").content.decode()
    assert root.post(f"{address}?change=team", {"name": "x", "url": URL + "2", "active": "on"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.url, unseal(made.sealed_secret)) == ("team", URL + "2", secret)
    [renewed] = set(SECRET.findall(root.post(address, {"renew": "team"}).content.decode()))
    made.refresh_from_db()
    assert unseal(made.sealed_secret) == renewed != secret
    assert root.post(address, {"test": "team"}).status_code == 302
    assert "<code>test</code>" in root.get(address).content.decode()


def test_leads_choose_what_a_target_hears_and_see_what_was_sent(cast: Cast) -> None:
    webhook, _secret = add_webhook(name="team", url=URL, by=create_user("root", admin=True))
    client, address = signed_in(cast.lead), page("project_webhooks", cast)
    assert client.post(address, {f"webhook-{webhook.pk}": ["run_failed"]}).status_code == 302
    assert Subscription.objects.get().events == ["run_failed"]
    assert client.post(address, {f"webhook-{webhook.pk}": ["everything"]}).status_code == 422
    for kind in (NotificationKind.RUN_FAILED, NotificationKind.QUEUE_EMPTY):
        announce(cast.project, kind, occurrence="1")
        announce(cast.foreign.project, kind, occurrence="1")
    assert client.post(address, {"test": "team"}).status_code == 302
    assert [delivery.event for delivery in Delivery.objects.all()] == ["test", "run_failed"]
    shown = client.get(address).content.decode()
    # Where a target is, is the administrators' business: an address can hold a password of its own.
    assert "hooks.example.org" not in shown and "<code>run_failed</code>" in shown
    rows = cast.api(cast.lead).get(cast.url("deliveries")).json()["results"]
    assert [(row["event"], row["state"], row["attempts"]) for row in rows] == [
        ("test", "pending", 0),
        ("run_failed", "pending", 0),
    ]
    assert cast.api(cast.foreign.lead).get(cast.url("deliveries", world=cast.foreign)).json()["results"] == []


@pytest.mark.parametrize("name", ["notices", "project_webhooks"])
def test_nobody_elses_page_takes_anything(cast: Cast, name: str) -> None:
    assert signed_in(cast.lead).post(page(name, cast.foreign), {"digest": "never"}).status_code == 404
    assert not Membership.objects.filter(digest="never").exists()
