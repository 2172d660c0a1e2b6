"""Hold a job's lease while one long piece of work goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from .jobs import LEASE


@contextmanager
def heartbeat(beat: Callable[[], None]) -> Iterator[None]:
    """Call `beat` four times a lease, from a thread with a database connection of its own.

    For work that is one long transaction, whose own writes nobody else could see.
    """
    done = threading.Event()

    def run() -> None:
        try:
            while not done.wait(LEASE.total_seconds() / 4):
                beat()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
