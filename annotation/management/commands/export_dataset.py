"""`manage.py export_dataset PROJECT --format F --out FILE`: a snapshot as a file, with its manifest beside it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.models import JobState, Snapshot, SnapshotFile
from annotation.reports.jobs import job_progress
from annotation.workflow.deriving import make_file, request_file
from annotation.workflow.downloading import open_card, open_file, open_snapshot
from annotation.workflow.errors import Refused
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.heartbeat import heartbeat
from annotation.workflow.planning import formats_for
from annotation.workflow.projects import get_project

POLL = 0.5  # seconds
BAR = 30  # characters
EPILOG = "A bar is shown where standard error is a terminal; standard output has one line at the end."


class Command(BaseCommand):
    help = "Freeze a project's dataset and write it to a file, with FILE.manifest.json beside it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser, EPILOG)
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("--format", default="jsonl", help="see --formats (default: %(default)s, lossless)")
        parser.add_argument("--out", metavar="FILE", type=Path)
        parser.add_argument(
            "--formats", action="store_true", help="list the formats, their settings and losses; no file"
        )
        parser.add_argument("--stage", action="append", help="only items in this stage; may be given several times")
        parser.add_argument(
            "--filter", action="append", default=[], metavar="NAME=VALUE", type=_pair,
            help="only items that fit, as in the item list: label=intent:refund, sure_from=0.9, split=train …",
        )  # fmt: skip
        parser.add_argument(
            "--split", action="append", default=[], metavar="NAME=SHARE", type=_share,
            help="split the items: --split train=0.8 --split test=0.2; what derives from an item stays with it",
        )  # fmt: skip
        parser.add_argument("--stratify", metavar="QUESTION", help="every split has the same shares of its labels")
        parser.add_argument("--seed", type=int, help="another draw of the splits")
        parser.add_argument(
            "--decided-by", action="append", help="only labels decided by people, model, reviewer, judge"
        )
        parser.add_argument("--posterior-from", type=float, metavar="P", help="only labels at least this sure")
        parser.add_argument("--no-annotations", action="store_true", help="the labels alone, not who answered what")
        parser.add_argument("--pseudonyms", action="store_true", help="in place of people's names")
        parser.add_argument("--unreviewed", action="store_true", help="generated items that nobody has reviewed, too")
        parser.add_argument("--gold", action="store_true", help="with the known answers of hidden checks")
        parser.add_argument("--licence", metavar="NAME", help="for the dataset card, such as CC-BY-4.0")
        parser.add_argument(
            "--setting", action="append", default=[], metavar="NAME=VALUE", type=_pair,
            help="what the format leaves to choose",
        )  # fmt: skip
        parser.add_argument("--snapshot", type=int, metavar="NUMBER", help="of an earlier snapshot, without a new one")
        parser.add_argument("--card", metavar="FILE", type=Path, help="write the dataset card there")

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            project = get_project(options["project"])
            if options["formats"]:
                self._list(formats_for(project))
                return
            if options["out"] is None:
                raise CommandError("Say where the file goes: --out FILE.", returncode=2)
            if options["snapshot"]:
                snapshot = _earlier(project.snapshots.filter(number=options["snapshot"]).first(), options["snapshot"])
                made = request_file(snapshot, format=options["format"], settings=dict(options["setting"]))
                _finish(made, make_file)
                download = open_file(made)
            else:
                snapshot = request_snapshot(project, **_asked(options))
                _finish(snapshot, export_snapshot)
                download = open_snapshot(snapshot)
            card = open_card(snapshot)
        out: Path = options["out"]
        manifest = json.dumps(snapshot.manifest, ensure_ascii=False, indent=2, sort_keys=True)
        try:
            with download.file as source:
                _write(out, source)
            out.with_name(f"{out.name}.manifest.json").write_text(f"{manifest}\n", encoding="utf-8")
            if options["card"]:
                with card.file as source:
                    _write(options["card"], source)
        except OSError as error:
            raise CommandError(f"{error.filename or out} cannot be written: {error.strerror or error}.") from error
        self.stdout.write(f"{snapshot.rows} rows, {download.size} bytes, sha256 {download.sha256}")

    def _list(self, formats: list[dict[str, Any]]) -> None:
        for each in formats:
            self.stdout.write(f"{each['name']}: {each['title']} ({each['extension']})")
            for setting in each["settings"]:
                self.stdout.write(f"  --setting {setting['name']}={'|'.join(setting['choices'])}  {setting['title']}")
            for sentence in each["leaves_out"]:
                self.stdout.write(f"  leaves out: {sentence}")


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    """As `request_snapshot` takes it."""
    stages = {"stage": options["stage"]} if options["stage"] else {}
    named = {name: options[name] for name in ("stratify", "seed", "decided_by", "posterior_from", "licence")}
    flags = {"annotations": not options["no_annotations"]}
    flags |= {name: options[name] for name in ("pseudonyms", "gold", "unreviewed")}
    return {
        "format": options["format"],
        "filters": {**dict(options["filter"]), **stages},
        "splits": dict(options["split"]),
        "options": {**{name: value for name, value in named.items() if value is not None}, **flags},
        "settings": dict(options["setting"]),
    }


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"“{text}” is not NAME=VALUE")
    return name, value


def _share(text: str) -> tuple[str, float]:
    name, value = _pair(text)
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{value}” is no share, such as 0.8") from None


def _earlier(snapshot: Snapshot | None, number: int) -> Snapshot:
    if snapshot is None:
        raise Refused(f"There is no snapshot {number}.")
    return snapshot


def _finish(job: Snapshot | SnapshotFile, work: Callable[[int], None]) -> None:
    """Do the job, or wait for the worker that took it up first. Raises Refused when it fails."""
    with heartbeat(lambda: _draw(job)):
        while job.is_active:
            work(job.pk)
            job.refresh_from_db()
            if job.is_active:
                time.sleep(POLL)
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    if job.state != JobState.DONE:
        raise Refused(job.error or f"The job was {job.get_state_display().lower()}.")


def _draw(job: Snapshot | SnapshotFile) -> None:
    """The bar, by the row as the worker's own heartbeat writes it."""
    if not sys.stderr.isatty():
        return
    progress = job_progress(type(job)._default_manager.get(pk=job.pk))
    full = round(BAR * progress.percent / 100)
    bar = "█" * full + "░" * (BAR - full)
    sys.stderr.write(f"\r\033[K{bar} {progress.percent:.0f} % {progress.done:,} of {progress.total:,}")
    sys.stderr.flush()


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
