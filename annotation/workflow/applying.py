"""What a checkpoint changes: the queue's order at once, and its labeler's votes by a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models.functions import Now

from annotation.aggregation.scattering import scattered
from annotation.labelers import Brief, InvalidConfig, ItemText, build
from annotation.labelers.trained import TrainedLabeler
from annotation.models import OPEN_STAGES, Annotation, Checkpoint, Item, Labeler, Project
from annotation.questions import Answers, Question, type_of

from .embedding import open_vectors, stored_vectors
from .errors import JobActive
from .queueing import put_in_order
from .ranking import doubt, doubt_in_parts, priorities, ranked
from .running import start_run

# A vote is cast anew where its confidence moved by this much, or its answer changed.
MOVED = 0.1
# To vote on spans a text is read again, which takes as long as the first time. So votes on these are cast anew on so
# many items at the head of the queue, where the next people will see them; the others keep theirs.
READ_AGAIN = 1_000


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What a checkpoint thinks of the open items it has read."""

    items: np.ndarray
    """[n] ids."""
    answers: list[Answers]
    """Without those that take another look at the text."""
    confidences: np.ndarray
    """[n] how sure it is of the least certain of these answers."""
    doubts: np.ndarray
    """[n] in [0, 1], of the most doubtful question."""


def apply_checkpoint(checkpoint: Checkpoint) -> None:
    """Put the queue in its order, and start a run that votes anew wherever it thinks otherwise than before."""
    labeler = checkpoint.labeler
    learned = learned_brief(labeler.project, bytes(checkpoint.weights))
    try:
        voter = build(labeler.kind, labeler.config, learned)
    except InvalidConfig:
        # Nothing is learned yet of what it is asked, such as spans of which people have marked too few.
        Checkpoint.objects.filter(pk=checkpoint.pk).update(applied_at=Now())
        return
    assert isinstance(voter, TrainedLabeler)
    opinion = _opinion(labeler.project, voter)
    order = _order(labeler.project, opinion)
    put_in_order(labeler.project, opinion.items.tolist(), order.tolist())
    changed = _changed(labeler, voter, opinion, order)
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
    items, answers, confidences, doubts = [np.zeros(0, np.int64)], list[Answers](), list[float](), [np.zeros(0)]
    by_name = {question.name: question for question in project.question_list}
    for ids, vectors in open_vectors(project):
        shares = voter.probabilities(vectors)
        items.append(ids)
        doubts.append(np.max([_doubt(by_name[name], each) for name, each in shares.items()], axis=0))
        rows = {name: each.tolist() for name, each in shares.items() if name not in voter.by_words}
        for row, item in enumerate(ids.tolist()):
            votes = {name: dict(zip(by_name[name].values, each[row], strict=True)) for name, each in rows.items()}
            given, sure = voter.answers_of(votes, ItemText(item, {}))
            answers.append(given)
            confidences.append(sure)
    return _Opinion(np.concatenate(items), answers, np.array(confidences), np.concatenate(doubts))


def _doubt(question: Question, shares: np.ndarray) -> np.ndarray:
    """[n]"""
    return doubt(shares) if type_of(question).exclusive else doubt_in_parts(shares)


def _order(project: Project, opinion: _Opinion) -> np.ndarray:
    """[n] priorities of the opinion's items."""

    def vectors(positions: np.ndarray) -> np.ndarray:
        wanted = opinion.items[positions].tolist()
        stored = stored_vectors(wanted)
        return np.array([stored[item] for item in wanted])

    audits = np.array(Item.objects.filter(project=project, audit=True).open().values_list("pk", flat=True), np.int64)
    drawn = np.where(np.isin(opinion.items, audits), scattered(opinion.items), np.nan)
    return priorities(ranked(opinion.doubts, vectors), drawn)


def _changed(labeler: Labeler, voter: TrainedLabeler, opinion: _Opinion, order: np.ndarray) -> list[int]:
    """Open items on which its vote is missing, or says something else than it would say now."""
    project = labeler.project
    votes = Annotation.objects.current().filter(annotator=labeler.annotator, item__stage__in=OPEN_STAGES)
    said = {item: rest for item, *rest in votes.values_list("item_id", "answers", "confidence").iterator()}
    again = set(opinion.items[np.argsort(-order, kind="stable")[:READ_AGAIN]].tolist()) if voter.by_words else set()
    changed = []
    for item, now, sure in zip(opinion.items.tolist(), opinion.answers, opinion.confidences.tolist(), strict=True):
        before, was_sure = said.get(item, (None, None))
        if before is None or was_sure is None or item in again:
            changed.append(item)
            continue
        # How sure it was speaks of the spans too, so it is compared only where there are none.
        seen = {name: answer for name, answer in before.items() if name not in voter.by_words}
        if seen != now or (not voter.by_words and abs(was_sure - sure) >= MOVED):
            changed.append(item)
    unread = Item.objects.filter(project=project, embedding__isnull=True).open()
    return [*changed, *unread.values_list("pk", flat=True)]
