"""The Celery application.

Workers: `celery -A synthweb worker -Q default,labeling,exports`; the clock of the sweep: `celery -A synthweb beat`.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

import redis
from celery import Celery
from celery.signals import heartbeat_sent, worker_init, worker_shutting_down
from celery.worker.heartbeat import Heart

from synthweb import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "synthweb.settings")
# Before anything imports torch: its threads sleep while they wait for each other. Spinning, which is the default,
# halves the votes per second as soon as anything else uses the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

app = Celery("synthweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _share_cores(sender: Any, **_: Any) -> None:
    # Before the worker forks: each child takes its part of the cores for a model's threads (llms/computing.py).
    if isinstance(sender.concurrency, int):
        os.environ["SYNTHWEB_PROCESSES"] = str(sender.concurrency)


@heartbeat_sent.connect
def _sign_as_alive(sender: Heart, **_: Any) -> None:
    with contextlib.suppress(redis.RedisError):  # Celery itself reports and repairs a lost broker
        heartbeat.beat(sender.eventer.hostname)


@worker_shutting_down.connect
def _sign_off(sender: str, **_: Any) -> None:
    with contextlib.suppress(redis.RedisError):
        heartbeat.leave(sender)
