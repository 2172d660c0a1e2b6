"""What is erased is gone: from every table, from every file on the disk, and from everything made of a snapshot."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from annotation.exchange import FORMATS
from annotation.models import (
    Annotator,
    Asking,
    BulkChange,
    Candidate,
    Event,
    Fate,
    ImportJob,
    ImportLoss,
    Item,
    JobState,
    ModelCall,
    Role,
    Snapshot,
    SnapshotFile,
    SynthesisRun,
    User,
)
from annotation.workflow import refreezing
from annotation.workflow.assembling import pseudonym_of
from annotation.workflow.changing_many import change_items, erase_deleted, forget_old_changes, request_change
from annotation.workflow.deriving import make_file, request_difference, request_file
from annotation.workflow.downloading import open_card, open_file, open_manifest, open_records, open_snapshot
from annotation.workflow.erasing_people import erase_person
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.people import add_member, create_user
from annotation.workflow.reviewing import resolve
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary-8f3a"
# They take long to import, and say what the others say.
HEAVY = {"docbin", "parquet", "huggingface"}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"


def take(cast: Cast, format: str = "jsonl", **request: Any) -> Snapshot:
    snapshot = request_snapshot(cast.project, format=format, user=cast.lead, **request)
    export_snapshot(snapshot.pk)
    return Snapshot.objects.get(pk=snapshot.pk, state=JobState.DONE)


def made(row: SnapshotFile) -> SnapshotFile:
    make_file(row.pk)
    row.refresh_from_db()
    assert row.state == JobState.DONE, row.error
    return row


def in_formats(snapshot: Snapshot, formats: Collection[str]) -> list[SnapshotFile]:
    files = []
    for name in formats:
        # Not every format can hold this project.
        with suppress(Refused):
            files.append(made(request_file(snapshot, format=name)))
    return files


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
    change = request_change(cast.project, action="delete", user=cast.lead, among=items)
    change_items(change.pk)
    change.refresh_from_db()
    return change


def erase(cast: Cast, change: BulkChange) -> BulkChange:
    erase_deleted(change, user=cast.lead)
    change_items(change.pk)
    change.refresh_from_db()
    assert change.is_erased
    assert change.state == JobState.DONE, change.error
    return change


def downloads(snapshot: Snapshot) -> Iterator[bytes]:
    for opened in (open_snapshot, open_records, open_manifest, open_card):
        with opened(snapshot).file as file:
            yield file.read()


def synthesized(cast: Cast, seed: Item, child: Item) -> None:
    """A recipe was told the seed; what it replied became the child, and something that became nothing."""
    seeds = [{"id": seed.pk, "fields": seed.fields, "answers": {}, "family": seed.pk, "missed": []}]
    run = SynthesisRun.objects.create(
        project=cast.project,
        recipe="x",
        recipe_version=1,
        schema_version=1,
        drawn={"seeds": seeds},
        state=JobState.DONE,
    )
    prompt = {"text": f"Write one more like {CANARY}"}
    call = ModelCall.objects.create(project=cast.project, run=run, key=b"k", prompt=prompt, sampling={}, reply=CANARY)
    Asking.objects.create(run=run, place=0, role="writer", parents=[seed.pk], call=call)
    told: dict[str, Any] = {"run": run, "parents": [seed.pk], "requests": [0]}
    Candidate.objects.create(**told, number=0, fate=Fate.KEPT, item=child, fields={"text": "a child"})
    Candidate.objects.create(**told, number=1, fate=Fate.FILTERED, fields={"text": f"{CANARY} anew"}, raw=CANARY)


def test_an_erased_item_is_in_no_table_no_file_and_nothing_that_is_made_of_a_snapshot(cast: Cast) -> None:
    [gone, other, child] = cast.add(f"I am {CANARY}", "another", "a child", metadata={"from": "shop"})
    Item.objects.filter(pk=gone.pk).update(metadata={CANARY: CANARY})
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.annotator, "delivery")
    synthesized(cast, gone, child)
    job = ImportJob.objects.create(project=cast.project, file="x", filename="x", size=1, format="csv")
    ImportLoss.objects.create(job=job, sentence="Too long.", count=1, examples=[[1, CANARY]])
    labelled = request_change(
        cast.project, action="label", user=cast.lead, among=[gone.pk], details={"answers": {"intent": "other"}}
    )
    change_items(labelled.pk)
    old, new = take(cast), take(cast, "csv", splits={"train": 0.5, "test": 0.5})
    files = in_formats(old, ("jsonl", "csv", "excel", "argilla"))
    difference = made(request_difference(new, old))
    assert len(places(CANARY)) > 12
    erase(cast, delete(cast, gone.pk))
    assert places(CANARY) == []

    for before, rows in ((old, 2), (new, 2)):
        after = Snapshot.objects.get(pk=before.pk)
        assert (after.number, after.rows, after.manifest["rows"]) == (before.number, rows, rows)
        [told] = after.manifest["erasures"]
        assert (told["what"], told["records"]) == ("items", 1)
        assert told["records_sha256"] == {"before": before.records_sha256, "after": after.records_sha256}
        assert told["sha256"] == {"before": before.sha256, "after": after.sha256}
        assert after.manifest["labels"]["intent"]["counts"] == {"delivery": 1}
        assert "from" in after.manifest["metadata"]
        assert CANARY not in after.manifest["metadata"]
        file, kept, _manifest, card = downloads(after)
        assert hashlib.sha256(file).hexdigest() == after.sha256 != before.sha256
        assert hashlib.sha256(kept).hexdigest() == after.records_sha256
        assert "after the snapshot was taken: 1 item went." in card.decode()
        ids = [json.loads(line)["id"] for line in gzip.decompress(kept).splitlines()]
        assert ids == [other.pk, child.pk]
        event = Event.objects.get(project=cast.project, verb="erased", data__snapshot=before.number)
        assert event.data["records_sha256"] == told["records_sha256"]
    for row in [*files, difference]:
        row.refresh_from_db()
        primary = row.format == "jsonl"
        assert row.state == (JobState.DONE if primary else JobState.CANCELLED)
        if not primary:
            with pytest.raises(Conflict):
                open_file(row)
    # Anew they are made without it, and a second time byte for byte.
    assert len(in_formats(Snapshot.objects.get(pk=old.pk), FORMATS.keys() - HEAVY)) > 8
    again = made(request_difference(Snapshot.objects.get(pk=new.pk), Snapshot.objects.get(pk=old.pk)))
    assert again.summary["counts"] == {"changed": 2, "rest": 2}, "their splits"
    first = SnapshotFile.objects.get(snapshot=old, format="csv")
    SnapshotFile.objects.filter(pk=first.pk).update(file="")
    assert made(request_file(Snapshot.objects.get(pk=old.pk), format="csv")).sha256 == first.sha256
    assert places(CANARY) == []
    forget_old_changes()
    assert Candidate.objects.get(item=child).fields == {"text": "a child"}


def test_erasing_waits_for_snapshots_at_work_and_goes_on_where_it_was_killed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    [gone, _other] = cast.add(f"I am {CANARY}", "another")
    first, second = take(cast), take(cast)
    untouched = take(cast, filters={"stage": "settled"})
    change = delete(cast, gone.pk)
    running = request_snapshot(cast.project, format="jsonl")
    with pytest.raises(Conflict):
        erase_deleted(change, user=cast.lead)
    export_snapshot(running.pk)
    erase_deleted(change, user=cast.lead)

    def killed(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(refreezing, "_write_file", killed)
        change_items(change.pk)
    # Before a snapshot is written anew it is as it was, whole.
    assert CANARY.encode() in b"".join(downloads(Snapshot.objects.get(pk=first.pk)))
    BulkChange.objects.update(leased_until=None)
    change_items(change.pk)
    change.refresh_from_db()
    assert (change.is_erased, change.state, change.details["snapshots_left"]) == (True, JobState.DONE, 0)
    assert places(CANARY) == []
    for snapshot in (first, second):
        assert len(Snapshot.objects.get(pk=snapshot.pk).manifest["erasures"]) == 1
    assert "erasures" not in Snapshot.objects.get(pk=untouched.pk).manifest


def test_a_file_that_was_being_made_of_what_was_erased_is_not_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    [gone, _other] = cast.add(f"I am {CANARY}", "another")
    snapshot = take(cast)
    change = delete(cast, gone.pk)
    row = request_file(snapshot, format="csv")
    writing, go_on = threading.Event(), threading.Event()
    write = FORMATS["csv"].write

    def slowly(records: Any, *rest: Any) -> Any:
        written = write(records, *rest)
        writing.set()
        go_on.wait()
        return written

    monkeypatch.setattr(type(FORMATS["csv"]), "write", lambda _self, *rest: slowly(*rest))

    def make() -> None:
        try:
            make_file(row.pk)
        finally:
            connection.close()

    worker = threading.Thread(target=make)
    worker.start()
    writing.wait()
    erase(cast, change)
    go_on.set()
    worker.join()
    row.refresh_from_db()
    assert (row.state, row.file) == (JobState.CANCELLED, "")
    assert places(CANARY) == []


def test_an_erased_person_is_named_nowhere_and_their_answers_stay(cast: Cast) -> None:
    person = create_user(CANARY)
    add_member(cast.project, person, Role.REVIEWER, by=cast.lead)
    cast.policy(overlap=2)
    items = cast.add("one", "two", "three")
    cast.answer(person, "refund")
    cast.answer(cast.second, "refund")
    decided = Item.objects.get(pk=items[2].pk)
    resolve(item=decided, reviewer=person, answers={"intent": "other"}, version=decided.version)
    request_change(
        cast.project, action="assign", user=cast.lead, among=[items[1].pk], details={"people": [CANARY], "days": 3}
    )
    change_items(BulkChange.objects.latest("pk").pk)
    delete(cast, items[2].pk)
    take(cast, "long_table")
    undone = take(cast, options={"annotations": False})
    hidden = take(cast, options={"pseudonyms": True})
    pseudonym = pseudonym_of(CANARY, cast.project)
    assert pseudonym in str(hidden.manifest)
    assert len(places(CANARY)) > 8
    assert places(pseudonym)
    assert erase_person(CANARY) == 3
    assert places(CANARY) == []
    assert places(pseudonym) == []
    assert not User.objects.filter(pk=person.pk).exists()
    called = Annotator.objects.get(project=cast.project, name__startswith="erased-").name
    label = Item.objects.get(pk=items[0].pk).consensus.get()
    assert label.value == "refund"
    undone.refresh_from_db()
    assert [called, 1] in undone.manifest["annotators"]["people"]
    assert undone.manifest["erasures"][0]["what"] == "names"
    after = json.loads(next(downloads(take(cast))).splitlines()[0])
    assert sorted(after["labels"]["intent"]["by"]) == sorted([called, "second"])
    # Nobody but the last of their kind is kept.
    for name in (cast.lead.username, "nobody"):
        with pytest.raises(Refused):
            erase_person(name)
