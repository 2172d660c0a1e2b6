"""Draw settled items for review, and keep what the reviewers found of whoever answered them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from annotation.aggregation.review_rate import RECORD, is_drawn, review_factor
from annotation.models import Annotation, Annotator, Item, Project, Resolution, ReturnedAnswer, ReviewedAnswer
from annotation.questions import type_of

from .settling import Vote


def rates_of(project: Project, votes: Iterable[Vote]) -> dict[int, float]:
    """Annotator → the share of their items that is drawn; empty, and no query, where nothing is."""
    if not project.review_share:
        return {}
    people = {vote.annotator for vote in votes if vote.human}
    factors = Annotator.objects.filter(pk__in=people).values_list("pk", "review_factor")
    return {pk: min(1.0, project.review_share * factor) for pk, factor in factors}


def draw(item: Item, votes: Collection[Vote], rates: Mapping[int, float]) -> bool:
    """Whether a reviewer looks at this item, which people settle now: drawn once, by the most doubtful one's rate."""
    if item.sampled is None and rates:
        rate = max((rates.get(vote.annotator, 0.0) for vote in votes if vote.human), default=0.0)
        item.sampled = is_drawn(bytes(item.content_hash), rate)
    return bool(item.sampled)


def note_decision(resolution: Resolution) -> None:
    """What the decision says of the answers on a sampled item. One that is ambiguous says nothing about anybody."""
    item = resolution.item
    if not item.sampled or resolution.ambiguous:
        return
    questions = {question.name: question for question in resolution.project.question_list}
    found = []
    for annotator, answers in (
        Annotation.objects.votes().human().filter(item=item).order_by("annotator").values_list("annotator", "answers")
    ):
        stood = all(
            type_of(questions[name]).distance(questions[name], answers[name], decided) == 0
            for name, decided in resolution.answers.items()
            if name in questions and name in answers
        )
        found.append(
            ReviewedAnswer(
                project_id=item.project_id, item=item, annotator_id=annotator, resolution=resolution, accepted=stood
            )
        )
    ReviewedAnswer.objects.bulk_create(found)
    keep_record(each.annotator_id for each in found)


def note_return(returned: ReturnedAnswer) -> None:
    """An answer on a sampled item that was returned did not stand."""
    if returned.item.sampled:
        ReviewedAnswer.objects.create(
            project_id=returned.project_id,
            item_id=returned.item_id,
            annotator_id=returned.annotator_id,
            returned=returned,
            accepted=False,
        )
        keep_record([returned.annotator_id])


def keep_record(annotators: Iterable[int]) -> None:
    """Their factor anew, from their newest RECORD answers that somebody looked at."""
    # In order, as everybody locks annotators.
    for annotator in sorted(set(annotators)):
        newest = ReviewedAnswer.objects.filter(annotator=annotator).order_by("-pk")
        stood = list(newest.values_list("accepted", flat=True)[:RECORD])
        Annotator.objects.filter(pk=annotator).update(review_factor=review_factor(sum(stood), len(stood)))
