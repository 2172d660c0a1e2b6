"""/healthz."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.test import Client
from redis.backoff import NoBackoff
from redis.retry import Retry

from synthweb import health, heartbeat
from tests.waiting import eventually
from tests.workers import Worker


@pytest.fixture(autouse=True)
def _look_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(health, "_last", None)
    redis.Redis.from_url(settings.BROKER_CLIENT_URL).delete(heartbeat._key())
    yield


def test_without_workers_the_site_is_up_and_says_so(client: Client, db: None) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "broker": "ok", "workers": 0}
    assert response["Cache-Control"].count("no-store")


def test_counts_live_workers_and_forgets_dead_ones(
    client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH", 0.0)
    monkeypatch.setattr(heartbeat, "FORGET_AFTER", 4.0)
    eventually(lambda: client.get("/healthz").json()["workers"] == 1)
    worker.kill()
    eventually(lambda: client.get("/healthz").json()["workers"] == 0)


def test_a_database_that_does_not_answer_is_503_long_before_it_would_have_answered(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A query that hangs stands for a server that does.
    monkeypatch.setattr(health, "LOOK", "SELECT pg_sleep(30)")
    began = time.monotonic()
    response = client.get("/healthz")
    assert time.monotonic() - began < 10
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert (response.json()["status"], response.json()["database"]) == ("down", "down")


def test_a_broker_that_is_gone_is_503(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = redis.Redis(unix_socket_path="/nonexistent", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(heartbeat, "_broker", lambda: nobody)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "down", "database": "ok", "broker": "down", "workers": 0}


def test_one_look_serves_every_asker_for_two_seconds(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").status_code == 200
    monkeypatch.setattr(health, "LOOK", "not even SQL")
    assert client.get("/healthz").status_code == 200
