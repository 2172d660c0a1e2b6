"""Webhooks: signed, retried, sent at least once and told of in the transaction in which something happens."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from annotation.models import Delivery, JobState, Notification, NotificationKind, Subscription, Webhook
from annotation.workflow import delivering
from annotation.workflow.announcing import announce
from annotation.workflow.delivering import deliver, find_due_deliveries
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Refused
from annotation.workflow.labeling import label_chunk
from annotation.workflow.people import create_user
from annotation.workflow.running import start_run
from annotation.workflow.targeting import add_webhook, change_webhook, renew_secret, send_test, subscribe
from tests.cast import SCRIPTED, Cast
from tests.endpoints import Answer, Behaviour, Server

Serve = Callable[[Behaviour], Server]
TAKEN = Answer([b"thank you"])


def target(cast: Cast, server: Server) -> tuple[Webhook, str]:
    webhook, secret = add_webhook(name="team", url=server.url, by=create_user("root", admin=True))
    subscribe(cast.project, webhook, ["run_failed", "queue_empty"])
    return webhook, secret


def happen(cast: Cast, occurrence: str = "1") -> Delivery:
    announce(cast.project, NotificationKind.RUN_FAILED, occurrence=occurrence, run=7, labeler="Model v1")
    return Delivery.objects.get(occurrence=occurrence)


def make_due(**fields: object) -> None:
    Delivery.objects.update(due_at=Now(), leased_until=None, **fields)


def test_a_message_is_signed_with_the_targets_secret(cast: Cast, serve: Serve) -> None:
    server = serve(lambda asked: TAKEN)
    webhook, secret = target(cast, server)
    delivery = happen(cast)
    deliver(delivery.pk)
    [asked] = server.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    made = hmac.new(secret.encode(), f"{headers['x-synthweb-timestamp']}.{delivery.body}".encode(), hashlib.sha256)
    assert headers["x-synthweb-signature"] == f"sha256={made.hexdigest()}"
    assert asked.body == json.loads(delivery.body)
    assert asked.body["id"] == headers["x-synthweb-delivery"] == str(delivery.key)
    assert asked.body["project"]["slug"] == cast.project.slug
    assert asked.body["data"] == {"run": 7, "labeler": "Model v1"}
    assert secret.encode() not in bytes(webhook.sealed_secret)
    assert renew_secret(webhook, by=cast.lead) != secret


def test_five_wake_ups_are_one_request_and_one_occurrence_one_message(cast: Cast, serve: Serve) -> None:
    server = serve(lambda asked: TAKEN)
    target(cast, server)
    delivery = happen(cast)
    assert happen(cast) == delivery
    for _ in range(5):
        deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (len(server.asked), delivery.state, delivery.status, delivery.attempts) == (1, JobState.DONE, 200, 1)
    assert find_due_deliveries() == []
    assert Notification.objects.filter(user=cast.lead, kind=NotificationKind.RUN_FAILED).count() == 1


def test_an_error_is_retried_later_each_time_and_under_the_same_id(cast: Cast, serve: Serve) -> None:
    server = serve(lambda asked: Answer([b"canary"], 500) if asked.number < 2 else TAKEN)
    target(cast, server)
    pk = happen(cast).pk
    pauses = []
    for _ in range(3):
        deliver(pk)
        left = Delivery.objects.get(pk=pk)
        pauses.append(left.due_at - left.created_at)
        assert left.state == JobState.DONE or find_due_deliveries() == []
        # Nobody sends it before it is due.
        deliver(pk)
        make_due()
    assert pauses[1] > timedelta(seconds=9) and pauses[0] > timedelta(seconds=4)
    assert {asked.body["id"] for asked in server.asked} == {str(left.key)}
    assert (len(server.asked), left.state, left.attempts, left.error) == (3, JobState.DONE, 3, "")


def test_a_redirect_is_not_followed_and_no_reply_is_kept(cast: Cast, serve: Serve) -> None:
    trap = serve(lambda asked: TAKEN)
    server = serve(lambda asked: Answer([b"canary-of-the-reply"], 302, {"location": trap.url}))
    target(cast, server)
    pk = happen(cast).pk
    deliver(pk)
    kept = Delivery.objects.get(pk=pk)
    assert (kept.state, kept.status) == (JobState.PENDING, 302)
    assert "redirect" in kept.error
    assert trap.asked == []
    assert "canary" not in str(Delivery.objects.values().get())


def test_after_a_day_it_is_given_up_and_said_once(cast: Cast, serve: Serve) -> None:
    server = serve(lambda asked: Answer([], 503))
    target(cast, server)
    for occurrence in ("1", "2"):
        happen(cast, occurrence)
    make_due(created_at=Now() - timedelta(days=1))
    for pk in find_due_deliveries():
        deliver(pk)
    assert set(Delivery.objects.values_list("state", "error")) == {(JobState.FAILED, "The target answered 503.")}
    [told] = Notification.objects.filter(kind=NotificationKind.WEBHOOK_FAILED)
    assert (told.user, told.data) == (cast.lead, {"webhook": "team"})


def test_whom_a_dead_worker_leaves_behind_is_sent_again(cast: Cast, serve: Serve) -> None:
    """kill −9 after the lease and before the reply was noted."""
    server = serve(lambda asked: TAKEN)
    target(cast, server)
    pk = happen(cast).pk
    Delivery.objects.update(state=JobState.RUNNING, attempts=1, leased_until=Now() + timedelta(seconds=30))
    assert find_due_deliveries() == []
    Delivery.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert find_due_deliveries() == [pk]
    deliver(pk)
    assert (len(server.asked), Delivery.objects.get().state) == (1, JobState.DONE)


def test_a_target_that_does_not_answer_holds_no_worker_and_is_spared(
    cast: Cast, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "DEADLINE", 0.1)
    server = serve(lambda asked: Answer(body=iter(()), raw=True) if server.over.wait(5) else TAKEN)
    target(cast, server)
    first, second = happen(cast, "1"), happen(cast, "2")
    deliver(first.pk)
    assert "No reply" in Delivery.objects.get(pk=first.pk).error
    server.over.set()
    # The other one waits too, without having been tried.
    assert find_due_deliveries() == []
    assert Delivery.objects.get(pk=second.pk).attempts == 0


def test_what_did_not_happen_is_not_told(cast: Cast, serve: Serve) -> None:
    target(cast, serve(lambda asked: TAKEN))
    with transaction.atomic():
        happen(cast)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert not Notification.objects.exists()


def test_a_failed_run_is_told_to_leads_and_to_targets_that_listen(cast: Cast, serve: Serve) -> None:
    webhook, _ = target(cast, serve(lambda asked: TAKEN))
    cast.add("Where is my parcel?")
    labeler = add_labeler(cast.project, name="Model", kind="prompted", config=SCRIPTED, user=cast.lead)
    run = start_run(labeler, user=cast.lead)
    labeler.config = {"llm": "gone"}
    labeler.save()
    label_chunk(run.pk)
    [delivery] = Delivery.objects.all()
    assert json.loads(delivery.body)["data"] == {"run": run.pk, "labeler": str(labeler)}
    assert list(Notification.objects.values_list("user", "kind")) == [(cast.lead.pk, "run_failed")]
    # Nobody hears of another project.
    announce(cast.foreign.project, NotificationKind.RUN_FAILED, occurrence="1", run=1, labeler="x")
    Subscription.objects.all().delete()
    announce(cast.project, NotificationKind.RUN_FAILED, occurrence="3", run=1, labeler="x")
    assert Delivery.objects.count() == 1
    change_webhook(webhook, url=webhook.url, active=False, by=cast.lead)
    with pytest.raises(Refused, match="inactive"):
        send_test(webhook)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "https://me:pw@a.example/", "https://a.example/#x", "http://[::1", ""]
)
def test_an_address_that_cannot_be_called_is_refused(db: None, url: str) -> None:
    with pytest.raises(Refused):
        add_webhook(name="team", url=url, by=create_user("root", admin=True))
    assert not Webhook.objects.exists()
