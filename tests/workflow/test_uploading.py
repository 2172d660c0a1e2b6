"""Files that are handed in: kept, understood, given a mapping, started once or discarded."""

from __future__ import annotations

import io
import resource
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from annotation.exchange import Mapping
from annotation.models import ImportJob, Item, JobState, Upload
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.importing import import_file
from annotation.workflow.uploading import (
    MOST_KEPT,
    adopt,
    change_format,
    discard_forgotten,
    file_of,
    import_upload,
    keep,
    preview,
    start_import,
)
from tests.cast import Cast
from tests.workflow.test_importing import CSV, kept_files, upload


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("book.xlsx", b"PK\x03\x04rest"),
        ("x.png", b"\x89PNG\r\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(cast: Cast, name: str, data: bytes) -> None:
    before = kept_files()
    with pytest.raises(Refused) as caught:
        upload(cast, data, name)
    assert caught.value.field == "file"
    assert kept_files() == before
    assert not ImportJob.objects.exists()


def test_a_file_that_no_room_is_left_for_is_refused_and_not_kept(cast: Cast) -> None:
    """The limit of a file's size stands in for a full disk: to a program they are the same."""
    before = kept_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        with pytest.raises(Refused, match="could not be kept") as caught:
            upload(cast, CSV + b"another one\n" * 1_000, "large.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.field == "file"
    assert kept_files() == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.csv", "/abs/x.csv", "a\0b.csv", "", "x" * 400 + ".csv", "‮vsc.exe"]
)
def test_a_hostile_file_name_is_only_a_name(cast: Cast, name: str) -> None:
    job = upload(cast, CSV, name)
    assert "/" not in job.filename
    assert "\0" not in job.filename
    assert 0 < len(job.filename) <= 255
    folder = Path(settings.SYNTHWEB_FILES).resolve()
    assert (folder / job.file).resolve().is_relative_to(folder / "imports")


def test_the_preview_guesses_the_mapping_and_writes_nothing(cast: Cast) -> None:
    rows_, mapping = preview(upload(cast, CSV))
    assert rows_.columns == ["id", "text", "intent"]
    assert (mapping.fields, mapping.external_id, mapping.gold) == ({"text": "text"}, "id", {"intent": "intent"})
    assert not Item.objects.exists()


def test_a_mapping_that_does_not_fit_is_refused_before_anything_is_queued(cast: Cast) -> None:
    job = upload(cast, CSV)
    with pytest.raises(Refused):
        start_import(job, Mapping(fields={"text": "no such column"}))
    job.refresh_from_db()
    assert job.mapping == {}
    import_file(job.pk)
    assert not Item.objects.exists(), "what was not started does not run"


def test_an_import_is_started_once(cast: Cast) -> None:
    job = upload(cast, CSV)
    start_import(job)
    with pytest.raises(JobActive):
        start_import(job)


@pytest.mark.django_db(transaction=True)
def test_an_upload_whose_mapping_does_not_fit_is_not_kept_when_it_was_to_start_at_once(cast: Cast) -> None:
    before = kept_files()
    with pytest.raises(Refused):
        import_upload(cast.project, io.BytesIO(CSV), "rows.csv", mapping=Mapping(fields={"text": "no such column"}))
    assert ImportJob.objects.get().state == JobState.CANCELLED
    assert kept_files() == before


def test_an_archive_is_unpacked_and_its_files_come_in_one_after_the_other(cast: Cast) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "id,text\n1,first\n")
        archive.writestr("b.csv", "id,text\n2,second\n3,\n")
    before = kept_files()
    job = upload(cast, packed.getvalue(), "both.zip")
    assert (job.format, file_of(job).is_dir(), len(kept_files() - before)) == ("csv", True, 1)
    import_file(start_import(job).pk)
    job.refresh_from_db()
    assert (job.state, job.created, job.rejected) == (JobState.DONE, 2, 1)
    assert job.rejected_rows.get().line > 3, "numbered on from file to file"
    assert kept_files() == before


def test_a_file_can_be_read_as_another_format_until_it_is_started(cast: Cast) -> None:
    job = upload(cast, CSV)
    with pytest.raises(Refused):
        change_format(job, "parquet")
    with pytest.raises(Refused):
        change_format(job, "exe")
    change_format(job, "text")
    assert preview(job)[0].columns == ["text"]
    start_import(job)
    with pytest.raises(JobActive):
        change_format(job, "csv")


def test_files_of_projects_that_were_never_made_are_forgotten(cast: Cast) -> None:
    before = kept_files()
    kept = [keep(io.BytesIO(CSV), f"{number}.csv", user=cast.lead) for number in range(MOST_KEPT + 1)]
    assert set(Upload.objects.all()) == set(kept[1:]), "the newest ones stay"
    job = adopt(kept[1], cast.project, user=cast.lead)
    Upload.objects.filter(pk=kept[2].pk).update(created_at=Now() - timedelta(days=2))
    assert discard_forgotten() == 1
    assert len(kept_files() - before) == MOST_KEPT - 1
    assert preview(job)[0].columns == ["id", "text", "intent"]


def test_a_file_of_which_no_row_can_be_read_is_refused_with_the_first_reason(cast: Cast) -> None:
    with pytest.raises(Refused, match="Line 1: "):
        import_upload(cast.project, io.BytesIO(b'{"text": NaN}\n{"text"\n'), "rows.jsonl", user=cast.lead)
