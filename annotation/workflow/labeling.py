"""A model annotator at work: one chunk of a run at a time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from annotation.labelers import KINDS, Brief, Dispute, Failure, InvalidConfig, ItemText, Prediction, build
from annotation.labelers.bench import Bench
from annotation.llms import Endpoint, ModelError
from annotation.llms.accounting import accounting
from annotation.models import (
    Annotation,
    Event,
    Item,
    JobState,
    NotificationKind,
    Piece,
    Run,
    RunItem,
    RunPurpose,
    Verb,
)
from annotation.questions import as_texts

from .advancing import advance
from .announcing import announce
from .applying import learned_brief
from .charging import charge, spent
from .connecting import reachable
from .debating import debate
from .disputes import disputes_over
from .embedding import with_vectors
from .errors import Refused
from .exemplifying import brief_as_drawn, drawn_by, keep_version
from .heartbeat import heartbeat
from .jobs import LEASE
from .judging import look_at
from .learning import begin
from .queueing import start_over
from .recording import event, record
from .trying import keep_tried

# Their answers count nowhere.
UNCOUNTED = (RunPurpose.TRY, RunPurpose.TRIAL)
# Pieces that took the worker down this often are set aside, so that the others finish.
ATTEMPTS = 3
CHUNK_SECONDS = 2.0
FIRST_CHUNK = 8
LARGEST_CHUNK = 500
# How many times over an endpoint's slots are filled by one chunk, so that they seldom stand empty at its end.
ROUNDS = 4

# Pieces whose chunk died come in a small chunk, and at last one by one, so that one poisonous item takes nobody down
# with it.
CLAIM = """
WITH first AS (
    SELECT attempts FROM annotation_runitem
    WHERE run_id = %(run)s AND state = 'pending' AND (leased_until IS NULL OR leased_until < now())
    ORDER BY attempts, id LIMIT 1
), chosen AS (
    SELECT piece.id FROM annotation_runitem piece, first
    WHERE piece.run_id = %(run)s AND piece.state = 'pending' AND piece.attempts = first.attempts
      AND (piece.leased_until IS NULL OR piece.leased_until < now())
    ORDER BY piece.id
    LIMIT (SELECT CASE attempts WHEN 0 THEN %(size)s WHEN 1 THEN %(small)s ELSE 1 END FROM first)
    FOR UPDATE OF piece SKIP LOCKED
)
UPDATE annotation_runitem piece SET attempts = piece.attempts + 1, leased_until = now() + %(lease)s
FROM chosen WHERE piece.id = chosen.id
RETURNING piece.item_id
"""


def label_chunk(run_pk: int) -> bool:
    """Claim some pending items, ask the model, store its votes; whether there may be more to do.

    No transaction spans the model call. A chunk that was done twice (a lease that ran out, a message delivered twice)
    counts once: only pieces that are still pending are written.
    """
    run = Run.objects.select_related("labeler__annotator", "project", "checkpoint").filter(pk=run_pk).first()
    if run is None or not run.is_active:
        return False
    Run.objects.filter(pk=run_pk, state=JobState.PENDING).update(
        state=JobState.RUNNING, started_at=run.started_at or timezone.now()
    )
    Run.objects.filter(pk=run_pk).update(touched_at=Now())
    _quarantine(run)
    try:
        config = reachable(run.labeler.config)
        if KINDS[run.labeler.kind].learns and not begin(run):
            return False
        labeler = build(run.labeler.kind, config, brief_of(run))
        keep_version(run, labeler.version)
    except (InvalidConfig, ModelError, Refused) as error:
        _stop(run, str(error))
        return False
    items = _claim(run, config.get("llm"))
    if not items:
        _finish_if_over(run)
        return False
    try:
        with heartbeat(partial(_hold, run, items)), accounting(partial(charge, Run, run.pk)) as account:
            results = _ask(run, labeler, items)
    except ModelError as error:
        if not error.retryable:
            _stop(run, str(error))
            return False
        _postpone(run, items, getattr(error, "retry_after", None))
        return False
    if account.stopped or account.exhausted:
        # What got no answer stays to be done when the run is resumed.
        _store(run, [result for result in results if isinstance(result, Prediction) or result.raw_reply])
        _finish_if_over(run)
        _stop(run, account.stopped or spent(Run, run.pk))
        return False
    _store(run, results)
    _finish_if_over(run)
    # An endpoint that is down is left alone until the sweep comes by, instead of being asked the whole run in vain.
    return not all(isinstance(result, Failure) and result.retryable for result in results)


def brief_of(run: Run) -> Brief:
    """What a model annotator must know of a project: the same for every chunk of a run."""
    if run.checkpoint:
        return learned_brief(run.project, bytes(run.checkpoint.weights))
    return brief_as_drawn(run.project, drawn_by(run))


def _hold(run: Run, items: list[int]) -> None:
    RunItem.objects.filter(run=run, item__in=items, state=Piece.PENDING).update(leased_until=Now() + LEASE)


def _ask(run: Run, labeler: Any, items: list[int]) -> list[Prediction | Failure]:
    shown = Item.objects.filter(pk__in=items).values_list("pk", "fields")
    texts = [ItemText(id=pk, fields=as_texts(run.project.fields, fields)) for pk, fields in shown]
    if run.labeler.rules:
        # Whoever is tested against people must not have read them.
        blind = run.purpose == RunPurpose.TRIAL
        disputes = [Dispute(text, ()) for text in texts] if blind else disputes_over(texts)
        return debate(run, labeler, disputes) if isinstance(labeler, Bench) else labeler.judge(disputes)
    return labeler.label(with_vectors(run.project, texts) if run.checkpoint else texts)


def _claim(run: Run, llm: object = None) -> list[int]:
    elapsed = (timezone.now() - run.started_at).total_seconds() if run.started_at else 0.0
    rate = run.done / elapsed if elapsed > 1 else 0.0
    least = ROUNDS * llm.concurrency if isinstance(llm, Endpoint) else FIRST_CHUNK
    size = min(LARGEST_CHUNK, max(least, int(rate * CHUNK_SECONDS)))
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"run": run.pk, "size": size, "small": FIRST_CHUNK, "lease": LEASE}
        cursor.execute(CLAIM, parameters)
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _store(run: Run, results: Sequence[Prediction | Failure]) -> None:
    predictions = {result.item: result for result in results if isinstance(result, Prediction)}
    failures = {result.item: result for result in results if isinstance(result, Failure)}
    # Conditional: whoever did the same pieces meanwhile has set them to done, and this copy is dropped.
    mine = dict(
        RunItem.objects.select_for_update()
        .filter(run=run, item__in=[*predictions, *failures], state=Piece.PENDING)
        .order_by("pk")
        .values_list("item_id", "attempts")
    )
    voted = [item for item in predictions if item in mine]
    # Whoever was told to wait has not tried, and may wait as often as that is said.
    again = [
        item
        for item, failure in failures.items()
        if item in mine and failure.retryable and (mine[item] < ATTEMPTS or failure.retry_after)
    ]
    failed = [item for item in failures if item in mine and item not in again]
    RunItem.objects.filter(run=run, item__in=voted).update(state=Piece.DONE, leased_until=None)
    for item in again:
        _postpone(run, [item], failures[item].retry_after)
    for item in failed:
        RunItem.objects.filter(run=run, item=item).update(
            state=Piece.FAILED, leased_until=None, reason=failures[item].reason, raw_reply=failures[item].raw_reply
        )
    annotator = run.labeler.annotator
    if run.purpose in UNCOUNTED:
        keep_tried(run, [predictions[item] for item in voted])
    else:
        Annotation.objects.current().filter(annotator=annotator, item__in=voted).update(superseded_at=timezone.now())
        Annotation.objects.bulk_create(_annotation(run, predictions[item]) for item in voted)
    Run.objects.filter(pk=run.pk).update(
        touched_at=Now(),
        done=F("done") + len(voted),
        failed=F("failed") + len(failed),
        tokens=F("tokens") + sum(result.tokens for result in results if result.item in mine),
    )
    advised = voted if run.purpose == RunPurpose.JUDGE else []
    told = [event(run.project, Verb.JUDGED, annotator=annotator, item=item) for item in advised]
    _let_people_in(run, [*voted, *failed], log=told)


def _let_people_in(run: Run, items: list[int], *, log: Sequence[Event] = ()) -> None:
    if not items or run.purpose in UNCOUNTED:
        return
    advance(run.project, items, annotator=run.labeler.annotator, log=log)
    start_over(run.project)


def _annotation(run: Run, prediction: Prediction) -> Annotation:
    return Annotation(
        project=run.project,
        item_id=prediction.item,
        annotator=run.labeler.annotator,
        run=run,
        answers=prediction.answers,
        distribution=prediction.distribution,
        confidence=prediction.confidence,
        rationale=prediction.rationale,
        raw_reply=prediction.raw_reply,
        seconds=prediction.seconds,
        advice=run.purpose == RunPurpose.JUDGE,
        schema_version=run.project.schema_version,
    )


def _quarantine(run: Run) -> None:
    exhausted = RunItem.objects.filter(run=run, state=Piece.PENDING, attempts__gte=ATTEMPTS, leased_until__lt=Now())
    with transaction.atomic():
        items = list(exhausted.select_for_update(skip_locked=True).values_list("item_id", flat=True))
        if not items:
            return
        RunItem.objects.filter(run=run, item__in=items).update(
            state=Piece.FAILED, leased_until=None, reason=f"The worker died or gave up on this item {ATTEMPTS} times."
        )
        Run.objects.filter(pk=run.pk).update(failed=F("failed") + len(items))
        _let_people_in(run, items)


def _postpone(run: Run, items: Sequence[int], seconds: float | None) -> None:
    # Not all at once again: what was turned away together comes back scattered, and never too early.
    wait = timedelta(seconds=min(max(seconds or 5.0, 1.0), 300.0) * random.uniform(1.0, 1.1))
    RunItem.objects.filter(run=run, item__in=items, state=Piece.PENDING).update(
        leased_until=Now() + wait, attempts=Greatest(F("attempts") - (1 if seconds else 0), 0)
    )


@transaction.atomic
def _stop(run: Run, error: str) -> None:
    stopped = Run.objects.filter(pk=run.pk, state__in=JobState.active()).update(
        state=JobState.FAILED, error=error, finished_at=Now()
    )
    if stopped:
        RunItem.objects.filter(run=run, state=Piece.PENDING).update(leased_until=None)
        record(run.project_id, Verb.RUN_FINISHED, run=run.pk, labeler=str(run.labeler), error=error)
        if run.purpose not in UNCOUNTED:
            announce(
                run.project,
                NotificationKind.RUN_FAILED,
                # A run that was resumed can fail anew.
                occurrence=f"{run.pk}:{timezone.now().isoformat()}",
                also=[run.created_by_id],
                run=run.pk,
                labeler=str(run.labeler),
            )


@transaction.atomic
def _finish_if_over(run: Run) -> None:
    if RunItem.objects.filter(run=run, state=Piece.PENDING).exists():
        return
    # Conditional: of two workers that finish the last two chunks, one says so.
    finished = Run.objects.filter(pk=run.pk, state=JobState.RUNNING).update(state=JobState.DONE, finished_at=Now())
    if finished:
        run.refresh_from_db()
        record(
            run.project_id,
            Verb.RUN_FINISHED,
            run=run.pk,
            labeler=str(run.labeler),
            done=run.done,
            failed=run.failed,
        )
        if run.purpose == RunPurpose.TRIAL:
            look_at(run.labeler)
