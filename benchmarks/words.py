"""How long until what came in is found by its words. Runs inside `manage.py shell`, on the site's own database."""

from __future__ import annotations

import time

from annotation.models import Unindexed


def wait() -> float:
    """The moment from which nothing is left to index, seconds since the epoch."""
    while Unindexed.objects.exists():
        time.sleep(0.05)
    return time.time()
