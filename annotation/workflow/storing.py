"""Write items by the thousand: those that are new, by one COPY.

Their words are indexed at once where they are few; of many, a job does it behind the import (`indexing`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection
from django.utils import timezone

from annotation.exchange import ImportedItem, spelled
from annotation.models import Project, Stage, Unindexed

from .copying import NULL, binary, copy_rows, document, escaped, flag, text
from .following import keep_gold

# So many items at once are found by their words a moment later.
MANY = 500

HERE = "SELECT content_hash, id FROM annotation_item WHERE project_id = %s AND content_hash = ANY(%s::bytea[])"
# The name is looked up once, and not for every id.
RESERVE = """
SELECT nextval(ids.sequence)
FROM (SELECT pg_get_serial_sequence('annotation_item', 'id')::regclass AS sequence OFFSET 0) ids, generate_series(1, %s)
"""
BROUGHT = ("fields", "metadata", "external_id", "content_hash", "gold", "split", "source", "audit")
COLUMNS = ("id", *BROUGHT, "project_id", "stage", "priority", "version", "slots", "taken", "created_at")


def store_items(project: Project, items: Sequence[ImportedItem]) -> dict[bytes, int]:
    """Insert the items that are new: content hash → id. Call inside a transaction. Votes are not looked at.

    Items that the project has already, or that come twice, are left out.
    """
    slots, version = hold(project)
    if version != project.schema_version:
        # The questions changed while a file came in.
        items = [replace(item, gold=keep_gold(project, item.gold)) if item.gold else item for item in items]
    here = already_here(project, [item.content_hash for item in items])
    fresh: dict[bytes, ImportedItem] = {}
    for item in items:
        if item.content_hash not in here:
            fresh.setdefault(item.content_hash, item)
    created = reserve(fresh)
    # Of cells that are the same in every row, one text is made.
    alike = "\t".join((str(project.pk), Stage.NEW.value, "0", "0", str(slots), "0", timezone.now().isoformat()))
    with indexed_later(project, created.values()):
        rows = ((str(created[key]), *brought_by(project, item), alike) for key, item in fresh.items())
        copy_rows("annotation_item", COLUMNS, rows)
    return created


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


def already_here(project: Project, hashes: Iterable[bytes]) -> dict[bytes, int]:
    """Those items of a held project that show one of these: content hash → id."""
    with connection.cursor() as cursor:
        # Spelled here: psycopg would take longer over a list of thousands than PostgreSQL to look them up.
        cursor.execute(HERE, [project.pk, "{" + ",".join([f'"\\\\x{each.hex()}"' for each in hashes]) + "}"])
        return {bytes(content_hash): pk for content_hash, pk in cursor.fetchall()}


def reserve(hashes: Collection[bytes]) -> dict[bytes, int]:
    """Ids for new items: content hash → id, ascending."""
    if not hashes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [len(hashes)])
        return {key: pk for key, (pk,) in zip(hashes, cursor.fetchall(), strict=True)}


@contextmanager
def indexed_later(project: Project, created: Collection[int]) -> Iterator[None]:
    """Inside, the trigger that indexes words stands back where many items come, and a job is left to do it."""
    if len(created) < MANY:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synthweb.bulk = 'on'")
        yield
        cursor.execute("SET LOCAL synthweb.bulk = 'off'")
    Unindexed.objects.create(project=project, first=min(created), last=max(created), count=len(created))


def brought_by(project: Project, item: ImportedItem) -> tuple[str, ...]:
    """The cells of the columns BROUGHT, which do not depend on what is done with an item."""
    return (
        escaped(item.spelled or spelled(item.fields)),
        document(item.metadata),
        text(item.external_id),
        binary(item.content_hash),
        document(item.gold) if item.gold else NULL,
        text(item.split),
        item.source,
        flag(is_audited(project, item.content_hash)),
    )


def is_audited(project: Project, content_hash: bytes) -> bool:
    """Drawn from the content, so that an item is audited or not however often it is imported."""
    return int.from_bytes(content_hash[:4], "big") < project.audit_share * 2**32
