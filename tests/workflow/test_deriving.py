"""What is made of a snapshot that was taken: other formats, differences, and what retention removed, byte for byte."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotation.exchange import FORMATS
from annotation.models import Event, Item, JobState, Snapshot, SnapshotFile, Verb
from annotation.workflow.annotating import submit
from annotation.workflow.deriving import find_stalled_files, make_file, request_difference, request_file
from annotation.workflow.downloading import open_card, open_file, open_manifest, open_records, open_snapshot
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.exporting import cancel_snapshot, export_snapshot, primary_file, request_snapshot
from annotation.workflow.retaining import delete_snapshot, keep_files, remove_old_files
from annotation.workflow.reviewing import resolve
from annotation.workflow.shelving import on_disk
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timezone.now() - timedelta(days=90)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SYNTHWEB_FILES = tmp_path / "files"
    return settings.SYNTHWEB_FILES / "snapshots"


def export(cast: Cast, format: str = "csv", **request: Any) -> Snapshot:
    snapshot = request_snapshot(cast.project, format=format, user=cast.lead, **request)
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    assert snapshot.state == JobState.DONE, snapshot.error
    return snapshot


def made(row: SnapshotFile) -> SnapshotFile:
    make_file(row.pk)
    row.refresh_from_db()
    return row


def content(row: SnapshotFile) -> bytes:
    with open_file(row).file as file:
        return file.read()


def test_any_format_can_be_had_of_an_old_snapshot_and_is_as_it_would_have_been(cast: Cast) -> None:
    cast.add("one", "two", metadata={"channel": "mail"})
    cast.answer(cast.annotator, "refund")
    old = export(cast)
    then = export(cast, "jsonl")
    cast.answer(cast.annotator, "other")
    cast.project.items.update(metadata={"channel": "chat", "later": 1})
    late = made(request_file(old, format="jsonl"))
    assert (late.state, late.sha256, late.rows) == (JobState.DONE, then.sha256, 2)
    assert hashlib.sha256(content(late)).hexdigest() == late.sha256
    assert request_file(old, format="jsonl").pk == late.pk, "there is one already"
    assert late.snapshot.manifest["project"] in open_card(old).file.read().decode()


def test_a_format_writes_the_snapshot_or_says_why_not_and_the_same_bytes_again(cast: Cast) -> None:
    cast.add("one", "two | ünï", "three")
    cast.answer(cast.annotator, "refund")
    snapshot = export(cast, "jsonl", splits={"train": 0.5, "test": 0.5}, options={"licence": "MIT"})
    unwritten = {}
    for name in ("csv", "excel", "huggingface", "label_studio", "conll", "preference"):
        kind = FORMATS[name]
        try:
            one = made(request_file(snapshot, format=name))
        except Refused as refusal:
            unwritten[name] = str(refusal)
            continue
        # Made again, it is compared with what it was.
        SnapshotFile.objects.filter(pk=one.pk).update(file="")
        one = made(request_file(snapshot, format=name))
        assert one.state == JobState.DONE, one.error
        if not kind.keeps_split:
            with zipfile.ZipFile(open_file(one).file) as archive:
                assert {entry.partition(".")[0] for entry in archive.namelist()} <= {"train", "test"}, name
    # What is about pairs and turns has nothing to say of a classification.
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in unwritten.values()), unwritten
    assert unwritten.keys() == {"conll", "preference"}
    assert snapshot.files.count() == 5, "of what is refused there is no row"
    hub = request_file(snapshot, format="huggingface")
    with zipfile.ZipFile(open_file(hub).file) as archive:
        readme = archive.read("README.md").decode()
    assert 'license: "MIT"' in readme
    assert "configs:" in readme.split("---")[1]
    assert "## Known gaps" in readme


def test_a_removed_file_is_made_again_byte_for_byte_and_another_one_is_not_taken_for_it(cast: Cast) -> None:
    cast.add("one", "two")
    snapshot = export(cast)
    row = primary_file(snapshot)
    assert row is not None
    before = content(row)
    keep_files(cast.project, days=30, last=None, user=cast.lead)
    remove_old_files()
    row.refresh_from_db()
    assert row.file, "it is younger than that"
    path = on_disk(row.file)
    SnapshotFile.objects.filter(pk=row.pk).update(finished_at=LONG_AGO)
    remove_old_files()
    row.refresh_from_db()
    assert (row.is_removed, path.exists(), on_disk(snapshot.records).exists()) == (True, False, True)
    with pytest.raises(JobActive, match="Ask for it again"):
        open_snapshot(snapshot)
    assert content(made(request_file(snapshot, format="csv"))) == before
    remove_old_files()
    assert on_disk(row.file).exists(), "whoever asked for it has a day to fetch it"
    # Records that are not the ones it was made of: the checksum tells.
    SnapshotFile.objects.filter(pk=row.pk).update(file="")
    Snapshot.objects.filter(pk=snapshot.pk).update(records=export(cast, filters={"search": "one"}).records)
    failed = made(request_file(Snapshot.objects.get(pk=snapshot.pk), format="csv"))
    assert (failed.state, failed.file, failed.is_removed) == (JobState.FAILED, "", True)
    assert "other bytes" in failed.error


def test_the_last_snapshots_keep_their_files_however_old_they_are(cast: Cast) -> None:
    cast.add("one")
    snapshots = [export(cast, filters={"search": "one"}, options={"seed": 0, "licence": str(n)}) for n in range(3)]
    SnapshotFile.objects.update(finished_at=LONG_AGO)
    keep_files(cast.project, days=None, last=2)
    remove_old_files()
    assert [bool(primary_file(each).file) for each in snapshots] == [False, True, True]  # type: ignore[union-attr]
    # The three have the same bytes, so they are one file, which two of them still name.
    assert on_disk(primary_file(snapshots[1]).file).exists()  # type: ignore[union-attr]
    for days, last in ((0, None), (None, -1), (10**6, None)):
        with pytest.raises(Refused):
            keep_files(cast.project, days=days, last=last)


def test_a_difference_says_what_came_went_and_is_labelled_or_decided_otherwise(cast: Cast) -> None:
    first, second, third = cast.add("first", "second", "third")
    for lease in (cast.claim(cast.annotator), cast.claim(cast.annotator)):
        submit(assignment=lease, answers={"intent": "refund"})
    before = export(cast, filters={"stage": "settled"})
    settled = sorted(cast.project.items.filter(stage="settled").values_list("pk", flat=True))
    one, two = (Item.objects.get(pk=pk) for pk in settled)
    resolve(item=one, reviewer=cast.reviewer, answers={"intent": "other"}, version=one.version)
    resolve(item=two, reviewer=cast.reviewer, answers={"intent": "refund"}, version=two.version)
    (new,) = {first.pk, second.pk, third.pk} - set(settled)
    cast.answer(cast.second, "delivery")
    after = export(cast, filters={"stage": "settled"})
    found = made(request_difference(after, before, user=cast.lead))
    assert found.state == JobState.DONE, found.error
    assert found.summary["counts"] == {"added": 1, "changed": 2, "decided_otherwise": 1, "relabelled": 1}
    assert found.summary["moves"] == {"intent": [{"before": "refund", "after": "other", "items": 1}]}
    lines = {line["id"]: line for line in map(json.loads, content(found).splitlines())}
    assert lines[new]["change"] == "added"
    assert lines[one.pk]["labels"]["intent"] == {"before": "refund", "after": "other"}
    assert lines[two.pk]["decided_by"]["intent"] == {"before": "people", "after": "reviewer"}
    assert open_file(found).name == f"{after}-from-{before.number:03}.differences.jsonl"
    with pytest.raises(Refused):
        request_difference(before, after)


def test_a_deleted_snapshot_takes_its_files_and_nothing_else_with_it(cast: Cast, folder: Path) -> None:
    cast.add("one")
    first, same = export(cast), export(cast)
    other = export(cast, "jsonl", options={"licence": "MIT"})
    made(request_difference(other, first))
    pending = request_snapshot(cast.project, format="csv")
    with pytest.raises(JobActive):
        delete_snapshot(pending)
    cancel_snapshot(pending)
    delete_snapshot(first, user=cast.lead)
    with open_snapshot(same).file as file:
        assert file.read(), "the same bytes are another snapshot's, too"
    assert not SnapshotFile.objects.filter(base__isnull=False).exists()
    for each in (same, other, pending):
        delete_snapshot(each)
    assert list(folder.iterdir()) == []
    assert Event.objects.filter(verb=Verb.SNAPSHOT_DELETED).count() == 4
    assert export(cast).number == 5, "numbers are not given twice"


def test_a_file_of_a_dead_worker_is_found_and_made_and_what_is_over_stays_over(cast: Cast, folder: Path) -> None:
    cast.add("one")
    snapshot = export(cast)
    row = request_file(snapshot, format="jsonl")
    folder.joinpath(f".file-{row.pk}-dead.part").write_text("half")
    SnapshotFile.objects.filter(pk=row.pk).update(state=JobState.RUNNING, attempts=1)
    assert find_stalled_files() == [row.pk]
    first = made(row).sha256
    make_file(row.pk)
    row.refresh_from_db()
    assert (row.state, row.sha256, row.attempts) == (JobState.DONE, first, 2)
    assert not list(folder.glob(".*.part"))


def test_the_records_and_the_manifest_can_be_had_and_say_the_same(cast: Cast) -> None:
    cast.add("one", "two")
    snapshot = export(cast)
    with open_records(snapshot).file as file:
        assert hashlib.sha256(file.read()).hexdigest() == snapshot.records_sha256
    manifest = json.loads(open_manifest(snapshot).file.read())
    assert manifest["records"] == {"sha256": snapshot.records_sha256, "size": snapshot.records_size, "rows": 2}
    assert manifest["guidelines"] == cast.project.guidelines
    assert manifest["questions"] == cast.project.questions


def test_a_snapshot_from_before_records_were_kept_can_be_had_as_it_is(cast: Cast) -> None:
    cast.add("one")
    snapshot = export(cast)
    Snapshot.objects.filter(pk=snapshot.pk).update(records="", manifest={"sha256": snapshot.sha256})
    old = Snapshot.objects.select_related("project").get(pk=snapshot.pk)
    with open_snapshot(old).file as file:
        assert hashlib.sha256(file.read()).hexdigest() == snapshot.sha256
    for wanted in (lambda: request_file(old, format="jsonl"), lambda: open_card(old), lambda: open_records(old)):
        with pytest.raises(JobActive, match="before records were kept"):
            wanted()
    keep_files(cast.project, days=1, last=None)
    SnapshotFile.objects.update(finished_at=LONG_AGO)
    remove_old_files()
    assert primary_file(old).file, "it could not be made again"  # type: ignore[union-attr]
