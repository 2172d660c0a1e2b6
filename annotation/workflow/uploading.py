"""Take a file in: keep it, find out what it is, decide its mapping, start its import or discard it."""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.exchange import Format, InvalidMapping, Mapping, Preview, UnreadableFile, detect, guess
from annotation.exchange import get as get_format
from annotation.exchange.archives import remove, size_of, unpack
from annotation.exchange.members import preview_file
from annotation.models import ImportJob, JobState, Project, Upload, User, Verb
from annotation.questions.speech import number

from .errors import JobActive, Refused
from .jobs import cancel_job
from .losing import note_losses_of_file
from .publishing import publish
from .recording import record

# So many of the first rows are tried before an import; a page shows fewer.
PREVIEW_ROWS = 500
# An upload that nobody has started after this time is forgotten.
PATIENCE = timedelta(hours=24)
# Files that one person keeps for projects which they have not made yet.
MOST_KEPT = 5


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file that was taken in: `file` lies below the site's file folder."""

    file: str
    filename: str
    size: int
    format: str


def receive(
    project: Project, upload: BinaryIO, filename: str, *, user: User | None = None, format: str = ""
) -> ImportJob:
    """Keep the upload, unpacked where it is an archive, and find out what it is. Nothing is imported before
    `start_import`.

    Raises Refused when the file cannot be read at all; then nothing is kept.
    """
    taken = _take(upload, filename, format)
    return ImportJob.objects.create(
        project=project,
        file=taken.file,
        filename=taken.filename,
        size=taken.size,
        format=taken.format,
        created_by=user,
    )


def keep(upload: BinaryIO, filename: str, *, user: User) -> Upload:
    """Keep a file until the project is made that it is for: the newest MOST_KEPT of a person's. Raises Refused."""
    taken = _take(upload, filename, "")
    kept = Upload.objects.create(
        file=taken.file, filename=taken.filename, size=taken.size, format=taken.format, created_by=user
    )
    for old in Upload.objects.filter(created_by=user)[MOST_KEPT:]:
        forget(old)
    return kept


@transaction.atomic
def adopt(kept: Upload, project: Project, *, user: User) -> ImportJob:
    """Make a kept file an import of this project, whose mapping is still to be decided."""
    job = ImportJob.objects.create(
        project=project,
        file=kept.file,
        filename=kept.filename,
        size=kept.size,
        format=kept.format,
        created_by=user,
    )
    kept.delete()
    return job


def change_format(job: ImportJob, format: str) -> None:
    """Read an upload that was not started yet as another format. Raises Refused where it cannot be read so."""
    try:
        preview_file(_readable(format), file_of(job), 1)
    except (UnreadableFile, OSError) as error:
        raise Refused(str(error), "format") from error
    if not ImportJob.objects.filter(pk=job.pk, state=JobState.PENDING, mapping={}).update(format=format):
        raise JobActive(_("This import was started already."))
    job.format = format


def _take(upload: BinaryIO, filename: str, format: str) -> _Taken:
    name = f"imports/{uuid.uuid4().hex}"
    path = Path(settings.SYNTHWEB_FILES) / name
    packed = path.with_name(f"{path.name}.packed")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with packed.open("xb") as file:
            shutil.copyfileobj(upload, file, 1 << 20)
        found = unpack(packed, filename, path)
        if found.path == packed:
            packed.rename(path)
        kind = _readable(format) if format else detect(path, found.filename)
        preview_file(kind, path, 1)
    except UnreadableFile as error:
        remove(path)
        raise Refused(str(error), "file") from error
    except OSError as error:
        remove(path)
        reason = error.strerror or str(error)
        raise Refused(_("The file could not be kept here: %(reason)s.") % {"reason": reason}, "file") from error
    except BaseException:
        remove(path)
        raise
    finally:
        packed.unlink(missing_ok=True)
    shown = Path(filename.replace("\\", "/")).name.replace("\0", "")[:255] or "upload"
    return _Taken(name, shown, size_of(path), kind.name)


def _readable(format: str) -> Format:
    kind = get_format(format)
    if not kind.reads:
        raise UnreadableFile(_("Files of this format can only be written: %(title)s.") % {"title": kind.title})
    return kind


def preview(job: ImportJob) -> tuple[Preview, Mapping]:
    """The first rows, and the mapping that fits the columns best."""
    rows = preview_file(get_format(job.format), file_of(job), PREVIEW_ROWS)
    return rows, guess(rows.columns, job.project.field_names, job.project.question_list, rows.questions)


def preview_of_kept(kept: Upload) -> Preview:
    """Raises Refused where the file is gone or cannot be read any more."""
    try:
        return preview_file(get_format(kept.format), file_of(kept), PREVIEW_ROWS)
    except (UnreadableFile, OSError) as error:
        raise Refused(_("The uploaded file is gone or cannot be read any more; upload it again."), "file") from error


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
    if not rows.columns and rows.bad:
        first = rows.bad[0]
        raise Refused(
            _("None of the first rows can be read. Line %(line)s: %(reason)s")
            % {"line": number(first.line), "reason": first.reason},
            "file",
        )
    try:
        asked = [question.name for question in rows.questions]
        mapping.check(rows.columns, job.project.field_names, job.project.question_list, asked)
    except InvalidMapping as error:
        raise Refused(str(error), "mapping") from error
    # Conditional: a double click starts one import.
    started = ImportJob.objects.filter(pk=job.pk, state=JobState.PENDING, mapping={}).update(mapping=mapping.to_json())
    if not started:
        raise JobActive(_("This import was started already."))
    note_losses_of_file(job, rows.losses)
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
    for kept in Upload.objects.filter(created_at__lt=Now() - PATIENCE):
        forget(kept)
        discarded += 1
    return discarded


def file_of(job: ImportJob | Upload) -> Path:
    """Where an import's file lies until the import is over: a folder, where an archive held several."""
    return Path(settings.SYNTHWEB_FILES) / job.file


@transaction.atomic
def _discard(jobs: QuerySet[ImportJob], job: ImportJob) -> None:
    cancel_job(jobs, job.pk, _("This import is over already."))
    transaction.on_commit(lambda: remove(file_of(job)))


def forget(kept: Upload) -> None:
    """The row, and the file with it."""
    kept.delete()
    remove(file_of(kept))
