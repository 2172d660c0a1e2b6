"""Snapshots: one point in time, whole or not at all, and every label says who decided it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from annotation.models import Event, Item, JobState, Snapshot, Verb
from annotation.workflow import assembling, exporting
from annotation.workflow.adding import add_items
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.exporting import (
    cancel_snapshot,
    export_snapshot,
    find_stalled_snapshots,
    path_of,
    request_snapshot,
)
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.waiting import eventually
from tests.workers import database_url

pytestmark = pytest.mark.django_db(transaction=True)
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")']


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"


def export(cast: Cast, format: str = "jsonl", **request: Any) -> Snapshot:
    snapshot = request_snapshot(cast.project, format=format, user=cast.lead, **request)
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    return snapshot


def records(snapshot: Snapshot) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path_of(snapshot).read_bytes().splitlines()]


def fill(cast: Cast, count: int) -> None:
    add_items(cast.project, [{"fields": {"text": f"message {number}"}} for number in range(count)])


def files() -> list[str]:
    folder = Path(settings.SYNTHWEB_FILES) / "snapshots"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_every_label_says_who_decided_it_and_opinions_are_no_labels(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("agreed", "open")
    cast.add("reviewed")
    answered = cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "refund")
    reviewed = Item.objects.get(fields__text="reviewed")
    resolve(item=reviewed, reviewer=cast.reviewer, answers={"intent": "other"}, version=0)
    snapshot = export(cast)
    found = {record["id"]: record for record in records(snapshot)}
    label = found[answered.pk]["labels"]["intent"]
    assert (label["value"], label["decided_by"], label["by"]) == ("refund", "people", ["annotator", "second"])
    label = found[reviewed.pk]["labels"]["intent"]
    assert (label["value"], label["decided_by"], label["by"]) == ("other", "reviewer", ["reviewer"])
    assert [record["labels"] for record in found.values()].count({}) == 1
    assert snapshot.manifest["decided_by"] == {"people": 1, "reviewer": 1}
    assert snapshot.manifest["stages"] == {"settled": 2, "new": 1}
    assert snapshot.rows == snapshot.manifest["rows"] == 3


def test_the_checksum_and_size_are_those_of_the_file(cast: Cast) -> None:
    fill(cast, 5)
    snapshot = export(cast)
    data = path_of(snapshot).read_bytes()
    assert snapshot.state == JobState.DONE
    assert snapshot.sha256 == snapshot.manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert snapshot.size == len(data)
    assert Event.objects.filter(verb=Verb.SNAPSHOT_FINISHED, data__sha256=snapshot.sha256).count() == 1


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_the_same_state_gives_the_same_bytes(cast: Cast, format: str) -> None:
    metadata = {f"key{number}": number for number in range(30)}
    cast.add("a", "b", metadata=metadata)
    cast.answer(cast.annotator, "refund")
    first, second = export(cast, format), export(cast, format)
    assert first.sha256 == second.sha256
    assert (first.number, second.number) == (1, 2)


def test_metadata_columns_are_the_same_ones_every_time_where_there_are_too_many(cast: Cast) -> None:
    cast.add("a", metadata={f"key{number:03}": number for number in range(assembling.METADATA_KEYS + 50)})
    header = path_of(export(cast, "csv")).read_text("utf-8-sig").splitlines()[0]
    assert "key000" in header
    assert f"key{assembling.METADATA_KEYS + 10:03}" not in header


def test_an_export_under_writes_holds_what_changes_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """E1: the writer changes the first and the last item in one transaction; no page may see half of it."""
    monkeypatch.setattr(assembling, "PAGE", 20)
    fill(cast, 800)
    ends = [cast.project.items.earliest("pk").pk, cast.project.items.latest("pk").pk]
    done, written = threading.Event(), []

    def write() -> None:
        try:
            while not done.is_set():
                written.append(len(written))
                Item.objects.filter(pk__in=ends).update(metadata={"pair": len(written)})
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            before = len(written)
            snapshot = export(cast)
            assert len(written) > before + 10, "nobody wrote while we read"
            found = {record["id"]: record["metadata"] for record in records(snapshot)}
            assert found[ends[0]] == found[ends[1]]
    finally:
        done.set()
        writer.join()


def test_cells_that_a_spreadsheet_would_run_are_escaped_and_json_lines_are_lossless(cast: Cast) -> None:
    """E3."""
    texts = [f"{formula} {number}" for number, formula in enumerate(FORMULAS)]
    cast.add(*texts, metadata={"@note": "=cmd|' /C calc'!A0"})
    stored = list(cast.project.items.order_by("pk").values_list("fields__text", flat=True))
    text = path_of(export(cast, "csv")).read_bytes().decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [record["fields"]["text"] for record in records(export(cast))] == stored


def test_a_filter_takes_only_those_stages(cast: Cast) -> None:
    cast.add("a", "b")
    cast.answer(cast.annotator, "refund")
    snapshot = export(cast, filters={"stage": "settled"})
    assert [record["stage"] for record in records(snapshot)] == ["settled"]
    assert snapshot.manifest["filters"] == {"stage": ["settled"]}


@pytest.mark.parametrize(
    "request_",
    [
        {"format": "exe"},
        {"format": "../csv"},
        {"format": "csv", "filters": {"owner": 1}},
        {"format": "csv", "filters": {"stage": "lost"}},
        {"format": "csv", "filters": {"stage": {"a": 1}}},
        {"format": "csv", "filters": {"stage": {}}},
    ],
)
def test_what_cannot_be_exported_is_refused(cast: Cast, request_: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        request_snapshot(cast.project, **request_)
    assert not Snapshot.objects.exists()


def test_an_empty_project_is_an_empty_file(cast: Cast) -> None:
    snapshot = export(cast)
    assert (snapshot.state, snapshot.rows, snapshot.size) == (JobState.DONE, 0, 0)


def test_a_message_that_comes_again_changes_nothing(cast: Cast) -> None:
    fill(cast, 3)
    snapshot = export(cast)
    export_snapshot(snapshot.pk)
    again = Snapshot.objects.get(pk=snapshot.pk)
    assert (again.sha256, again.attempts, again.finished_at) == (snapshot.sha256, 1, snapshot.finished_at)


def test_an_export_killed_at_half_offers_no_partial_file_and_is_finished_later(cast: Cast) -> None:
    """E2."""
    fill(cast, 3_000)
    snapshot = request_snapshot(cast.project, format="jsonl", user=cast.lead)
    worker = exporter(snapshot.pk)
    folder = Path(settings.SYNTHWEB_FILES) / "snapshots"
    eventually(lambda: any(path.stat().st_size for path in folder.glob(".*.part")), timeout=60, every=0.005)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.files.count(), snapshot.sha256) == (JobState.RUNNING, 0, "")
    assert all(name.endswith(".part") for name in files())
    # The dead worker's lease runs out; its heartbeat had told how far it was.
    Snapshot.objects.filter(pk=snapshot.pk).update(leased_until=None, rows=17)
    assert find_stalled_snapshots() == [snapshot.pk]
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.rows) == (JobState.DONE, 3_000)
    made = sorted([path_of(snapshot).name, Path(snapshot.records).name])
    assert files() == made, "what the dead worker left is gone"


def exporter(pk: int, largest_file: int | None = None) -> subprocess.Popen[bytes]:
    """A process that exports page by small page, as a worker would; none of its files may pass `largest_file` bytes."""
    code = (
        "import django; django.setup()\n"
        "import resource; from django.conf import settings; from pathlib import Path\n"
        f"settings.SYNTHWEB_FILES = Path({str(settings.SYNTHWEB_FILES)!r})\n"
        f"largest = {largest_file} or resource.RLIM_INFINITY\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))\n"
        f"from annotation.workflow import assembling, exporting; assembling.PAGE = 10; exporting.export_snapshot({pk})"
    )
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "DATABASE_URL": database_url()})


def test_a_write_that_fails_midway_leaves_no_file_and_a_sentence(cast: Cast) -> None:
    """As on a full disk. The limit is another process's: here it would stop the test runner's own output too."""
    fill(cast, 500)
    snapshot = request_snapshot(cast.project, format="jsonl", user=cast.lead)
    assert exporter(snapshot.pk, largest_file=20_000).wait(timeout=60) == 0
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.records, snapshot.files.count()) == (JobState.FAILED, "", 0)
    assert "could not be written" in snapshot.error
    assert files() == []


def test_a_folder_that_is_none_fails_the_snapshot_with_a_sentence(cast: Cast) -> None:
    settings.SYNTHWEB_FILES.mkdir(parents=True)
    (settings.SYNTHWEB_FILES / "snapshots").write_text("in the way")
    snapshot = export(cast)
    assert snapshot.state == JobState.FAILED
    assert "could not be written" in snapshot.error


def test_a_snapshot_that_kills_its_worker_every_time_is_given_up(cast: Cast) -> None:
    snapshot = request_snapshot(cast.project, format="csv")
    Snapshot.objects.filter(pk=snapshot.pk).update(attempts=exporting.ATTEMPTS)
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    assert snapshot.state == JobState.FAILED
    assert find_stalled_snapshots() == []


def test_a_cancelled_snapshot_is_not_written(cast: Cast) -> None:
    snapshot = request_snapshot(cast.project, format="csv")
    cancel_snapshot(snapshot)
    export_snapshot(snapshot.pk)
    assert files() == []
    with pytest.raises(JobActive):
        cancel_snapshot(snapshot)


def test_the_manifest_is_of_the_same_moment_as_the_rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lead changes the policy after the worker has read the project, before it reads the items."""
    fill(cast, 1)
    whole = exporting.freeze

    def freeze_after_a_change(*asked: Any) -> dict[str, Any]:
        cast.policy(overlap=7)
        return whole(*asked)

    monkeypatch.setattr(exporting, "freeze", freeze_after_a_change)
    assert export(cast).manifest["policy"]["overlap"] == 7
