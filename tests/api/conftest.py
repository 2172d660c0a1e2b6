"""Two furnished projects, made once for each file of tests; whatever a test does to them is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.api.routes import Route, Rows, furnish
from tests.cast import Cast, make_cast


@dataclass
class Stage:
    cast: Cast
    here: Rows
    there: Rows

    def send(self, user: Any, route: Route, slug: str, rows: Rows) -> Any:
        """One request whose effects are taken back."""
        with transaction.atomic():
            response = self.call(user, route, slug, rows)
            transaction.set_rollback(True)
        return response

    def call(self, user: Any, route: Route, slug: str, rows: Rows) -> Any:
        client = self.cast.api(user)
        body = route.body(rows)
        options = {"format": "multipart"} if route.multipart else {}
        return getattr(client, route.method.lower())(route.address(slug, rows), body, **options)


@pytest.fixture(scope="module")
def _theatre(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """Two furnished projects for every test of this file: each of them happens within a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        yield Stage(cast, furnish(cast), furnish(cast.foreign))
        transaction.set_rollback(True)


@pytest.fixture
def stage(_theatre: Stage, db: None) -> Stage:
    return _theatre
