"""Wake-ups: sent after commit, and never worth an error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import redis
from django.conf import settings
from django.db import transaction

from annotation.workflow.publishing import publish
from tests.workers import database_url, empty_queues


def waiting(queue: str) -> int:
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    return int(redis.Redis.from_url(settings.BROKER_CLIENT_URL).llen(prefix + queue))


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_when_the_rows_it_speaks_of_are_committed() -> None:
    empty_queues()
    with transaction.atomic():
        publish("label_chunk", 1)
        publish("export_snapshot", 1)
        assert waiting("labeling") == 0
    assert (waiting("labeling"), waiting("exports")) == (1, 1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish("label_chunk", 1)
        raise ZeroDivisionError
    assert waiting("labeling") == 1
    empty_queues()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_costs_a_moment_and_no_error() -> None:
    """The rows are committed; the sweep will send the message again."""
    code = (
        "import django, time; django.setup()\n"
        "from annotation.workflow.publishing import publish\n"
        "began = time.monotonic(); publish('sweep'); print(time.monotonic() - began)"
    )
    environment = {**os.environ, "DATABASE_URL": database_url(), "BROKER_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "broker unreachable" in done.stderr
    assert float(done.stdout) < 10, "a page would have waited for it"
