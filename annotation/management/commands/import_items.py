"""`manage.py import_items PROJECT FILE`: import a file here and now."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.models import ImportJob, JobState, Project
from annotation.reports.jobs import job_progress
from annotation.workflow.errors import Refused
from annotation.workflow.heartbeat import heartbeat
from annotation.workflow.importing import import_file
from annotation.workflow.projects import get_project
from annotation.workflow.uploading import import_upload, read_mapping

POLL = 0.5  # seconds


class Command(BaseCommand):
    help = "Import a CSV or JSON Lines file into a project. Refused rows are listed on standard error."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--format", default="", help="csv or jsonl (default: found out)")
        parser.add_argument("--mapping", help='JSON: {"fields": {"text": "column"}, …} (default: guessed)')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = _start(get_project(options["project"]), options["file"], options["format"], options["mapping"])
        except Refused as error:
            raise CommandError(str(error)) from error
        with heartbeat(lambda: self._tell(job.pk)):
            while job.is_active:
                # A worker may have taken the job up first; then there is nothing to do but wait.
                import_file(job.pk)
                job.refresh_from_db()
                if job.is_active:
                    time.sleep(POLL)
        if job.state != JobState.DONE:
            raise CommandError(job.error or f"The import was {job.get_state_display().lower()}.")
        for row in job.rejected_rows.iterator():
            self.stderr.write(f"line {row.line}: {row.reason}")
        self.stdout.write(
            f"{job.read} rows read: {job.created} created, {job.duplicates} duplicates, {job.rejected} rejected"
        )

    def _tell(self, pk: int) -> None:
        job = ImportJob.objects.get(pk=pk)
        self.stderr.write(f"{job_progress(job).percent:.0f} %, {job.read} rows")


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
