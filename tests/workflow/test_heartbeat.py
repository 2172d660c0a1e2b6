"""A lease is held as long as its work goes on, from outside the work's own transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from annotation.workflow import heartbeat as module
from annotation.workflow.heartbeat import heartbeat
from tests.waiting import eventually


def test_it_beats_while_the_work_goes_on_and_not_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", timedelta(seconds=0.04))
    beats: list[int] = []
    with heartbeat(lambda: beats.append(1)):
        eventually(lambda: len(beats) >= 3)
    after = len(beats)
    with heartbeat(lambda: None):
        pass
    assert len(beats) == after


@pytest.mark.django_db(transaction=True)
def test_it_beats_on_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", timedelta(seconds=0.04))

    def backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    seen: list[int] = []
    with heartbeat(lambda: seen.append(backend())):
        eventually(lambda: seen)
    assert set(seen) != {backend()}


def test_work_that_fails_stops_it_and_is_heard_of() -> None:
    with pytest.raises(ZeroDivisionError), heartbeat(lambda: None):
        raise ZeroDivisionError
