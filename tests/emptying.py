"""After a test that committed: the tables that hold rows are emptied; Django would truncate every one there is."""

from __future__ import annotations

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

# What the migrations leave behind, and tests do not change.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
APPEND_ONLY = {"annotation_event"}


@cache
def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - KEPT)


def empty(_case: TransactionTestCase) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in _tables()))
        filled = [name for (name,) in cursor.fetchall()]
        # References are looked at when the transaction ends, and then nothing is left to refer to.
        for name in filled:
            cursor.execute(f"TRUNCATE {name}" if name in APPEND_ONLY else f"DELETE FROM {name}")


TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]
