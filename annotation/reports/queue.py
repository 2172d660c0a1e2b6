"""What one person has done in a project, and what is left for them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from annotation.models import Annotation, Annotator, Assignment
from annotation.models.claimable import CLAIMABLE

# Counting stops here: every answer asks for this number, and its cost must not grow with the project.
COUNTED = 500

COUNT = f"SELECT count(*) FROM (SELECT FROM annotation_item item WHERE {CLAIMABLE} LIMIT %(counted)s) claimable"


@dataclass(frozen=True, slots=True)
class MyProgress:
    """`left` includes the item at hand; with `more` there are at least that many."""

    done_by_me: int
    left: int
    more: bool

    @property
    def total(self) -> int:
        return self.done_by_me + self.left


def my_progress(annotator: Annotator, *, holding: bool) -> MyProgress:
    """`holding` says that the annotator has a lease, which no queue counts."""
    done = Annotation.objects.current().filter(annotator=annotator).count()
    with connection.cursor() as cursor:
        parameters = {"project": annotator.project_id, "annotator": annotator.pk, "counted": COUNTED}
        cursor.execute(COUNT, parameters)
        (left,) = cursor.fetchone()
    return MyProgress(done, left + holding, left == COUNTED)


def held_by_others(annotator: Annotator) -> int:
    """Items that others have leased and this person could answer if they came back."""
    mine = Assignment.objects.filter(annotator=annotator, item=OuterRef("item"))
    leases = Assignment.objects.open().filter(project_id=annotator.project_id).exclude(annotator=annotator)
    return leases.filter(~Exists(mine), Q(expires_at__gt=Now())).values("item").distinct().count()
