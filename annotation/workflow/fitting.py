"""Fit a project's annotators anew once its votes have grown, and let the items feel it whose outcome that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.aggregation.fitted import MAJORITY
from annotation.aggregation.keeping import stored
from annotation.aggregation.scattering import scattered
from annotation.models import (
    OPEN_STAGES,
    Annotation,
    Checkpoint,
    Consensus,
    DecidedBy,
    Fit,
    Fitting,
    Item,
    JobState,
    Project,
    Resolution,
    User,
    Verb,
)
from annotation.questions import Question

from .advancing import advance
from .embedding import stored_vectors
from .errors import JobActive
from .fitting_votes import Learned, fit_questions
from .fusing import fits_of
from .jobs import ATTEMPTS, LEASE, Overtaken, cancel_job, close_job, stalled_jobs, work_off
from .publishing import publish
from .queueing import put_in_order
from .ranking import priorities, ranked
from .recording import record
from .routing import Policy
from .settling import Fits, Verdict, knowledge_of, settle
from .weighing import weighed_votes

# Votes and decisions that are worth a fit: at least these, and this share of what it knows already.
LEAST, SHARE = 50, 0.05
# Not sooner than this after the last one, nor than that while a model votes.
PAUSE, PAUSE_IN_RUN = "1 minute", "10 minutes"
# Items whose votes are looked at in one transaction: whoever answers one of them waits that long.
BATCH = 250

# Projects whose votes have grown enough. Each subquery walks one annotator's index from where the last fit came to, and
# stops early, so the cost does not grow with the project.
DUE = """
SELECT project.id
FROM annotation_project project
LEFT JOIN LATERAL (
    SELECT through, decisions_through, votes, state, created_at FROM annotation_fitting fitting
    WHERE fitting.project_id = project.id ORDER BY fitting.id DESC LIMIT 1
) newest ON true
CROSS JOIN LATERAL (
    SELECT greatest(%(least)s, ceil(%(share)s * coalesce(newest.votes, 0)))::int AS needed,
           coalesce(newest.through, 0) AS through
) wanted
WHERE project.fusion <> 'majority'
  AND coalesce(newest.state NOT IN ('pending', 'running'), true)
  AND coalesce(newest.created_at < now() - CASE WHEN EXISTS (
      SELECT FROM annotation_run run WHERE run.project_id = project.id AND run.state IN ('pending', 'running')
  ) THEN %(pause_in_run)s::interval ELSE %(pause)s::interval END, true)
  AND wanted.needed <= (
    SELECT count(*) FROM (
        SELECT FROM annotation_annotator annotator CROSS JOIN LATERAL (
            SELECT FROM annotation_annotation answer
            WHERE answer.annotator_id = annotator.id AND answer.id > wanted.through
              AND answer.superseded_at IS NULL AND NOT answer.advice
            LIMIT wanted.needed
        ) theirs
        WHERE annotator.project_id = project.id
        LIMIT wanted.needed
    ) fresh
  ) + (
    SELECT count(*) FROM (
        SELECT FROM annotation_resolution decision
        WHERE decision.project_id = project.id AND decision.id > coalesce(newest.decisions_through, 0)
        LIMIT wanted.needed
    ) decided
  )
ORDER BY project.id
"""


def request_due_fittings() -> None:
    """Start a fit of every project whose votes have grown enough."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"least": LEAST, "share": SHARE, "pause": PAUSE, "pause_in_run": PAUSE_IN_RUN})
        due = [row[0] for row in cursor.fetchall()]
    for project in Project.objects.filter(pk__in=due):
        _start(project, user=None)


def request_fitting(project: Project, *, user: User | None) -> Fitting:
    """Fit now. Raises JobActive where that is under way already."""
    fitting = _start(project, user=user)
    if fitting is None:
        raise JobActive(_("The annotators are being fitted already."))
    return fitting


def refit(project: Project, *, user: User) -> None:
    """After another way of fusing was chosen: the fit under way, if any, is for the earlier one."""
    Fitting.objects.filter(project=project, state__in=JobState.active()).update(
        state=JobState.CANCELLED, finished_at=Now(), leased_until=None
    )
    _start(project, user=user)


def cancel_fitting(fitting: Fitting) -> None:
    """What was fitted applies to new votes from now on; items that have not followed yet stay as they are until one
    comes. Raises JobActive when it is over already."""
    cancel_job(Fitting.objects.all(), fitting.pk, _("This fit is over already."))


def find_stalled_fittings() -> list[int]:
    """Those that should be going on and that nobody holds."""
    return stalled_jobs(Fitting.objects.all())


def fit_votes(fitting_pk: int) -> None:
    """Do what is left of a fitting; returns at once when somebody else is at it.

    The fits are stored in one transaction and apply from then on; the items follow in batches, each one transaction
    with its checkpoint. Killed at any moment, the job goes on after the last of these.
    """
    work_off(
        Fitting.objects.select_related("project", "created_by"),
        fitting_pk,
        work=_work,
        close=_close,
        given_up=f"The worker died {ATTEMPTS} times over this fit; what has followed stays.",
    )


def _start(project: Project, *, user: User | None) -> Fitting | None:
    try:
        with transaction.atomic():
            fitting = Fitting.objects.create(
                project=project, fusion=project.fusion, schema_version=project.schema_version, created_by=user
            )
    except IntegrityError:
        # Another sweep, or a lead, was faster.
        return None
    publish("fit_votes", fitting.pk)
    return fitting


def _work(fitting: Fitting) -> None:
    if fitting.fitted_at is None:
        _fit(fitting)
    while _follow_batch(fitting):
        pass
    _put_queue_in_order(fitting)


def _fit(fitting: Fitting) -> None:
    """Read the votes and store what they say: no transaction is open while that is worked out."""
    project = fitting.project
    # Before the votes are read: what comes in between is new to the next fit.
    seen = {
        "through": Annotation.objects.aggregate(newest=Max("pk"))["newest"] or 0,
        "decisions_through": Resolution.objects.aggregate(newest=Max("pk"))["newest"] or 0,
    }
    learned = list(fit_questions(project))
    votes = _votes(project, seen["through"])
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        items = Item.objects.filter(project=project)
        walks = any(each.knowledge != MAJORITY for _, each in learned) or _has_matrices(locked)
        last = (items.aggregate(last=Max("pk"))["last"] or 0) if walks else 0
        # First, and conditional: a worker that was overtaken stores nothing.
        held = Fitting.objects.filter(pk=fitting.pk, state=JobState.RUNNING, fitted_at=None).update(
            fitted_at=Now(),
            leased_until=Now() + LEASE,
            attempts=1,
            votes=votes,
            last_item=last,
            total=items.count() if walks else 0,
            **seen,
        )
        if not held:
            raise Overtaken
        Fit.objects.bulk_create(_as_row(fitting, question, each) for question, each in learned)
        locked.fitting = fitting
        locked.save(update_fields=["fitting"])
        methods = sorted({each.knowledge.method for _, each in learned})
        record(project, Verb.FITTED, user=fitting.created_by, fitting=fitting.pk, methods=methods)
    fitting.refresh_from_db()
    fitting.project.refresh_from_db(fields=["fitting"])


def _as_row(fitting: Fitting, question: Question, learned: Learned) -> Fit:
    parameters, matrices = stored(learned.knowledge)
    return Fit(
        fitting=fitting,
        question=question.name,
        method=learned.knowledge.method,
        reason=learned.reason[:300],
        parameters=parameters,
        matrices=matrices,
        accuracies={str(pk): round(accuracy, 4) for pk, accuracy in learned.accuracies.items()},
        diagnostics=list(learned.diagnostics),
        votes=learned.votes,
        items=learned.items,
        known=learned.known,
    )


def _has_matrices(project: Project) -> bool:
    """Whether items were fused by more than the majority until now."""
    return any(knowledge != MAJORITY for knowledge in fits_of(project).values())


def _votes(project: Project, through: int) -> int:
    """What growth is measured against: of people and models alike, as the sweep counts them."""
    return Annotation.objects.current().filter(project=project, advice=False, pk__lte=through).count()


@transaction.atomic
def _follow_batch(fitting: Fitting) -> bool:
    """The next items; whether there may be more. Only those whose outcome changes are advanced."""
    rows = Item.objects.filter(project=fitting.project_id, pk__gt=fitting.checkpoint, pk__lte=fitting.last_item)
    # Locked, in order: an answer either sees the fit, or is seen here.
    items = list(rows.order_by("pk").select_for_update(no_key=True).only("pk", "fields")[:BATCH])
    if not items:
        return False
    project = Project.objects.get(pk=fitting.project_id)
    changed = _changed(project, items)
    # Conditional on the checkpoint: a worker that was overtaken writes nothing.
    held = Fitting.objects.filter(pk=fitting.pk, state=JobState.RUNNING, checkpoint=fitting.checkpoint).update(
        checkpoint=items[-1].pk,
        done=F("done") + len(items),
        changed=F("changed") + len(changed),
        leased_until=Now() + LEASE,
        attempts=1,
    )
    if not held:
        raise Overtaken
    if changed:
        advance(project, changed)
    fitting.checkpoint = items[-1].pk
    return True


def _changed(project: Project, items: Sequence[Item]) -> list[int]:
    """The items that would have another answer, or be on the other side of a threshold."""
    questions, fits = project.question_list, fits_of(project)
    pks = [item.pk for item in items]
    before: dict[int, dict[str, tuple[Any, float]]] = {pk: {} for pk in pks}
    decided = set()
    rows = Consensus.objects.filter(item__in=pks).values_list("item_id", "question", "value", "posterior", "decided_by")
    for item, question, value, posterior, by in rows:
        before[item][question] = (value, posterior)
        if by == DecidedBy.REVIEWER:
            decided.add(item)
    votes = weighed_votes(questions, Annotation.objects.votes().filter(item__in=pks))
    thresholds = [project.accept_threshold, *Policy.of(project, judge=False).thresholds.values()]
    return [
        item.pk
        for item in items
        if item.pk not in decided
        and _differs(before[item.pk], settle(questions, votes[item.pk], item.fields, fits), thresholds)
    ]


def _differs(before: Mapping[str, tuple[Any, float]], now: Verdict, thresholds: Sequence[float]) -> bool:
    if before.keys() != now.outcomes.keys():
        return True
    for question, outcome in now.outcomes.items():
        value, posterior = before[question]
        if value != outcome.value:
            return True
        if any((posterior >= threshold) != (outcome.posterior >= threshold) for threshold in thresholds):
            return True
    return False


def _put_queue_in_order(fitting: Fitting) -> None:
    """The open items that somebody has voted on, the one first that a person's vote is expected to tell most about.

    Look-alikes are kept apart and audits stay where chance puts them, as with models that learn; while such a one is
    at work, the order is its own.
    """
    project = Project.objects.get(pk=fitting.project_id)
    if Checkpoint.objects.filter(labeler__project=project, labeler__active=True, answers__gt=0).exists():
        return
    worth, untouched = _worths(project)
    if not worth:
        return
    items, values = np.fromiter(worth, np.int64, len(worth)), np.fromiter(worth.values(), float, len(worth))
    audits = np.array(Item.objects.filter(project=project, audit=True).open().values_list("pk", flat=True), np.int64)
    drawn = np.where(np.isin(items, audits), scattered(items), np.nan)

    def vectors(positions: np.ndarray) -> np.ndarray:
        # Without a vector an item is like no other.
        known = stored_vectors(items[positions].tolist())
        length = len(next(iter(known.values()))) if known else 1
        return np.array([known.get(int(item), np.zeros(length)) for item in items[positions]])

    order = priorities(ranked(values, vectors), drawn)
    # What nobody has voted on stays at 0: before that come the items on which a vote tells more than a first one
    # would, and after it the others.
    put_in_order(project, items.tolist(), (order - np.mean(values < untouched)).tolist())


def _worths(project: Project) -> tuple[dict[int, float], float]:
    """Open item → what one more person's vote is expected to tell, and what a first vote tells of any item; empty
    where no fit can say."""
    fits: Fits = fits_of(project)
    questions = {each.name: each for each in project.question_list}
    rows = Consensus.objects.filter(item__project=project, item__stage__in=OPEN_STAGES, question__in=list(questions))
    worth: dict[int, float] = {}
    for item, question, shares in rows.values_list("item_id", "question", "distribution").iterator():
        told = knowledge_of(questions[question], fits).worth(questions[question], shares)
        if told is not None:
            worth[item] = max(told, worth.get(item, 0.0))
    firsts = [knowledge_of(question, fits).worth(question, None) for question in questions.values()]
    return worth, max((each for each in firsts if each is not None), default=0.0)


def _close(fitting: Fitting, state: JobState, error: str) -> None:
    close_job(Fitting.objects.all(), fitting.pk, state, error)
