"""A site taken along while people work, and put back elsewhere."""

from __future__ import annotations

import io
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from annotation.management.commands.backup import database_url
from annotation.models import Annotation, Item
from synthweb.backup import BrokenBackup, DatabaseRefused, NotEmpty, SiteRuns, read_manifest, restore, take
from synthweb.backup.archive import DUMP, writing
from synthweb.backup.database import fingerprints
from tests.cast import Cast


def nothing() -> None:
    """Both sites are of one version."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """An empty database on the same server."""
    name = f"elsewhere_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(make_conninfo(database_url(), dbname="postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(database_url(), dbname=name)
        # FORCE would end autovacuum's workers too, which only a superuser may; DROP alone waits for them.
        server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "here" / "files"
    (folder / "snapshots").mkdir(parents=True)
    (folder / "snapshots" / "1-abc.jsonl").write_bytes(b'{"text": "kept"}\n' * 1_000)
    (folder / "snapshots" / ".2-draft.part").write_bytes(b"half")
    return folder


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        [found] = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() or [0]
        return int(found)


def external_ids(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT external_id FROM annotation_item ORDER BY id").fetchall()]


@pytest.mark.django_db(transaction=True)
def test_what_was_backed_up_under_load_is_there_again_row_for_row(
    cast: Cast, files: Path, elsewhere: str, tmp_path: Path
) -> None:
    cast.add(*(f"message {number}" for number in range(60)))
    going, stop = Event(), Event()

    def annotate() -> None:
        while not stop.is_set():
            cast.answer(cast.annotator, "refund")
            going.set()
        connections.close_all()

    worker = Thread(target=annotate)
    worker.start()
    going.wait(20)
    out = tmp_path / "site.backup"
    try:
        taken = take(out, url=database_url(), files=files, facts={"software": "this"})
    finally:
        stop.set()
        worker.join()
    assert out.stat().st_mode & 0o777 == 0o600
    there = tmp_path / "there" / "files"
    restored = restore(out, url=elsewhere, files=there, migrate=nothing)
    assert (restored.rows, restored.files) == (taken.rows, taken.files) == (taken.rows, 1)
    with psycopg.connect(elsewhere) as connection:
        assert fingerprints(connection) == restored.manifest["tables"]
        # One moment: every answer's event came along with it, and its item's place is taken.
        [answers, events, taken_places] = connection.execute(
            "SELECT (SELECT count(*) FROM annotation_annotation), "
            "(SELECT count(*) FROM annotation_event WHERE verb = 'answered'), "
            "(SELECT count(*) FROM annotation_assignment WHERE state = 'answered')"
        ).fetchone() or [0, 0, 0]
    assert 0 < answers == events == taken_places <= Annotation.objects.count()
    assert [path.name for path in there.rglob("*") if path.is_file()] == ["1-abc.jsonl"]
    assert (there / "snapshots" / "1-abc.jsonl").read_bytes() == (files / "snapshots" / "1-abc.jsonl").read_bytes()


@pytest.mark.django_db(transaction=True)
def test_a_site_with_data_is_replaced_only_when_somebody_says_so(
    cast: Cast, files: Path, elsewhere: str, tmp_path: Path
) -> None:
    cast.add("the first")
    out = tmp_path / "site.backup"
    take(out, url=database_url(), files=files, facts={})
    restore(out, url=elsewhere, files=files, migrate=nothing)
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute("UPDATE annotation_item SET external_id = 'changed'")
        with pytest.raises(SiteRuns, match="running"):
            restore(out, url=elsewhere, files=files, replace=True, migrate=nothing)
    with pytest.raises(NotEmpty, match="--replace"):
        restore(out, url=elsewhere, files=files, migrate=nothing)
    assert external_ids(elsewhere) == ["changed"]
    restore(out, url=elsewhere, files=files, replace=True, migrate=nothing)
    assert external_ids(elsewhere) == list(Item.objects.values_list("external_id", flat=True)) == [""]


@pytest.mark.django_db(transaction=True)
def test_a_damaged_backup_changes_nothing(cast: Cast, files: Path, elsewhere: str, tmp_path: Path) -> None:
    out = tmp_path / "site.backup"
    take(out, url=database_url(), files=files, facts={})
    restore(out, url=elsewhere, files=files, migrate=nothing)
    before = count(elsewhere, "annotation_user")
    whole = out.read_bytes()
    broken = tmp_path / "broken.backup"
    for data in (
        b"",
        b"no tar at all" * 1_000,
        whole[: len(whole) // 2],
        whole.replace(b'"text": "kept"', b'"text": "kepT"', 1),
    ):
        broken.write_bytes(data)
        with pytest.raises(BrokenBackup):
            restore(broken, url=elsewhere, files=files, replace=True, migrate=nothing)
    # Whole as an archive, and yet no database: PostgreSQL refuses it in the middle of the replacement.
    (tmp_path / DUMP).write_bytes(b"PGDMP and then nonsense")
    with broken.open("wb") as target, writing(target, lambda read: None) as writer:
        writer.add(tmp_path / DUMP, DUMP)
        writer.finish({"tables": {}})
    with pytest.raises(DatabaseRefused):
        restore(broken, url=elsewhere, files=files, replace=True, migrate=nothing)
    assert count(elsewhere, "annotation_user") == before > 0
    assert (files / "snapshots" / "1-abc.jsonl").exists()


@pytest.mark.parametrize("name", ["../outside", "/outside", "files/../../outside", "files\\..\\outside"])
def test_a_member_that_would_leave_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.backup"
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"evil"))
    with pytest.raises(BrokenBackup, match="outside"):
        read_manifest(path)


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_whole_files_and_says_why_it_cannot(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "site.backup"
    call_command("backup", str(out))
    rows, _and, number, *_ = capsys.readouterr().out.replace(" rows", "").split()
    assert int(rows) == sum(table["rows"] for table in read_manifest(out)["tables"].values())
    assert number.isdecimal()
    with pytest.raises(CommandError, match=r"nowhere.*No such file"):
        call_command("backup", str(tmp_path / "nowhere" / "site.backup"))
    with pytest.raises(CommandError, match="holds data"):
        call_command("restore", str(out))
    assert list(tmp_path.iterdir()) == [out]
