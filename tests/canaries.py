"""A word that no other text has, where it is found, and how it is taken out again."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from annotation.models import BulkChange, JobState, Snapshot
from annotation.workflow.changing_many import erase_deleted
from annotation.workflow.downloading import open_card, open_manifest, open_records, open_snapshot
from annotation.workflow.exporting import export_snapshot, request_snapshot
from tests.cast import Cast
from tests.changes import carried_out, carry_out

CANARY = "canary-8f3a"


def take(cast: Cast, format: str = "jsonl", **request: Any) -> Snapshot:
    snapshot = request_snapshot(cast.project, format=format, user=cast.lead, **request)
    export_snapshot(snapshot.pk)
    return Snapshot.objects.get(pk=snapshot.pk, state=JobState.DONE)


def unpacked(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        yield from unpacked(gzip.decompress(content))
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from unpacked(archive.read(name))


def places(word: str) -> list[str]:
    """Every table, and every file, that holds the word."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(f'SELECT count(*) FROM "{table}" each WHERE each::text LIKE %s', [f"%{word}%"])
            if cursor.fetchone() != (0,):
                found.append(table)
    for path in Path(settings.SYNTHWEB_FILES).rglob("*"):
        if path.is_file() and any(word.encode() in part for part in unpacked(path.read_bytes())):
            found.append(path.name)
    return found


def delete(cast: Cast, *items: int) -> BulkChange:
    return carry_out(cast, "delete", among=items)


def erase(cast: Cast, change: BulkChange) -> BulkChange:
    erase_deleted(change, user=cast.lead)
    carried_out(change)
    assert change.is_erased
    assert change.state == JobState.DONE, change.error
    return change


def downloads(snapshot: Snapshot) -> Iterator[bytes]:
    for opened in (open_snapshot, open_records, open_manifest, open_card):
        with opened(snapshot).file as file:
            yield file.read()
