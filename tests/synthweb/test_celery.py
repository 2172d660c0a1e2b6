"""What a worker process does before it forks."""

from __future__ import annotations

import pytest

from annotation.llms.computing import threads_allowed
from synthweb.celery import app


def test_the_children_of_a_worker_share_the_cores_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTHWEB_PROCESSES", raising=False)
    alone = threads_allowed()
    monkeypatch.setenv("SYNTHWEB_PROCESSES", "1")  # so that what the worker sets is taken back
    app.Worker(concurrency=alone)
    assert threads_allowed() == 1
