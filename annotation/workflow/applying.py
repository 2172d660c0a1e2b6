"""What a checkpoint changes: the queue's order at once, and its labeler's votes by a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models.functions import Now

from annotation.aggregation.scattering import scattered
from annotation.labelers import Brief, build
from annotation.labelers.trained import TrainedLabeler
from annotation.models import OPEN_STAGES, Annotation, Checkpoint, Item, Labeler, Project

from .embedding import open_vectors, stored_vectors
from .errors import JobActive
from .queueing import put_in_order
from .ranking import doubt, priorities, ranked
from .running import start_run

# A vote is cast anew where its confidence moved by this much, or its answer changed.
MOVED = 0.1


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What a checkpoint thinks of the open items it has read."""

    items: np.ndarray
    """[n] ids."""
    answers: np.ndarray
    """[n, questions] the likeliest option's place among the question's."""
    confidences: np.ndarray
    """[n] the likeliest option's probability, of the least certain question."""
    doubts: np.ndarray
    """[n] in [0, 1], of the most doubtful question."""


def apply_checkpoint(checkpoint: Checkpoint) -> None:
    """Put the queue in its order, and start a run that votes anew wherever it thinks otherwise than before."""
    labeler = checkpoint.labeler
    learned = learned_brief(labeler.project, bytes(checkpoint.weights))
    voter = build(labeler.kind, labeler.config, learned)
    assert isinstance(voter, TrainedLabeler)
    opinion = _opinion(labeler.project, voter)
    put_in_order(labeler.project, opinion.items.tolist(), _order(labeler.project, opinion).tolist())
    changed = _changed(labeler, opinion)
    if changed:
        try:
            start_run(labeler, items=changed, again=True)
        except JobActive:
            # A lead was faster. Not applied yet: the sweep comes back when that run is over.
            return
    Checkpoint.objects.filter(pk=checkpoint.pk).update(applied_at=Now())


def learned_brief(project: Project, learned: bytes = b"") -> Brief:
    """What a labeler that learns is told: the project, and the weights of a checkpoint."""
    return Brief(project.guidelines, project.question_list, tuple(project.fields), learned=learned)


def _opinion(project: Project, voter: TrainedLabeler) -> _Opinion:
    items, answers, confidences, doubts = [], [], [], []
    for ids, vectors in open_vectors(project):
        shares = voter.probabilities(vectors)
        items.append(ids)
        answers.append(np.stack([each.argmax(axis=1) for each in shares], axis=1))
        confidences.append(np.min([each.max(axis=1) for each in shares], axis=0))
        doubts.append(np.max([doubt(each) for each in shares], axis=0))
    if not items:
        return _Opinion(np.zeros(0, np.int64), np.zeros((0, 0), np.int64), np.zeros(0), np.zeros(0))
    return _Opinion(*(np.concatenate(each) for each in (items, answers, confidences, doubts)))


def _order(project: Project, opinion: _Opinion) -> np.ndarray:
    """[n] priorities of the opinion's items."""

    def vectors(positions: np.ndarray) -> np.ndarray:
        wanted = opinion.items[positions].tolist()
        stored = stored_vectors(wanted)
        return np.array([stored[item] for item in wanted])

    audits = np.array(Item.objects.filter(project=project, audit=True).open().values_list("pk", flat=True), np.int64)
    drawn = np.where(np.isin(opinion.items, audits), scattered(opinion.items), np.nan)
    return priorities(ranked(opinion.doubts, vectors), drawn)


def _changed(labeler: Labeler, opinion: _Opinion) -> list[int]:
    """Open items on which its vote is missing, or says something else than it would say now."""
    project = labeler.project
    votes = Annotation.objects.current().filter(annotator=labeler.annotator, item__stage__in=OPEN_STAGES)
    said = {item: rest for item, *rest in votes.values_list("item_id", "answers", "confidence").iterator()}
    names = [(question.name, question.values) for question in project.question_list]
    changed = []
    for item, answers, confidence in zip(
        opinion.items.tolist(), opinion.answers.tolist(), opinion.confidences.tolist(), strict=True
    ):
        before, sure = said.get(item, ({}, None))
        now = {name: values[answer] for (name, values), answer in zip(names, answers, strict=True)}
        if before != now or sure is None or abs(sure - confidence) >= MOVED:
            changed.append(item)
    unread = Item.objects.filter(project=project, embedding__isnull=True).open()
    return [*changed, *unread.values_list("pk", flat=True)]
