"""Take a file in: keep it, find out what it is, decide its mapping, start its import or discard it."""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.exchange import InvalidMapping, Mapping, Preview, UnreadableFile, detect, guess
from annotation.exchange import get as get_format
from annotation.models import ImportJob, JobState, Project, User, Verb

from .errors import JobActive, Refused
from .jobs import cancel_job
from .publishing import publish
from .recording import record

PREVIEW_ROWS = 5
# An upload that nobody has started after this time is forgotten.
PATIENCE = timedelta(hours=24)


def receive(
    project: Project, upload: BinaryIO, filename: str, *, user: User | None = None, format: str = ""
) -> ImportJob:
    """Keep the upload and find out what it is. Nothing is imported before `start_import`.

    Raises Refused when the file cannot be read at all; then nothing is kept.
    """
    name = f"imports/{uuid.uuid4().hex}"
    path = Path(settings.SYNTHWEB_FILES) / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            shutil.copyfileobj(upload, file, 1 << 20)
        kind = get_format(format) if format else detect(path, filename)
        kind.columns_and_preview(path, 1)
    except UnreadableFile as error:
        path.unlink(missing_ok=True)
        raise Refused(str(error), "file") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return ImportJob.objects.create(
        project=project,
        file=name,
        filename=Path(filename.replace("\\", "/")).name.replace("\0", "")[:255] or "upload",
        size=path.stat().st_size,
        format=kind.name,
        created_by=user,
    )


def preview(job: ImportJob) -> tuple[Preview, Mapping]:
    """The first rows, and the mapping that fits the columns best."""
    rows = get_format(job.format).columns_and_preview(file_of(job), PREVIEW_ROWS)
    return rows, guess(rows.columns, job.project.field_names, job.project.question_list)


def read_mapping(raw: object) -> Mapping:
    """A mapping that came as JSON. Raises Refused where its shape is wrong."""
    try:
        return Mapping.from_json(raw)
    except InvalidMapping as error:
        raise Refused(str(error), "mapping") from error


@transaction.atomic
def start_import(job: ImportJob, mapping: Mapping | None = None, *, user: User | None = None) -> ImportJob:
    """Fix the mapping (by default the guessed one) and queue the job. Raises Refused where it does not fit."""
    rows, guessed = preview(job)
    mapping = mapping or guessed
    try:
        mapping.check(rows.columns, job.project.field_names, job.project.question_list)
    except InvalidMapping as error:
        raise Refused(str(error), "mapping") from error
    # Conditional: a double click starts one import.
    started = ImportJob.objects.filter(pk=job.pk, state=JobState.PENDING, mapping={}).update(mapping=mapping.to_json())
    if not started:
        raise JobActive(_("This import was started already."))
    record(job.project_id, Verb.IMPORT_STARTED, user=user, job=job.pk, filename=job.filename)
    publish("import_file", job.pk)
    job.refresh_from_db()
    return job


def import_upload(
    project: Project,
    upload: BinaryIO,
    filename: str,
    *,
    format: str = "",
    mapping: Mapping | None = None,
    user: User | None = None,
) -> ImportJob:
    """Receive a file and start its import in one go. Raises Refused; then nothing is kept."""
    job = receive(project, upload, filename, user=user, format=format)
    try:
        return start_import(job, mapping, user=user)
    except Refused:
        cancel_import(job)
        raise


def cancel_import(job: ImportJob) -> None:
    """Stop after the batch in progress; what came in stays. Raises JobActive when it is over already."""
    _discard(ImportJob.objects.all(), job)


def discard_forgotten() -> int:
    """Cancel the uploads whose mapping nobody decided within a day, and remove their files; how many there were."""
    forgotten = ImportJob.objects.filter(state=JobState.PENDING, mapping={}, created_at__lt=Now() - PATIENCE)
    discarded = 0
    for job in forgotten:
        # Somebody may start it, or another sweep discard it, this very moment.
        with suppress(JobActive):
            _discard(forgotten, job)
            discarded += 1
    return discarded


def file_of(job: ImportJob) -> Path:
    """Where an import's file lies until the import is over."""
    return Path(settings.SYNTHWEB_FILES) / job.file


@transaction.atomic
def _discard(jobs: QuerySet[ImportJob], job: ImportJob) -> None:
    cancel_job(jobs, job.pk, _("This import is over already."))
    transaction.on_commit(lambda: file_of(job).unlink(missing_ok=True))
