"""How many requests a token may send: counted by the minute, in the cache."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

MINUTE = 60
# After the cache could not be reached nobody waits for it again for this long.
PAUSE = 5.0

logger = logging.getLogger(__name__)
_unreachable_until = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """`left` requests of `limit` until the minute is over, in `seconds`."""

    limit: int
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 has them."""
        return {
            "RateLimit-Policy": f'"token";q={self.limit};w={MINUTE}',
            "RateLimit": f'"token";r={max(0, self.left)};t={self.seconds}',
        }


def spend(who: str) -> Standing | None:
    """Count one request of `who`, and how they stand then; below 0 is over the limit.

    None where nothing is limited: without a cache the API works on, rather than fail for the sake of its limit.
    """
    global _unreachable_until
    limit = settings.SYNTHWEB_API_RATE
    if not limit or time.monotonic() < _unreachable_until:
        return None
    minute, second = divmod(int(time.time()), MINUTE)
    key = f"api-rate:{who}:{minute}"
    try:
        # One round trip but for the first request of a minute. Two firsts at once: the second adds to the first.
        try:
            count = cache.incr(key)
        except ValueError:
            count = 1 if cache.add(key, 1, timeout=2 * MINUTE) else cache.incr(key)
    except (RedisError, OSError, ValueError) as error:
        _unreachable_until = time.monotonic() + PAUSE
        logger.warning("Requests are not limited for now: %s", type(error).__name__)
        return None
    return Standing(limit, limit - count, MINUTE - second)
