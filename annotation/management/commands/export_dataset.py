"""`manage.py export_dataset PROJECT --format F --out FILE`: a snapshot as a file, with its manifest beside it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from annotation.models import JobState, Snapshot
from annotation.workflow.downloading import open_snapshot
from annotation.workflow.errors import Refused
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.projects import get_project

POLL = 0.5  # seconds


class Command(BaseCommand):
    help = "Freeze a project's dataset and write it to a file, with FILE.manifest.json beside it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("--format", default="jsonl", help="jsonl (lossless) or csv (default: %(default)s)")
        parser.add_argument("--out", metavar="FILE", type=Path, required=True)
        parser.add_argument("--stage", action="append", help="only items in this stage; may be given several times")

    def handle(self, *args: Any, **options: Any) -> None:
        filters = {"stage": options["stage"]} if options["stage"] else {}
        try:
            snapshot = request_snapshot(get_project(options["project"]), format=options["format"], filters=filters)
            _finish(snapshot)
            download = open_snapshot(snapshot)
        except Refused as error:
            raise CommandError(str(error)) from error
        out: Path = options["out"]
        manifest = json.dumps(snapshot.manifest, ensure_ascii=False, indent=2, sort_keys=True)
        try:
            with download.file as source:
                _write(out, source)
            out.with_name(f"{out.name}.manifest.json").write_text(f"{manifest}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror or error}.") from error
        self.stdout.write(f"{snapshot.rows} rows, {snapshot.size} bytes, sha256 {snapshot.sha256}")


def _finish(snapshot: Snapshot) -> None:
    """Write the snapshot, or wait for the worker that took it up first. Raises Refused when it fails."""
    while snapshot.is_active:
        export_snapshot(snapshot.pk)
        snapshot.refresh_from_db()
        if snapshot.is_active:
            time.sleep(POLL)
    if snapshot.state != JobState.DONE:
        raise Refused(snapshot.error or f"The snapshot was {snapshot.get_state_display().lower()}.")


def _write(out: Path, source: BinaryIO) -> None:
    """Whole or not at all: a disk that fills up leaves no half file under the name."""
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
