"""What reviewers found of one person's answers that were drawn for review, and how many of theirs are drawn for it."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.aggregation.review_rate import RECORD
from annotation.models import Annotator, Project, ReviewedAnswer


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """Of the newest `reviewed` answers, `accepted` stood unchanged. `rate`: the share of their items that is drawn."""

    reviewed: int
    accepted: int
    rate: float


def review_record_of(project: Project, annotator: Annotator) -> ReviewRecord:
    stood = ReviewedAnswer.objects.filter(annotator=annotator).order_by("-pk").values_list("accepted", flat=True)
    found = list(stood[:RECORD])
    return ReviewRecord(len(found), sum(found), min(1.0, project.review_share * annotator.review_factor))
