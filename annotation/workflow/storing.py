"""Write items by the thousand: one COPY into a staging table, one INSERT that skips what is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from annotation.exchange import ImportedItem, canonical_json
from annotation.models import Project

from .following import keep_gold

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS annotation_import_stage (
    line bigint, fields jsonb, metadata jsonb, external_id text, content_hash bytea, gold jsonb, audit boolean
) ON COMMIT DELETE ROWS
"""
COPY = "COPY annotation_import_stage (line, fields, metadata, external_id, content_hash, gold, audit) FROM STDIN"
INSERT = """
INSERT INTO annotation_item (
    project_id, fields, metadata, external_id, content_hash, stage, priority, gold, split, audit, source, version,
    slots, taken, created_at
)
SELECT %(project)s, fields, metadata, external_id, content_hash, 'new', 0, gold, '', audit, 'imported', 0,
    %(slots)s, 0, statement_timestamp()
FROM annotation_import_stage ORDER BY line
ON CONFLICT (project_id, content_hash) DO NOTHING
RETURNING id, content_hash
"""


def store_items(project: Project, items: Sequence[ImportedItem]) -> dict[bytes, int]:
    """Insert the items that are new: content hash → id. Call inside a transaction.

    Items that the project has already, or that come twice, are left out.
    """
    with connection.cursor() as cursor:
        # One importer at a time per project: two files with the same rows in another order would deadlock. It is the
        # lock of change_policy, so a new overlap reaches every item, whether it came before or comes after.
        cursor.execute(
            "SELECT overlap, schema_version FROM annotation_project WHERE id = %s FOR NO KEY UPDATE", [project.pk]
        )
        slots, version = cursor.fetchone()
        if version != project.schema_version:
            # The questions changed while a file came in.
            items = [replace(item, gold=keep_gold(project, item.gold)) if item.gold else item for item in items]
        cursor.execute(STAGE)
        # ON COMMIT is too late for a second call in the same transaction.
        cursor.execute("TRUNCATE annotation_import_stage")
        with cursor.copy(COPY) as copy:
            for item in items:
                copy.write_row(_columns(project, item))
        cursor.execute(INSERT, {"project": project.pk, "slots": slots})
        return {bytes(content_hash): pk for pk, content_hash in cursor.fetchall()}


def _columns(project: Project, item: ImportedItem) -> tuple[object, ...]:
    return (
        item.line,
        canonical_json(item.fields).decode(),
        canonical_json(item.metadata).decode(),
        item.external_id,
        item.content_hash,
        canonical_json(item.gold).decode() if item.gold else None,
        # Drawn from the content, so that an item is audited or not however often it is imported.
        int.from_bytes(item.content_hash[:4], "big") < project.audit_share * 2**32,
    )
