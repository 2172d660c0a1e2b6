"""`manage.py report PROJECT`: progress, agreement, quality and cost, for people or for scripts."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.models import DecidedBy, Project, Stage
from annotation.reports.agreement import agreement_report
from annotation.reports.effort import effort_report
from annotation.reports.progress import progress_report
from annotation.reports.project import project_report
from annotation.workflow.projects import get_project


class Command(BaseCommand):
    help = "Say how a project stands: progress, agreement, quality, and what models cost."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("--json", action="store_true", help="as the API's /report/ answers it")

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            project = get_project(options["project"])
        found = project_report(project)
        if options["json"]:
            self.stdout.write(json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2, sort_keys=True))
            return
        for line in _lines(project, found):
            self.stdout.write(line)


def _lines(project: Project, found: dict[str, Any]) -> list[str]:
    progress = progress_report(project)
    lines = [f"{project.name}: {progress.settled:,} of {progress.total:,} items settled ({progress.percent:.1f} %)"]
    lines += [f"  {Stage(stage).label:<14}{count:>10,}" for stage, count in found["progress"]["stages"].items()]
    for by, count in found["quality"]["decided_by"].items():
        lines.append(f"  decided by {str(DecidedBy(by).label).lower()}: {count:,}")
    accuracy = effort_report(project).accuracy
    if accuracy.value is not None:
        lines.append(f"estimated accuracy: {accuracy.value:.1%} ({accuracy.low:.1%} to {accuracy.high:.1%})")
    for each in agreement_report(project):
        people = each.people
        said = people.undefined if people.alpha is None else f"α {people.alpha:.3f} on {people.items:,} items"
        lines.append(f"people on “{each.question}”: {said}")
    cost = found["cost"]
    lines.append(f"models: {cost['tokens']:,} tokens, {cost['money']} spent, {cost['failed']:,} failures")
    return lines
