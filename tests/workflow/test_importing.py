"""Files that come in: every row once, counted exactly, whatever happens to the worker."""

from __future__ import annotations

import gc
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings

from annotation.exchange import BadRow, Mapping
from annotation.models import Annotation, Consensus, Event, ImportJob, Item, JobState, RejectedRow, Verb
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.workflow import importing
from annotation.workflow.errors import JobActive
from annotation.workflow.importing import find_stalled_imports, import_file
from annotation.workflow.indexing import find_unindexed, index_words
from annotation.workflow.jobs import ATTEMPTS, Overtaken
from annotation.workflow.uploading import cancel_import, file_of, receive, start_import
from tests.cast import Cast
from tests.threads import together
from tests.waiting import eventually
from tests.workers import database_url

CSV = b"id,text,intent\n1,Where is it?,delivery\n2,Money back!,refund\n"


def upload(cast: Cast, data: bytes, name: str = "rows.csv") -> ImportJob:
    return receive(cast.project, io.BytesIO(data), name, user=cast.lead)


def run(job: ImportJob) -> ImportJob:
    import_file(start_import(job).pk)
    job.refresh_from_db()
    return job


def rows(count: int, first: int = 0) -> bytes:
    lines = [f'{number},"message number {number}, with a comma"' for number in range(first, first + count)]
    return ("id,text\n" + "\n".join(lines) + "\n").encode()


def kept_files() -> set[str]:
    folder = Path(settings.SYNTHWEB_FILES) / "imports"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_an_import_brings_its_rows_in_and_says_what_it_did(cast: Cast) -> None:
    before = kept_files()
    job = run(upload(cast, CSV))
    assert (job.state, job.read, job.created, job.duplicates, job.rejected) == (JobState.DONE, 2, 2, 0, 0)
    assert job.position == job.size == len(CSV)
    item = Item.objects.get(project=cast.project, external_id="1")
    assert (item.fields, item.gold) == ({"text": "Where is it?"}, {"intent": "delivery"})
    assert Event.objects.filter(verb=Verb.IMPORT_FINISHED, data__created=2).count() == 1
    assert kept_files() == before, "the upload is gone once it is in"


def test_bad_rows_are_stored_with_line_and_reason_and_good_ones_kept(cast: Cast) -> None:
    data = b"id,text,intent\n1,good,refund\n2,,refund\n3,bad gold,unheard\n4,nul\x00byte,refund\n5,last,other\n"
    job = run(upload(cast, data))
    assert (job.state, job.read, job.created, job.rejected) == (JobState.DONE, 5, 2, 3)
    bad = list(RejectedRow.objects.filter(job=job).order_by("line").values_list("line", "reason"))
    assert [line for line, _ in bad] == [3, 4, 5]
    assert all(reason for _, reason in bad)


def test_duplicates_within_the_file_and_with_the_project_are_counted(cast: Cast) -> None:
    run(upload(cast, CSV))
    job = run(upload(cast, CSV + b"3,Where is it?,\n4,New,other\n"))
    assert (job.read, job.created, job.duplicates, job.rejected) == (4, 1, 3, 0)


def test_a_cancelled_import_stops_at_the_next_batch_and_keeps_what_came_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    job = start_import(upload(cast, rows(100)))
    whole = importing._import_batch

    def cancel_after_one(held: ImportJob, batch: object) -> None:
        whole(held, batch)  # type: ignore[arg-type]
        cancel_import(ImportJob.objects.get(pk=job.pk))

    monkeypatch.setattr(importing, "_import_batch", cancel_after_one)
    import_file(job.pk)
    with pytest.raises(JobActive):
        cancel_import(job)
    job.refresh_from_db()
    assert (job.state, job.read, job.created) == (JobState.CANCELLED, 10, 10)
    assert Item.objects.filter(project=cast.project).count() == 10
    assert gc.isenabled(), "whatever ends an import, the worker looks for cycles again"
    assert find_stalled_imports() == []


def test_an_import_that_lost_its_file_fails_with_a_sentence(cast: Cast) -> None:
    job = start_import(upload(cast, CSV))
    (Path(settings.SYNTHWEB_FILES) / job.file).unlink()
    import_file(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error


def test_an_import_that_kills_its_worker_every_time_is_given_up(cast: Cast) -> None:
    job = start_import(upload(cast, CSV))
    ImportJob.objects.filter(pk=job.pk).update(attempts=ATTEMPTS, state=JobState.RUNNING)
    import_file(job.pk)
    job.refresh_from_db()
    assert (job.state, job.created) == (JobState.FAILED, 0)
    assert not file_of(job).exists(), "nobody can take it up again"


@pytest.mark.django_db(transaction=True)
def test_the_same_message_five_times_at_once_imports_every_row_once(cast: Cast) -> None:
    job = start_import(upload(cast, rows(3_000)))
    together([partial(import_file, job.pk)] * 5)
    job.refresh_from_db()
    assert (job.state, job.read, job.created, job.duplicates) == (JobState.DONE, 3_000, 3_000, 0)
    assert Event.objects.filter(verb=Verb.IMPORT_FINISHED).count() == 1


def test_a_worker_that_was_overtaken_writes_nothing(cast: Cast) -> None:
    """Its lease ran out under a slow batch, another worker stored that batch, and now it comes with its copy."""
    job = start_import(upload(cast, CSV))
    ImportJob.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    first, slow = (ImportJob.objects.get(pk=job.pk) for _ in range(2))
    batch = importing._Batch(bad=[BadRow(2, "bad", "row")], line=2, position=10)
    importing._import_batch(first, batch)
    with pytest.raises(Overtaken):
        importing._import_batch(slow, batch)
    job.refresh_from_db()
    assert (job.read, job.rejected, RejectedRow.objects.filter(job=job).count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_rows_in_two_files_at_once_come_in_once_and_the_counters_add_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U8. In another order too, which is what deadlocks."""
    monkeypatch.setattr(importing, "BATCH", 200)
    header, *lines = rows(2_000).splitlines(keepends=True)
    backwards = header + b"".join(reversed(lines))
    jobs = [start_import(upload(cast, data)) for data in (header + b"".join(lines), backwards)]
    together([partial(import_file, job.pk) for job in jobs])
    for job in jobs:
        job.refresh_from_db()
        assert (job.state, job.read) == (JobState.DONE, 2_000)
        assert job.created + job.duplicates == 2_000
    assert sum(job.created for job in jobs) == Item.objects.filter(project=cast.project).count() == 2_000


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_at_half_goes_on_where_it_was_and_brings_everything_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U7, at a tenth of the size: 10,000 rows with a vote each, a bad row in every hundred and a loss in every fifty,
    kill -9 twice at moments of chance."""
    lines = [
        json.dumps({"text": f"message {number}", "intent": vote(number), "who": "ann"}) for number in range(10_000)
    ]
    lines[::100] = ["{}"] * 100
    job = upload(cast, "\n".join(lines).encode(), "rows.jsonl")
    start_import(job, Mapping({"text": "text"}, answers={"intent": "intent"}, annotator_column="who"))
    for least in (2_000, 5_000):
        worker = importer(job.pk)
        eventually(lambda least=least: read_rows(job) >= least, timeout=60, every=0.005)
        time.sleep(random.random() * 0.05)  # anywhere in a batch
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        job.refresh_from_db()
        assert job.state == JobState.RUNNING, "killed too late to prove anything"
        assert job.created == Item.objects.filter(project=cast.project).count()
        assert job.answers == Annotation.objects.filter(project=cast.project).count()
        assert job.rejected == RejectedRow.objects.filter(job=job).count()
        assert job.lost == sum(job.losses.values_list("count", flat=True)) > 0
        assert job.read == job.created + job.rejected
        # The dead worker's lease runs out.
        ImportJob.objects.filter(pk=job.pk).update(leased_until=None)
    assert find_stalled_imports() == [job.pk]
    import_file(job.pk)
    job.refresh_from_db()
    counts = (job.state, job.read, job.created, job.duplicates, job.rejected, job.answers, job.lost)
    assert counts == (JobState.DONE, 10_000, 9_900, 0, 100, 9_800, 100)
    loss = job.losses.get()
    assert (loss.count, loss.examples[0]) == (100, [51, "“telepathy” is not an option of “Intent”."])
    assert Annotation.objects.filter(project=cast.project).values("item").distinct().count() == 9_800
    assert Consensus.objects.filter(project=cast.project).count() == 9_800


def vote(number: int) -> str:
    return "telepathy" if number % 100 == 50 else "refund"


def read_rows(job: ImportJob) -> int:
    job.refresh_from_db(fields=["read"])
    return job.read


def importer(pk: int) -> subprocess.Popen[bytes]:
    """A process that imports in batches of 500, as a worker would."""
    code = (
        "import django; django.setup()\n"
        "from annotation.workflow import importing\n"
        f"importing.BATCH = 500; importing.import_file({pk})"
    )
    environment = {**os.environ, "DATABASE_URL": database_url()}
    return subprocess.Popen([sys.executable, "-c", code], env=environment)


def test_a_million_bytes_in_one_cell_and_a_thousand_columns_are_a_report(cast: Cast) -> None:
    wide = {f"c{number}": number for number in range(2_000)}
    lines = [{"text": "ok"}, {"text": "x" * 1_000_000}, {"text": "wide", **wide}, {"text": None}, {"text": ["list"]}]
    data = "\n".join(json.dumps(line) for line in lines).encode()
    job = run(upload(cast, data, "rows.jsonl"))
    assert job.state == JobState.DONE
    assert job.read == 5
    assert job.created + job.rejected == 5
    assert job.created >= 1


def test_items_that_come_by_the_thousand_are_found_by_their_words_a_moment_later(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1_000)
    cast.add("message number 1, with a comma", "early message")
    assert found(cast) == 2, "a few are found at once"
    job = run(upload(cast, rows(2_400)))
    assert (job.created, job.duplicates) == (2_399, 1)
    assert (found(cast), find_unindexed()) == (402, [cast.project.pk]), "the last 400 came alone"
    assert [index_words(cast.project.pk) for _ in range(3)] == [True, False, False]
    assert (found(cast), find_unindexed()) == (2_401, [])
    assert not index_words(cast.project.pk)


def found(cast: Cast) -> int:
    return select(cast.project, Filters(search="message")).count()
