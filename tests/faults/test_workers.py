"""Workers that die, messages that are lost or come twice: the rows decide (CHECKS J1, J3–J6, J8, J9)."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings

from annotation.models import Annotation, Event, JobState, Labeler, Piece, Run, RunItem, Verb
from annotation.tasks import label_chunk
from annotation.workflow import running
from annotation.workflow.adding import add_items
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.running import cancel_run, start_run
from annotation.workflow.sweeping import sweep
from synthweb import embedded
from tests.cast import Cast
from tests.waiting import eventually
from tests.workers import Workers, empty_queues


@pytest.fixture(autouse=True)
def _short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the workers, and in the sweep that this process plays."""
    monkeypatch.setenv("SYNTHWEB_LEASE_SECONDS", "2")
    monkeypatch.setattr(running, "QUIET", timedelta(seconds=0.5))
    monkeypatch.setenv("SYNTHWEB_ALLOW_FAULTS", "1")


def labeler(cast: Cast, count: int, *rules: dict[str, Any], **default: Any) -> Labeler:
    add_items(cast.project, [{"fields": {"text": f"message {number}"}} for number in range(count)])
    script = {"rules": list(rules), "default": {"answer": "refund", **default}}
    return add_labeler(cast.project, name="Zero", kind="prompted", config={"llm": "scripted", "script": script})


def swept(condition: Callable[[Run], Any], run: Run) -> Callable[[], Any]:
    """A condition on the run, with the sweep coming by every half second while it is waited for."""
    last = time.monotonic()

    def check() -> Any:
        nonlocal last
        if time.monotonic() - last > 0.5:
            last = time.monotonic()
            sweep()
        run.refresh_from_db()
        return condition(run)

    return check


class OwnBroker:
    """A Valkey that may be restarted, because nothing but this test's workers uses it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.stack = embedded.attach(home, database=False)
        # Not the current app: what the product publishes must go on to the real one.
        self._client = Celery(broker=self.stack.broker_url, set_as_current=False)
        self._client.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS

    def restart(self) -> None:
        self.stack.detach()
        self.stack = embedded.attach(self.home, database=False)

    def sending(self, run: Run, condition: Callable[[Run], Any]) -> Callable[[], Any]:
        """A condition on the run, with a message for it every second while it is waited for, as the sweep would."""
        last = 0.0

        def check() -> Any:
            nonlocal last
            if time.monotonic() - last > 1:
                last = time.monotonic()
                self._client.send_task("annotation.tasks.label_chunk", args=[run.pk], queue="labeling", expires=5)
            run.refresh_from_db()
            return condition(run)

        return check


@pytest.fixture
def own_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnBroker]:
    with tempfile.TemporaryDirectory(prefix="synthweb-broker-") as folder:
        broker = OwnBroker(Path(folder))
        monkeypatch.setenv("BROKER_URL", str(broker.stack.broker_url))
        yield broker
        broker.stack.detach()


def assert_every_item_has_one_vote(run: Run) -> None:
    votes = Counter(Annotation.objects.filter(run=run).values_list("item_id", flat=True))
    assert len(votes) == run.total
    assert set(votes.values()) == {1}
    assert (run.state, run.done, run.failed) == (JobState.DONE, run.total, 0)
    assert Event.objects.filter(verb=Verb.RUN_FINISHED, data__run=run.pk).count() == 1


def test_a_worker_killed_again_and_again_loses_no_vote_and_gives_none_twice(cast: Cast, workers: Workers) -> None:
    """J1: kill -9 at random points of a run over 1,000 items."""
    run = start_run(labeler(cast, 1_000, delay=0.004))
    chance = random.Random(20_261_121)
    points = sorted(chance.sample(range(1, 1_000), 4))
    for number, point in enumerate(points):
        worker = workers.start(f"victim-{number}")
        eventually(swept(lambda run, point=point: run.done >= point, run), timeout=30)
        # Anywhere in a chunk: before the model, in it, or while its votes are stored.
        time.sleep(chance.uniform(0, 0.2))
        worker.kill()
    workers.start("survivor")
    eventually(swept(lambda run: run.state == JobState.DONE, run), timeout=60)
    assert_every_item_has_one_vote(run)


def test_a_broker_that_forgot_everything_costs_one_sweep(cast: Cast, workers: Workers) -> None:
    """J3 and J7: the message is gone, the rows are not."""
    run = start_run(labeler(cast, 200, delay=0.01))
    first = workers.start("first")
    eventually(swept(lambda run: run.done, run))
    first.stop()
    empty_queues()
    workers.start("second")
    eventually(swept(lambda run: run.state == JobState.DONE, run), timeout=30)
    assert_every_item_has_one_vote(run)


def test_a_broker_that_restarts_three_times_stops_nothing(cast: Cast, workers: Workers, own_broker: OwnBroker) -> None:
    """J4. Workers and messages use a broker of this test's own; each restart forgets what was queued."""
    run = start_run(labeler(cast, 300, delay=0.01))
    workers.start()
    for point in (30, 120, 210):
        eventually(own_broker.sending(run, lambda run, point=point: run.done >= point), timeout=60)
        own_broker.restart()
    eventually(own_broker.sending(run, lambda run: run.state == JobState.DONE), timeout=60)
    assert_every_item_has_one_vote(run)


def test_a_worker_told_to_stop_stores_what_it_has_begun(cast: Cast, workers: Workers) -> None:
    """J8."""
    run = start_run(labeler(cast, 200, delay=0.01))
    first = workers.start("first")
    eventually(swept(lambda run: run.done >= 20, run), timeout=30)
    assert first.process is not None
    first.process.terminate()
    first.process.wait(timeout=60)
    begun = RunItem.objects.filter(run=run, attempts__gt=0)
    assert not begun.exclude(state=Piece.DONE).exists(), "its last chunk was drained"
    workers.start("second")
    eventually(swept(lambda run: run.state == JobState.DONE, run), timeout=30)
    assert_every_item_has_one_vote(run)
    assert not begun.filter(attempts__gt=1).exists(), "nothing was asked twice"


def test_every_message_five_times_to_two_workers_has_one_effect(cast: Cast, workers: Workers) -> None:
    """J5."""
    run = start_run(labeler(cast, 200, delay=0.002))
    for _ in range(4):
        label_chunk.delay(run.pk)
    workers.start("one")
    workers.start("two")
    eventually(swept(lambda run: run.state == JobState.DONE, run), timeout=30)
    assert_every_item_has_one_vote(run)


def test_an_item_that_kills_its_process_is_set_aside_and_the_others_finish(cast: Cast, workers: Workers) -> None:
    """J6."""
    run = start_run(labeler(cast, 30, {"contains": "message 13", "fault": "crash"}))
    workers.start()
    eventually(swept(lambda run: run.state == JobState.DONE, run), timeout=60)
    assert (run.done, run.failed) == (29, 1)
    piece = RunItem.objects.get(run=run, state=Piece.FAILED)
    assert piece.attempts == 3
    assert "3 times" in piece.reason


def test_a_cancelled_run_stops_within_ten_seconds(cast: Cast, workers: Workers) -> None:
    """J9."""
    run = start_run(labeler(cast, 1_000, delay=0.05))
    workers.start()
    eventually(swept(lambda run: run.done, run))
    cancel_run(run)
    cancelled = time.monotonic()
    held = RunItem.objects.filter(run=run, state=Piece.PENDING, leased_until__isnull=False)
    at_cancel = set(held.values_list("pk", flat=True))
    eventually(lambda: not RunItem.objects.filter(pk__in=at_cancel, state=Piece.PENDING).exists(), timeout=10)
    assert time.monotonic() - cancelled < 10
    assert not held.exclude(pk__in=at_cancel).exists(), "nothing was taken up afterwards"
    run.refresh_from_db()
    assert run.done == Annotation.objects.filter(run=run).count() < 1_000
