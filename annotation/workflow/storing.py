"""Write items by the thousand: one COPY into a staging table, one INSERT that skips what is there already.

Their words are indexed at once where they are few; of many, a job does it behind the import (`indexing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection

from annotation.exchange import ImportedItem, spelled
from annotation.models import Project, Unindexed

from .following import keep_gold

# So many items at once are found by their words a moment later.
MANY = 500

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS annotation_import_stage (
    line bigint, fields jsonb, metadata jsonb, external_id text, content_hash bytea, gold jsonb, audit boolean,
    split text, source text
) ON COMMIT DELETE ROWS
"""
COPY = """
COPY annotation_import_stage (line, fields, metadata, external_id, content_hash, gold, audit, split, source) FROM STDIN
"""
INSERT = """
INSERT INTO annotation_item (
    project_id, fields, metadata, external_id, content_hash, stage, priority, gold, split, audit, source, version,
    slots, taken, created_at
)
SELECT %(project)s, fields, metadata, external_id, content_hash, 'new', 0, gold, split, audit, source, 0,
    %(slots)s, 0, statement_timestamp()
FROM annotation_import_stage ORDER BY line
ON CONFLICT (project_id, content_hash) DO NOTHING
RETURNING id, content_hash
"""


def store_items(project: Project, items: Sequence[ImportedItem]) -> dict[bytes, int]:
    """Insert the items that are new: content hash → id. Call inside a transaction. Votes are not looked at.

    Items that the project has already, or that come twice, are left out.
    """
    slots, version = hold(project)
    if version != project.schema_version:
        # The questions changed while a file came in.
        items = [replace(item, gold=keep_gold(project, item.gold)) if item.gold else item for item in items]
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        # ON COMMIT is too late for a second call in the same transaction.
        cursor.execute("TRUNCATE annotation_import_stage")
        with cursor.copy(COPY) as copy:
            for item in items:
                copy.write_row(_columns(project, item))
        with indexed_later(project, len(items)) as created:
            cursor.execute(INSERT, {"project": project.pk, "slots": slots})
            stored = {bytes(content_hash): pk for pk, content_hash in cursor.fetchall()}
            created += stored.values()
    return stored


def hold(project: Project) -> tuple[int, int]:
    """(overlap, schema version) of the project, to whose items nobody else adds before the transaction ends.

    Two files with the same rows in another order would deadlock otherwise. It is the lock of `change_policy`, so a new
    overlap reaches every item, whether it came before or comes after.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT overlap, schema_version FROM annotation_project WHERE id = %s FOR NO KEY UPDATE", [project.pk]
        )
        return cursor.fetchone()


@contextmanager
def indexed_later(project: Project, many: int) -> Iterator[list[int]]:
    """Inside, the trigger that indexes words stands back where `many` items come; their ids go into the list."""
    created: list[int] = []
    if many < MANY:
        yield created
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synthweb.bulk = 'on'")
        yield created
        cursor.execute("SET LOCAL synthweb.bulk = 'off'")
    if created:
        Unindexed.objects.create(project=project, first=min(created), last=max(created), count=len(created))


def is_audited(project: Project, content_hash: bytes) -> bool:
    """Drawn from the content, so that an item is audited or not however often it is imported."""
    return int.from_bytes(content_hash[:4], "big") < project.audit_share * 2**32


def _columns(project: Project, item: ImportedItem) -> tuple[object, ...]:
    return (
        item.line,
        item.spelled or spelled(item.fields),
        spelled(item.metadata) if item.metadata else "{}",
        item.external_id,
        item.content_hash,
        spelled(item.gold) if item.gold else None,
        is_audited(project, item.content_hash),
        item.split,
        item.source,
    )
