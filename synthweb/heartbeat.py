"""Which Celery workers are alive: each signs a sorted set at the broker, which `/healthz` counts.

`celery inspect ping` would wait its whole timeout for replies; this costs a millisecond and forgets a killed worker
after `FORGET_AFTER` seconds. The broker's clock counts, not the machines'.
"""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

KEY = "synthweb:workers"
FORGET_AFTER = 10.0  # seconds; Celery's heart beats every 2


@cache
def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.BROKER_CLIENT_URL,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(NoBackoff(), 0),
    )


def beat(worker: str) -> None:
    """Sign as alive. Raises redis.RedisError."""
    _broker().zremrangebyscore(_key(), "-inf", _now() - FORGET_AFTER)
    _broker().zadd(_key(), {worker: _now()})


def leave(worker: str) -> None:
    """Sign off. Raises redis.RedisError."""
    _broker().zrem(_key(), worker)


def alive() -> int:
    """Workers that signed within the last `FORGET_AFTER` seconds. Raises redis.RedisError."""
    return int(_broker().zcount(_key(), _now() - FORGET_AFTER, "+inf"))


def _now() -> float:
    seconds, microseconds = _broker().time()
    return float(seconds) + microseconds / 1e6


def _key() -> str:
    return f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}{KEY}"
