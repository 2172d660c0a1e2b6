"""The cast on its stage: made once for the tests of a file that follow each other, each of which happens within a
savepoint of one transaction. Tests that commit get a cast of their own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.cast import Cast, make_cast

COMMITTING = {"transactional_db", "live_server"}


class Theatre:
    """At most one cast, and the open transaction in which it was made."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._file: Path | None = None
        self._frame: transaction.Atomic | None = None
        self._cast: Cast | None = None

    def open_for(self, item: pytest.Item) -> None:
        """The stage this test needs: the one that stands there, a new one, or none."""
        wanted = _plays(item)
        if self._file != (item.path if wanted else None):
            self.close()
        if wanted and self._cast is None:
            with self._blocker.unblock():
                # Within a transaction of others there is nothing to hold open.
                if connection.in_atomic_block:
                    return
                self._file, self._frame = item.path, transaction.atomic()
                self._frame.__enter__()
                self._cast = make_cast()

    def close(self) -> None:
        if self._frame is not None:
            with self._blocker.unblock():
                transaction.set_rollback(True)
                self._frame.__exit__(None, None, None)
        self._file = self._frame = self._cast = None

    def cast(self) -> Cast | None:
        """A copy that the test may change; None where no stage stands."""
        return copy.deepcopy(self._cast)


def _plays(item: pytest.Item) -> bool:
    """Whether the test asks for the cast, and commits nothing."""
    names = set(getattr(item, "fixturenames", ()))
    mark = item.get_closest_marker("django_db")
    return "cast" in names and not names & COMMITTING and not (mark and mark.kwargs.get("transaction"))


STAGE = pytest.StashKey[Theatre]()


@pytest.fixture(scope="session")
def theatre(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[Theatre]:
    built = request.config.stash[STAGE] = Theatre(django_db_blocker)
    yield built
    built.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # Before the fixtures: those of pytest-django begin the transaction of the test.
    if (built := item.config.stash.get(STAGE, None)) is not None:
        built.open_for(item)


@pytest.fixture
def cast(theatre: Theatre, db: None) -> Cast:
    return theatre.cast() or make_cast()
