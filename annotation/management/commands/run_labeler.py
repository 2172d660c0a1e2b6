"""`manage.py run_labeler PROJECT LABELER`: let a model annotator vote, here and now."""

from __future__ import annotations

import argparse
import time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.models import JobState, Labeler, Piece, Run, RunPurpose
from annotation.workflow.charging import money
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.estimating import Estimate, estimate_run
from annotation.workflow.labeling import label_chunk
from annotation.workflow.projects import get_project
from annotation.workflow.running import resume_run, start_run

POLL = 0.5  # seconds


class Command(BaseCommand):
    help = "Ask a model annotator for its vote on every open item; goes on with its run if one was left unfinished."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("labeler", metavar="LABELER", help="the model annotator's name")
        parser.add_argument(
            "--dry-run", action="store_true", help="show the first prompt and the projected tokens and money, and stop"
        )
        parser.add_argument(
            "--budget",
            metavar="X",
            type=_money,
            help="stop before the run costs more than this, in the currency of the connection's prices; "
            "a run that was stopped by its budget goes on with a larger one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            labeler = _labeler(options["project"], options["labeler"])
            if options["dry_run"]:
                self._foretell(estimate_run(labeler), options["budget"])
                return
            run = _begin(labeler, options["budget"])
        self._work(run)
        if run.state != JobState.DONE:
            raise CommandError(run.error or f"The run was {run.get_state_display().lower()}.")
        failure = run.pieces.filter(state=Piece.FAILED).order_by("pk").first()
        if failure is not None and not run.done:
            raise CommandError(f"All {run.failed} items failed; the first one: {failure.reason}")
        cost = f", cost {money(run.cost)}" if run.cost else ""
        self.stdout.write(f"{run.done} voted, {run.failed} failed, {run.tokens} tokens{cost}")

    def _foretell(self, estimate: Estimate, budget: Decimal | None) -> None:
        if estimate.prompt:
            self.stdout.write(estimate.prompt)
            self.stdout.write("")
        basis = f"measured on {estimate.measured} items" if estimate.measured else "by the prompts' length"
        self.stdout.write(
            f"{estimate.items} items, {estimate.requests} requests, about {estimate.tokens_in} tokens read and "
            f"{estimate.tokens_out} written ({basis})"
        )
        if not estimate.connection:
            self.stdout.write("No cost: the model runs on this machine.")
            return
        most = f", up to {money(estimate.most)} without log-probabilities" if estimate.most > estimate.cost else ""
        self.stdout.write(f"About {money(estimate.cost)} at the prices of “{estimate.connection}”{most}.")
        if budget is not None and estimate.most > budget:
            self.stdout.write(f"The budget of {money(budget)} may not reach.")

    def _work(self, run: Run) -> None:
        with tqdm(total=run.total, initial=run.done + run.failed, unit="item", desc="run", disable=None) as bar:
            while run.is_active:
                more = label_chunk(run.pk)
                run.refresh_from_db()
                bar.update(run.done + run.failed - bar.n)
                if run.is_active and not more:
                    # The rest is with another worker, or its model asked for a pause.
                    time.sleep(POLL)


def _money(given: str) -> Decimal:
    try:
        return Decimal(given)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"“{given}” is no sum of money, such as 2.50") from error


def _labeler(slug: str, name: str) -> Labeler:
    """The active version of this name. Raises Refused."""
    project = get_project(slug)
    labelers = Labeler.objects.filter(project=project, active=True)
    labeler = labelers.select_related("project", "annotator").filter(name=name).order_by("-version").first()
    if labeler is None:
        known = ", ".join(labelers.values_list("name", flat=True)) or "none"
        raise Refused(f"{project.slug} has no active model annotator “{name}”; it has: {known}.")
    return labeler


def _begin(labeler: Labeler, budget: Decimal | None) -> Run:
    """A new run, the one in progress, or the one that its budget stopped. Raises Refused."""
    runs = Run.objects.filter(labeler=labeler, purpose=RunPurpose.LABEL)
    active = runs.filter(state__in=JobState.active()).first()
    if active is not None:
        if budget is not None:
            raise JobActive("A run is going on already, with the budget that it was started with.")
        return active
    stopped = runs.first()
    if budget is None or stopped is None or stopped.state != JobState.FAILED or stopped.budget is None:
        return start_run(labeler, budget=budget)
    resume_run(stopped, budget=budget)
    stopped.refresh_from_db()
    return stopped
