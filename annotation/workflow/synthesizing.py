"""A recipe at work: a job that is played again from its beginning when it was killed, and asks no model twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.labelers import InvalidConfig
from annotation.llms import ModelError, tune
from annotation.llms.accounting import accounting
from annotation.models import JobState, NotificationKind, Project, SynthesisRun, User, Verb
from annotation.synthesis.base import Candidate, Recipe, Replies, Role, Step, Training, Unparsed, Work

from .announcing import announce
from .charging import charge, spent
from .commissioning import Commission, prepare, work_of
from .errors import Conflict, JobActive, Refused
from .gating import draw_samples
from .heartbeat import heartbeat
from .jobs import ATTEMPTS, LEASE, Overtaken, TurnOver, cancel_job, close_job, stalled_jobs, work_off
from .publishing import publish
from .recipes import get_recipe
from .recording import record
from .requesting import Halted, Named, Outage, Requester, reach_models, waited
from .running import check_budget
from .seeding import protected_of
from .sifting import Sieve, check_questions, sieve_of

logger = logging.getLogger(__name__)

# After so many seconds other work gets its turn. Whoever goes on plays the recipe again from its beginning, which takes
# no longer than a tenth of a turn.
TURN = 45.0
REPLAY_SHARE = 0.1


class RecipeFailed(Exception):
    """The recipe itself broke; the message says how."""


@transaction.atomic
def request_synthesis(project: Project, commission: Commission, *, user: User | None = None) -> SynthesisRun:
    """Fix what the run begins with, and queue it. Raises Refused, naming the field."""
    run = prepare(project, commission).run
    run.created_by = user
    run.save()
    record(project, Verb.SYNTHESIS_STARTED, user=user, synthesis_run=run.pk, recipe=run.recipe)
    publish("synthesize", run.pk)
    return run


def cancel_synthesis(run: SynthesisRun) -> None:
    """Stop after the step in progress; the items so far stay. Raises JobActive when it is over already."""
    cancel_job(SynthesisRun.objects.all(), run.pk, _("This run is over already."))
    draw_samples(run.pk)


@transaction.atomic
def resume_synthesis(run: SynthesisRun, *, budget: Decimal | None = None) -> None:
    """Go on with a cancelled or failed run; `budget` is for the whole of it, in place of its own.

    Raises JobActive where it goes on already, Refused where its budget is spent, or its recipe or questions are others.
    """
    check_budget(budget)
    if run.state == JobState.DONE:
        raise Conflict(_("This run is over; start another one."))
    allowed = run.budget if budget is None else budget
    if not run.is_active and allowed is not None and run.cost >= allowed:
        raise Refused(_("%(spent)s Give it a larger one to go on.") % {"spent": spent(SynthesisRun, run.pk)}, "budget")
    _check_unchanged(run)
    resumed = (
        SynthesisRun.objects.filter(pk=run.pk)
        .exclude(state__in=(*JobState.active(), JobState.DONE))
        .update(state=JobState.PENDING, error="", finished_at=None, leased_until=None, attempts=0, budget=allowed)
    )
    if not resumed:
        raise JobActive(_("This run is going on already."))
    publish("synthesize", run.pk)


def find_stalled_syntheses() -> list[int]:
    """Those that should be going on and that nobody holds."""
    return stalled_jobs(SynthesisRun.objects.all())


def synthesize(run_pk: int) -> None:
    """Do what is left of a run, or as much as a turn allows; returns at once when somebody else is at it.

    Replies are kept as they come; outcomes, items and counters of a batch are one transaction: killed at any moment,
    the run goes on after the last of these.
    """
    work_off(
        SynthesisRun.objects.select_related("project", "created_by"),
        run_pk,
        work=_work,
        close=_close,
        given_up=f"It got no further in {ATTEMPTS} attempts; what was made so far stays.",
        failures=(Halted, RecipeFailed, Refused, InvalidConfig, ModelError),
        task="synthesize",
    )


def _work(run: SynthesisRun) -> None:
    _check_unchanged(run)
    recipe = get_recipe(run.recipe)
    try:
        with heartbeat(partial(_hold, run)), accounting(partial(charge, SynthesisRun, run.pk)):
            work = work_of(run, recipe)
            protected = protected_of(run.project, [seed.id for seed in work.seeds], through=run.last_item)
            requester = Requester(run, reach_models(run))
            _play(run, recipe, work, requester, sieve_of(run, recipe, work, protected))
    except Outage as outage:
        _postpone(run, outage)
        raise Overtaken from outage
    except Halted as halted:
        raise Halted(str(halted) or spent(SynthesisRun, run.pk)) from halted


def _play(run: SynthesisRun, recipe: Recipe, work: Work, requester: Requester, sieve: Sieve) -> None:
    """The recipe from its beginning: what is recorded is passed over quickly, what is new is done."""
    began, asked_before, outcomes_before = time.monotonic(), run.requested, run.outcomes
    replayed = 0.0
    playing = recipe.run(work)
    replies: Replies | None = None
    try:
        while not sieve.is_full:
            step = _next(playing, replies)
            replies = None
            if step is None:
                break
            if isinstance(step, Candidate | Unparsed):
                sieve.take(step)
            elif isinstance(step, Training):
                sieve.flush()
                requester.models = {**requester.models, **_trained(run, step)}
            else:
                sieve.flush()
                if sieve.is_full:
                    break
                replies = list(requester.ask(step))
            if requester.place <= asked_before and sieve.number <= outcomes_before:
                replayed = time.monotonic() - began
            elif time.monotonic() - began > replayed + max(TURN, replayed / REPLAY_SHARE):
                sieve.flush()
                raise TurnOver
        sieve.flush()
    finally:
        playing.close()


def _next(playing: Generator[Step, Replies | None, None], replies: Replies | None) -> Step | None:
    """The recipe's next step; None at its end. Raises RecipeFailed."""
    try:
        return playing.send(replies)
    except StopIteration:
        return None
    except Exception as error:
        logger.exception("a recipe broke")
        raise RecipeFailed(
            _("The recipe broke: %(kind)s: %(error)s") % {"kind": type(error).__name__, "error": str(error)[:300]}
        ) from error


def _trained(run: SynthesisRun, training: Training) -> dict[str, Named]:
    """The generator, fine-tuned anew from its base. What was taught is kept, so a replay teaches nothing twice."""
    config = run.roles.get(Role.GENERATOR, {})
    if config.get("llm") != "local":
        raise RecipeFailed(_("Only a model on this machine can be fine-tuned; choose the bundled one as who writes."))
    model = tune({}, training.pairs, epochs=training.epochs, seed=run.seed, watch=partial(_still_wanted, run))
    return {Role.GENERATOR.value: Named(f"local, tuned {model.digest[:8]}", model)}


def _still_wanted(run: SynthesisRun, done: int, steps: int) -> None:
    """Raises Overtaken."""
    if not SynthesisRun.objects.filter(pk=run.pk, state=JobState.RUNNING).exists():
        raise Overtaken


def _postpone(run: SynthesisRun, outage: Outage) -> None:
    """Leave a model alone that is down; the sweep goes on when the lease is over."""
    attempts = SynthesisRun.objects.values_list("attempts", flat=True).get(pk=run.pk)
    wait = timedelta(seconds=waited(outage.seconds, attempts))
    SynthesisRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(leased_until=Now() + wait, error=str(outage))


def _check_unchanged(run: SynthesisRun) -> None:
    """Raise Refused where a replay would not be the same: another recipe, or answers of another shape."""
    recipe = get_recipe(run.recipe)
    if recipe.version != run.recipe_version:
        raise Refused(
            _("The recipe has changed since this run began. Start a new one: replies that are still fit cost nothing.")
        )
    check_questions(run)


def _hold(run: SynthesisRun) -> None:
    SynthesisRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(leased_until=Now() + LEASE)


def _close(run: SynthesisRun, state: JobState, error: str) -> None:
    with transaction.atomic():
        if close_job(SynthesisRun.objects.all(), run.pk, state, error):
            draw_samples(run.pk)
            run.refresh_from_db()
            counts: dict[str, Any] = {"kept": run.kept, "outcomes": run.outcomes}
            record(
                run.project_id, Verb.SYNTHESIS_FINISHED, synthesis_run=run.pk, recipe=run.recipe, error=error, **counts
            )
            if state == JobState.FAILED:
                announce(
                    run.project,
                    NotificationKind.RUN_FAILED,
                    # A run that was resumed can fail anew.
                    occurrence=f"synthesis {run.pk}:{timezone.now().isoformat()}",
                    also=[run.created_by_id],
                    synthesis_run=run.pk,
                    recipe=run.recipe,
                )
