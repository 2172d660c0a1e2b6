"""Labelers that learn: train on people's answers once enough of them are new, and let what was learned take effect."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from annotation.labelers import KINDS
from annotation.labelers.heads import UnreadableHead
from annotation.labelers.learners import MOST_MARKED, learn, learner_of, marked_text, voices
from annotation.labelers.trained import fingerprint
from annotation.labelers.training import Lesson
from annotation.models import (
    Annotation,
    Annotator,
    AnnotatorKind,
    Checkpoint,
    Item,
    JobState,
    Labeler,
    Project,
    Resolution,
    Run,
    Verb,
)
from annotation.models.item import EMBEDDING_DIMENSIONS
from annotation.questions import Answer, Distribution, Question, as_texts, type_of

from .applying import apply_checkpoint, learned_brief
from .embedding import vectors_by_item
from .recording import record

# New answers that are worth a training: at least these, and this share of what it knows already.
LEAST, SHARE = 8, 0.1
# Fewer are learned too, once nobody has answered for so long.
QUIET = timedelta(seconds=30)
# Answered items that one training considers, newest first; unanswered ones; and how many of those are embedded for it.
MOST_ANSWERED, POOL, EMBEDDED = 10_000, 4_000, 1_024
LOCK = 0x5EED

Said = dict[int, dict[str, list[Answer]]]
"""Item → question → what people answered."""


def find_learners() -> list[int]:
    """Labelers at work that have enough new answers to learn from, or learned what has not taken effect yet."""
    learning = [name for name, kind in KINDS.items() if kind.learns]
    at_work = Labeler.objects.filter(kind__in=learning, active=True, checkpoints__isnull=False)
    return [labeler.pk for labeler in at_work.select_related("project").distinct() if _has_work(labeler)]


def learn_from_answers(labeler_pk: int) -> None:
    """One training where it is due, and its effect: priorities at once, votes by a run. Harmless when called twice."""
    labeler = Labeler.objects.select_related("project", "annotator").get(pk=labeler_pk)
    with _alone(labeler) as alone:
        if not (alone and labeler.active):
            return
        newest = _newest(labeler)
        if _is_due(labeler, newest) if newest else labeler.checkpoints.exists():
            newest = train(labeler)
        if newest and _is_unapplied(newest):
            apply_checkpoint(newest)


def begin(run: Run) -> bool:
    """See to it that a run of a learning labeler has a checkpoint to vote with; False while another makes the first."""
    if run.checkpoint is None or run.checkpoint.schema_version < run.project.shape_version:
        with _alone(run.labeler) as alone:
            if not alone:
                return False
            newest = _newest(run.labeler)
            if newest is None or not _is_readable(run.project, newest):
                newest = train(run.labeler)
        # Conditional: every chunk of a run votes with the same checkpoint, as long as it knows the options.
        Run.objects.filter(pk=run.pk, checkpoint=run.checkpoint_id).update(checkpoint=newest)
        run.refresh_from_db(fields=["checkpoint"])
    return True


def train(labeler: Labeler) -> Checkpoint:
    """Learn from all that people said so far: a new checkpoint. Call outside a transaction."""
    started = time.perf_counter()
    project = labeler.project
    # Before the answers are read: what comes in between is new to the next training.
    seen = _newest_answer(project)
    said = _what_people_said(project)
    pool = _unanswered(project, set(said))
    vectors = vectors_by_item(project, list(said))
    audits = set(Item.objects.filter(project=project, audit=True, pk__in=list(said)).values_list("pk", flat=True))
    lessons = {question.name: _lesson(project, question, said, vectors, audits) for question in project.question_list}
    weights, metrics = learn(learned_brief(project), pool, lessons)
    newest = Checkpoint.objects.filter(labeler=labeler).aggregate(number=Max("number"))["number"]
    with transaction.atomic():
        made = Checkpoint.objects.create(
            labeler=labeler,
            number=newest + 1 if newest else 1,
            weights=weights,
            answers=len(said),
            digest=fingerprint(weights),
            metrics=metrics,
            seen=seen,
            schema_version=project.schema_version,
            seconds=time.perf_counter() - started,
            # Before there is an answer, the run that asked for this is its effect.
            applied_at=None if newest else Now(),
        )
        record(project, Verb.TRAINED, annotator=labeler.annotator, checkpoint=made.number, answers=len(said))
    return made


def _newest(labeler: Labeler) -> Checkpoint | None:
    """The newest checkpoint that knows today's options: one from before they changed would score others."""
    known = Checkpoint.objects.filter(labeler=labeler, schema_version__gte=labeler.project.shape_version)
    # Without its weights: the sweep asks every few seconds, and only whoever applies it needs them.
    return known.order_by("-number").defer("weights").first()


def _is_readable(project: Project, checkpoint: Checkpoint) -> bool:
    """Whether it knows the options that are offered today, in their order."""
    try:
        voices(learned_brief(project, bytes(checkpoint.weights)))
    except UnreadableHead:
        return False
    return True


def _people(project: Project) -> list[int]:
    people = Annotator.objects.filter(project=project, kind=AnnotatorKind.HUMAN)
    return list(people.values_list("pk", flat=True))


def _newest_answer(project: Project) -> int:
    found = Annotation.objects.filter(annotator__in=_people(project)).aggregate(newest=Max("pk"))
    return found["newest"] or 0


def _has_work(labeler: Labeler) -> bool:
    newest = _newest(labeler)
    # It has learned before, but other options.
    return newest is None or _is_due(labeler, newest) or _is_unapplied(newest)


def _is_due(labeler: Labeler, newest: Checkpoint) -> bool:
    # By person: the index has each one's answers in order, while model votes since then may be a hundred thousand.
    new = Annotation.objects.filter(annotator__in=_people(labeler.project), pk__gt=newest.seen)
    wanted = max(LEAST, int(SHARE * newest.answers))
    if new[:wanted].count() >= wanted:
        return True
    return new.exists() and not new.filter(created_at__gt=Now() - QUIET).exists()


def _is_unapplied(newest: Checkpoint) -> bool:
    at_work = Run.objects.filter(labeler=newest.labeler_id, state__in=JobState.active())
    return newest.applied_at is None and not at_work.exists()


@contextmanager
def _alone(labeler: Labeler) -> Iterator[bool]:
    """Whether nobody else is training this labeler; as a lock of the session, it dies with its worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, labeler.pk])
        (alone,) = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, labeler.pk])


def _what_people_said(project: Project) -> Said:
    """A reviewer's decision stands alone. Gold answers stay hidden."""
    said: Said = defaultdict(lambda: defaultdict(list))
    answered = Annotation.objects.votes().filter(annotator__in=_people(project)).order_by("-pk")
    for item, answers in answered.values_list("item_id", "answers")[:MOST_ANSWERED]:
        for question, value in answers.items():
            said[item][question].append(value)
    decided = Resolution.objects.filter(project=project).order_by("-pk")[:MOST_ANSWERED]
    # The newest decision on an item is the one that stands.
    rows = decided.values_list("item_id", "answers", "ambiguous")
    newest = {item: decision for item, *decision in reversed(list(rows))}
    for item, (answers, ambiguous) in newest.items():
        # What is ambiguous teaches in the shares that people gave it.
        if not ambiguous:
            said[item].update({question: [value] for question, value in answers.items()})
    return said


def _lesson(
    project: Project, question: Question, said: Said, vectors: dict[int, np.ndarray], audits: set[int]
) -> Lesson:
    answers = {item: _shares(question, given[question.name]) for item, given in said.items() if question.name in given}
    # An option may have been retired since, an item erased.
    taught = {item: shares for item, shares in answers.items() if shares is not None and item in vectors}
    learner, texts = learner_of(question), {}
    if learner and learner.by_words:
        taught = dict(list(taught.items())[:MOST_MARKED])
        texts = _marked_texts(project, question, list(taught))
    return Lesson(
        np.array([vectors[item] for item in taught], dtype=np.float32).reshape(-1, EMBEDDING_DIMENSIONS),
        list(taught.values()),
        np.array([item in audits for item in taught], dtype=bool),
        [texts.get(item, "") for item in taught],
    )


def _shares(question: Question, answers: list[Answer]) -> Distribution | None:
    """The share of people per key, without those whose answer can be given no more; None where that is all of them."""
    kind = type_of(question)
    votes = [kind.vote(question, answer, None) for answer in answers]
    valid = [vote for vote in votes if all(kind.is_key(question, key) for key in vote)]
    shares: Distribution = {}
    for vote in valid:
        for key, share in vote.items():
            shares[key] = shares.get(key, 0.0) + share / len(valid)
    return shares if valid else None


def _marked_texts(project: Project, question: Question, items: list[int]) -> dict[int, str]:
    shown = Item.objects.filter(pk__in=items).values_list("pk", "fields")
    return {pk: marked_text(question, as_texts(project.fields, fields)) for pk, fields in shown}


def _unanswered(project: Project, answered: set[int]) -> np.ndarray:
    """[u, 384] vectors of items that nobody answered, in the order of their content: as good as at random."""
    others = Item.objects.filter(project=project).exclude(pk__in=answered).order_by("content_hash")
    embedded = others.filter(embedding__isnull=False)
    if embedded[:EMBEDDED].count() < EMBEDDED:
        vectors_by_item(project, list(others.values_list("pk", flat=True)[:EMBEDDED]))
    vectors = list(embedded.values_list("embedding", flat=True)[:POOL])
    return np.array(vectors, dtype=np.float32).reshape(-1, EMBEDDING_DIMENSIONS)
