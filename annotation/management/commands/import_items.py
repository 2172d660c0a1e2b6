"""`manage.py import_items PROJECT FILE`: import a file here and now, and say what did not come in."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.forms.imports import format_titles
from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.models import ImportJob, JobState, Project
from annotation.reports.jobs import job_progress
from annotation.workflow.errors import Refused
from annotation.workflow.heartbeat import heartbeat
from annotation.workflow.importing import import_file
from annotation.workflow.projects import get_project
from annotation.workflow.uploading import import_upload, read_mapping

POLL = 0.5  # seconds
BAR = 30  # characters
REJECTED = 3
EPILOG = """3: the import is done, and some rows were rejected. What was rejected, and what rows came in without, is
listed on standard error; a bar is shown there where it is a terminal. Standard output has one line at the end."""


class Command(BaseCommand):
    help = "Import a file of any format that the site reads, packed or not, into a project."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser, EPILOG)
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--format", default="", help="the name of one (default: found out); see --formats")
        parser.add_argument("--formats", action="version", version=_formats(), help="list the formats, and do nothing")
        parser.add_argument(
            "--mapping",
            help='JSON: {"fields": {"text": "column"}, "external_id"?: column, "gold"?: {question: column}, '
            '"answers"?: {question: question of the file or column}, "annotator"?: name, "annotator_column"?: column, '
            '"split"?: column, "metadata"?: [column]} (default: guessed)',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            job = _start(get_project(options["project"]), options["file"], options["format"], options["mapping"])
        with heartbeat(lambda: self._tell(job.pk)):
            while job.is_active:
                # A worker may have taken the job up first; then there is nothing to do but wait.
                import_file(job.pk)
                job.refresh_from_db()
                if job.is_active:
                    time.sleep(POLL)
        if self.stderr.isatty():
            self.stderr.write("\r" + " " * (BAR + 40) + "\r", ending="")
        if job.state != JobState.DONE:
            raise CommandError(job.error or f"The import was {job.get_state_display().lower()}.")
        for row in job.rejected_rows.iterator():
            self.stderr.write(f"line {row.line}: {row.reason}")
        for loss in job.losses.all():
            lines = ", ".join(f"{line} ({example})" if example else str(line) for line, example in loss.examples[:3])
            often = f"{loss.count}×: {loss.sentence} First in line {lines}" if loss.count else loss.sentence
            self.stderr.write(f"lost: {often}")
        counts = {name: getattr(job, name) for name in ("created", "duplicates", "rejected", "answers")}
        told = [f"{count} {name}" for name, count in counts.items() if count or name != "answers"]
        self.stdout.write(f"{job.read} rows read: {', '.join(told)}")
        if job.rejected:
            sys.exit(REJECTED)

    def _tell(self, pk: int) -> None:
        if not self.stderr.isatty():
            return
        job = ImportJob.objects.get(pk=pk)
        percent = job_progress(job).percent
        done = round(BAR * percent / 100)
        self.stderr.write(f"\r[{'#' * done}{'.' * (BAR - done)}] {percent:3.0f} %, {job.read} rows", ending="")


def _formats() -> str:
    return "\n".join(f"{name}: {title}" for name, title in format_titles().items())


def _start(project: Project, path: Path, format: str, mapping: str | None) -> ImportJob:
    """Raises Refused, also where the file cannot be opened."""
    try:
        chosen = None if mapping is None else read_mapping(json.loads(mapping))
    except json.JSONDecodeError as error:
        raise Refused(f"The mapping is not JSON: {error}.", "mapping") from error
    try:
        with path.open("rb") as file:
            return import_upload(project, file, path.name, format=format, mapping=chosen)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.", "file") from error
