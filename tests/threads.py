"""Doing things at the same moment: threads with a database connection each, released together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The answers in order; the first error is raised once all are done. Needs a transactional database."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(run, call) for call in calls]
    return [future.result() for future in futures]


def outcomes(calls: Sequence[Callable[[], T]], *expected: type[Exception]) -> list[T | Exception]:
    """As `together`, but an error of an expected kind is an answer."""

    def guarded(call: Callable[[], T]) -> Callable[[], T | Exception]:
        def run() -> T | Exception:
            try:
                return call()
            except expected as error:
                return error

        return run

    return together([guarded(call) for call in calls])
