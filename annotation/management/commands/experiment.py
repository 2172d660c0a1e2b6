"""`manage.py experiment NAME`: what is made-up data worth? A reproducible report, tried on this machine."""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.management.ending import tell_exit_codes
from annotation.models import Experiment, Project
from annotation.reports.drawing import drawn_svg
from annotation.reports.experiments import markdown_of, told
from annotation.workflow.errors import Refused
from annotation.workflow.experimenting import MOST_SEEDS, Failure, Order, conduct_here, every_experiment, file_of
from annotation.workflow.labelled_texts import choices_of, dataset_of_demo, dataset_of_file, dataset_of_project


class Command(BaseCommand):
    help = (
        "Do an experiment and print its report as Markdown. Progress goes to standard error. It is done "
        "when it came to its end, whatever it found; refused where the data or the model is not what it needs."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        kinds = every_experiment()
        settings = list(dict.fromkeys(name for each in kinds for name in each.settings))
        parser.add_argument("name", metavar="NAME", choices=[each.name for each in kinds], help="eda, distill or star")
        data = parser.add_mutually_exclusive_group()
        data.add_argument(
            "--data",
            metavar="FILE",
            type=Path,
            help="texts and labels: the columns text, gold and, for what is held out, split (default: the demo)",
        )
        data.add_argument("--project", metavar="SLUG", help="a project's settled items instead of a file")
        parser.add_argument("--question", metavar="NAME", default="", help="of the project (default: its first choice)")
        parser.add_argument("--setting", choices=settings, default=settings[0], help=f"default: {settings[0]}")
        parser.add_argument("--seeds", type=int, metavar="N", help=f"1 to {MOST_SEEDS} (default: the setting's)")
        parser.add_argument("--llm", default="local", help="who writes: local (default), or a connection's name")
        parser.add_argument(
            "--with", dest="changes", action="append", default=[], metavar="NAME=JSON", help="one parameter otherwise"
        )
        parser.add_argument("--out", metavar="DIR", type=Path, help="write report.md, report.json and the charts there")

    def handle(self, *args: Any, **options: Any) -> None:
        # Before torch is imported: its threads sleep while they wait for each other, as in a worker.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        order = Order(
            options["name"],
            options["setting"],
            options["seeds"],
            llm=options["llm"],
            parameters=dict(_change(each) for each in options["changes"]),
        )
        try:
            experiment = conduct_here(order, data=self._data(options), tell=self._tell)
        except (Refused, Failure) as error:
            raise CommandError(str(error)) from error
        report = markdown_of(experiment)
        self.stdout.write(report)
        if options["out"]:
            _write(experiment, report, options["out"])

    def _data(self, options: dict[str, Any]) -> Any:
        if options["data"]:
            return dataset_of_file(options["data"])
        if not options["project"]:
            return dataset_of_demo()
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project “{options['project']}”.")
        names = [question.name for question in choices_of(project)]
        return dataset_of_project(project, options["question"] or next(iter(names), ""))

    def _tell(self, done: int, total: int, key: str) -> None:
        self.stderr.write(f"{done} of {total}: {key}")


def _change(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError as error:
        raise CommandError(f"“{text[:80]}” is not NAME=JSON.") from error


def _write(experiment: Experiment, report: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.md").write_text(report, "utf-8")
        everything = json.dumps(file_of(experiment), indent=1, ensure_ascii=False)
        (folder / "report.json").write_text(f"{everything}\n", "utf-8")
        for place, chart in enumerate(told(experiment).charts, 1):
            name = re.sub(r"[^a-z0-9]+", "-", chart.title.lower()).strip("-")
            (folder / f"{place}-{name}.svg").write_text(drawn_svg(chart), "utf-8")
    except OSError as error:
        raise CommandError(f"The report cannot be written to {folder}: {error.strerror or error}.") from error
