"""What is erased is gone: from every table, from every file on the disk, and from everything made of a snapshot."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CASCADE, BinaryField, CharField, JSONField, Model, TextField

from annotation.exchange import FORMATS
from annotation.models import (
    Asking,
    BulkChange,
    Candidate,
    Event,
    Experiment,
    ExperimentStep,
    Fate,
    ImportJob,
    ImportLoss,
    Item,
    JobState,
    Labeler,
    Measurement,
    ModelCall,
    Run,
    Snapshot,
    SnapshotFile,
    SynthesisRun,
)
from annotation.workflow import changing_many, refreezing
from annotation.workflow.changing_many import (
    change_items,
    erase_deleted,
    erase_with_made,
    forget_old_changes,
    request_change,
    undo_change,
)
from annotation.workflow.deriving import make_file, request_difference, request_file
from annotation.workflow.downloading import open_file
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.flagging import flag
from tests.canaries import CANARY, delete, downloads, erase, places, take
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

HOLDING = (CharField, TextField, JSONField, BinaryField)
# What may tell of an item and does not go with its row.
CLEARED = {
    "Candidate", "ChangedItem", "Event", "ExperimentStep", "ImportLoss", "Measurement", "ModelCall", "Run", "Snapshot",
    "SynthesisRun",
}  # fmt: skip
# Text, JSON or bytes in nobody's item's words: names, settings, sums and files' names; rows that were rejected; what
# somebody looked for; replies that are sealed and forgotten within a day; snapshots' files, which are made anew.
OTHERWISE = {
    "Annotator", "Asking", "BulkChange", "Calibration", "Checkpoint", "Connection", "Delivery", "Document",
    "Experiment", "Fit", "Fitting", "ImportJob", "Invitation", "JudgeTrial", "KeptReply", "Labeler", "Licence",
    "Membership", "Notification", "Phrase", "Project", "ProjectRevision", "RejectedRow", "SavedView", "SchemaChange",
    "SnapshotFile", "Subscription", "TokenGrant", "Upload", "User", "Webhook",
}  # fmt: skip
# They take long to import, and say what the others say.
HEAVY = {"docbin", "parquet", "huggingface"}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"


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
    # Another seed's, whose text was the erased one's.
    elsewhere = {"parents": [child.pk], "duplicate_of": seed.pk, "fields": {"text": CANARY}}
    Candidate.objects.create(run=run, number=2, fate=Fate.DUPLICATE, **elsewhere)
    Candidate.objects.create(**told, number=1, fate=Fate.FILTERED, fields={"text": f"{CANARY} anew"}, raw=CANARY)


def told_a_model(cast: Cast, gone: Item, other: Item) -> Run:
    """A run that shows both items' answers, and an experiment that was stopped after it had learned from them."""
    labeler = Labeler.objects.create(project=cast.project, name="told", kind="prompted")
    stopped = Experiment.objects.create(
        project=cast.project, name="x", version=1, seeds=1, state=JobState.CANCELLED, total=2, done=1
    )
    ExperimentStep.objects.create(experiment=stopped, key="0/write", value=[CANARY])
    examples = [[gone.pk, {"intent": CANARY}], [other.pk, {"intent": "delivery"}]]
    brief = {"sample": [], "examples": examples}
    return Run.objects.create(project=cast.project, labeler=labeler, brief=brief, state=JobState.DONE)


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
    run = told_a_model(cast, gone, other)
    flag(gone, user=cast.second, reason=CANARY)
    old, new = take(cast), take(cast, "csv", splits={"train": 0.5, "test": 0.5})
    files = in_formats(old, ("jsonl", "csv", "excel", "argilla"))
    difference = made(request_difference(new, old))
    Measurement.objects.create(project=cast.project, name="x", value=[CANARY])
    holding = set(places(CANARY))
    change = delete(cast, gone.pk)
    assert holding | set(places(CANARY)) >= {f"annotation_{name.lower()}" for name in CLEARED}
    erase(cast, change)
    assert places(CANARY) == []
    run.refresh_from_db()
    assert run.brief == {"sample": [], "examples": [[other.pk, {"intent": "delivery"}]]}

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


def test_what_recipes_made_of_items_goes_with_them_where_somebody_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = cast.add("a seed", f"of it, {CANARY}", f"of that, {CANARY}", "a stranger")
    seed, child, grandchild, stranger = (item.pk for item in items)
    for parent, made in ((seed, child), (child, grandchild)):
        run = SynthesisRun.objects.create(project=cast.project, recipe="x", recipe_version=1, schema_version=1)
        Candidate.objects.create(run=run, number=0, fate=Fate.KEPT, parents=[parent], item_id=made, raw=CANARY)
        Item.objects.get(pk=made).parents.add(parent)
    monkeypatch.setattr(changing_many, "BATCH", 1)
    there = Item.objects.filter(project=cast.project).order_by("pk")
    # Deleted with what was made of it, and brought back as it was, relations between batches included.
    change = request_change(cast.project, action="delete", user=cast.lead, among=[seed], details={"made": True})
    change_items(change.pk)
    assert [*there.values_list("pk", flat=True)] == [stranger]
    undo_change(change, user=cast.lead)
    change_items(change.pk)
    assert [*there.values_list("pk", "parents")] == [
        (seed, None),
        (child, seed),
        (grandchild, child),
        (stranger, None),
    ]
    # Deleted alone and erased: what was made of it is found across an item that is gone, too.
    erase(cast, delete(cast, child))
    snapshot = take(cast)
    following = erase_with_made(delete(cast, seed), user=cast.lead)
    assert following is not None
    assert [*there.values_list("pk", flat=True)] == [grandchild, stranger]
    running = request_snapshot(cast.project, format="jsonl")
    change_items(following.pk)
    following.refresh_from_db()
    assert (following.state, following.erased_at) == (JobState.FAILED, None), "a snapshot was being written"
    export_snapshot(running.pk)
    erase(cast, following)
    for change in BulkChange.objects.filter(project=cast.project, state=JobState.PENDING):
        change_items(change.pk)
    assert [*there.values_list("pk", flat=True)] == [stranger]
    assert Snapshot.objects.get(pk=snapshot.pk).rows == 1
    assert places(CANARY) == []
    assert erase_with_made(delete(cast, stranger), user=cast.lead) is None


def goes_with_items(model: type[Model], *through: type[Model]) -> bool:
    return model is Item or any(
        field.remote_field.on_delete is CASCADE
        and not field.null
        and field.related_model not in (model, *through)
        and goes_with_items(field.related_model, model, *through)
        for field in model._meta.fields
        if field.many_to_one or field.one_to_one
    )


def test_whoever_adds_a_column_that_holds_text_has_said_what_erasing_does_about_it() -> None:
    holding = {
        model.__name__
        for model in apps.get_app_config("annotation").get_models(include_auto_created=True)
        if not goes_with_items(model)
        and any(isinstance(each, HOLDING) and not each.choices for each in model._meta.fields)
    }
    assert holding == CLEARED | OTHERWISE


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
