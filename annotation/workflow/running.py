"""Start, cancel and resume a run of a model annotator."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.models import Annotation, Item, JobState, Labeler, Piece, Run, RunItem, RunPurpose, Turn, User, Verb
from annotation.questions.speech import number

from .charging import spent
from .connecting import reachable
from .errors import JobActive, Refused
from .jobs import LEASE, cancel_job
from .publishing import publish
from .recording import record

# A run in which nothing moved this long has lost its message.
QUIET = LEASE / 4
MOST_MONEY = 1_000_000


@transaction.atomic
def start_run(
    labeler: Labeler,
    *,
    user: User | None = None,
    items: Sequence[int] | None = None,
    again: bool = False,
    budget: Decimal | None = None,
) -> Run:
    """Ask a model for its vote on every open item it has not voted on (or on `items`), until `budget` is spent.

    `again`: also on those of `items` that it has voted on; its newer vote takes the older one's place.

    Raises JobActive when this version is at work already, Refused when it is retired, its connection cannot be used,
    or the budget is none.
    """
    if not labeler.active:
        raise Refused(_("%(labeler)s is retired; add a new version to run it.") % {"labeler": labeler})
    check_budget(budget)
    purpose = RunPurpose.JUDGE if labeler.rules else RunPurpose.LABEL
    if purpose == RunPurpose.LABEL:
        # Told at once to whoever starts it; a judge's run starts by itself and says so when it fails.
        reachable(labeler.config)
    return open_run(labeler, purpose, items_to_ask(labeler, items, again=again), user=user, budget=budget)


def items_to_ask(labeler: Labeler, items: Sequence[int] | None = None, *, again: bool = False) -> QuerySet[Item]:
    """What a run asks about: every open item (or `items`), but for those this version has voted on, unless `again`."""
    chosen = Item.objects.filter(project=labeler.project_id)
    chosen = chosen.open() if items is None else chosen.filter(pk__in=items)
    if again:
        return chosen
    voted = Annotation.objects.current().filter(annotator=labeler.annotator)
    return chosen.exclude(pk__in=voted.values("item_id"))


@transaction.atomic
def open_run(
    labeler: Labeler,
    purpose: RunPurpose,
    items: QuerySet[Item],
    *,
    user: User | None = None,
    budget: Decimal | None = None,
) -> Run:
    """A run over these items, and word of it to a worker. Raises JobActive when this version is at work already."""
    try:
        with transaction.atomic():
            run = Run.objects.create(
                project=labeler.project, labeler=labeler, purpose=purpose, created_by=user, budget=budget
            )
    except IntegrityError as error:
        raise JobActive(
            _("%(labeler)s is at work already; wait for that run or cancel it.") % {"labeler": labeler}
        ) from error
    total = _enlist(run, items)
    Run.objects.filter(pk=run.pk).update(total=total)
    record(labeler.project_id, Verb.RUN_STARTED, user=user, run=run.pk, labeler=str(labeler), items=total)
    publish("label_chunk", run.pk)
    run.refresh_from_db()
    return run


def _enlist(run: Run, items: QuerySet[Item]) -> int:
    sql, parameters = items.order_by("pk").annotate(run=Value(run.pk)).values_list("run", "pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO annotation_runitem (run_id, item_id, state, attempts, reason, raw_reply) "
            f"SELECT chosen.*, 'pending', 0, '', '' FROM ({sql}) chosen",
            parameters,
        )
        return cursor.rowcount


def cancel_run(run: Run) -> None:
    """Stop after the chunk in progress; the votes so far stay. Raises JobActive when it is over already."""
    cancel_job(Run.objects.all(), run.pk, _("This run is over already."))


@transaction.atomic
def resume_run(run: Run, *, budget: Decimal | None = None) -> None:
    """Go on with a cancelled or failed run, its failed items included.

    `budget` is for the whole run, in place of its own. Raises JobActive where it is going on, Refused where its budget
    is spent.
    """
    check_budget(budget)
    allowed = run.budget if budget is None else budget
    if not run.is_active and allowed is not None and run.cost >= allowed:
        raise Refused(_("%(spent)s Give it a larger one to go on.") % {"spent": spent(Run, run.pk)}, "budget")
    try:
        with transaction.atomic():
            resumed = (
                Run.objects.filter(pk=run.pk)
                .exclude(state__in=JobState.active())
                .update(state=JobState.PENDING, error="", finished_at=None, failed=0, budget=allowed)
            )
    except IntegrityError as error:
        raise JobActive(_("%(labeler)s is at work in another run.") % {"labeler": run.labeler}) from error
    if not resumed:
        raise JobActive(_("This run is going on already."))
    # What failed is asked anew; what was said in a debate stands, and is not paid for again.
    done = RunItem.objects.filter(run=run, state=Piece.DONE).values("item_id")
    Turn.objects.filter(run=run).exclude(failure="").exclude(item__in=done).delete()
    RunItem.objects.filter(run=run).exclude(state=Piece.DONE).update(
        state=Piece.PENDING, attempts=0, leased_until=None, reason="", raw_reply=""
    )
    publish("label_chunk", run.pk)


def check_budget(budget: Decimal | None) -> None:
    """Raise Refused where this is no sum of money that a run could spend."""
    if budget is not None and not (budget.is_finite() and 0 < budget < MOST_MONEY):
        raise Refused(
            _("A budget is more than nothing and less than %(most_money)s.") % {"most_money": number(MOST_MONEY)},
            "budget",
        )


def find_stalled_runs() -> list[int]:
    """Active runs in which nobody holds a piece and nothing moved lately: their message was lost, or their worker."""
    held = RunItem.objects.filter(state=Piece.PENDING, leased_until__gt=Now())
    quiet = Run.objects.filter(state__in=JobState.active(), touched_at__lt=Now() - QUIET)
    return list(quiet.exclude(pk__in=held.values("run_id")).values_list("pk", flat=True))
