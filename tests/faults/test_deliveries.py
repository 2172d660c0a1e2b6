"""A worker that is killed while a target thinks about a message (J3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event as Happening

from django.db.models.functions import Now

from annotation.models import Delivery, JobState, NotificationKind
from annotation.workflow.announcing import announce
from annotation.workflow.delivering import deliver, find_due_deliveries
from annotation.workflow.targeting import add_webhook, subscribe
from tests.cast import Cast
from tests.endpoints import Answer, Asked, Behaviour, Server
from tests.waiting import eventually
from tests.workers import Worker


def test_a_message_whose_worker_was_killed_arrives_under_the_same_id(
    cast: Cast, worker: Worker, serve: Callable[[Behaviour], Server]
) -> None:
    killed = Happening()

    def slowly(asked: Asked) -> Answer:
        if asked.number:
            return Answer([b"ok"])

        def body() -> Iterator[bytes]:
            killed.wait(30)
            yield b"HTTP/1.1 200 OK\r\n\r\n"

        return Answer(body(), raw=True)

    server = serve(slowly)
    webhook, _secret = add_webhook(name="team", url=server.url, by=cast.lead)
    subscribe(cast.project, webhook, ["run_failed"])
    announce(cast.project, NotificationKind.RUN_FAILED, occurrence="1", run=1, labeler="Model")
    eventually(lambda: server.asked)
    worker.kill()
    killed.set()
    held = Delivery.objects.get()
    assert (held.state, held.attempts, find_due_deliveries()) == (JobState.RUNNING, 1, [])
    Delivery.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert find_due_deliveries() == [held.pk]
    deliver(held.pk)
    assert [asked.body["id"] for asked in server.asked] == [str(held.key)] * 2
    held.refresh_from_db()
    assert (held.state, held.attempts) == (JobState.DONE, 2)
