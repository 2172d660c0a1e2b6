"""Hidden checks: items whose answer is known, woven into a person's work to see how right they are.

A check takes no slot, so normal work loses none, and its answer is no vote, so it settles nothing. Every item with gold
answers may be given as a check, once per person, whatever its stage; who met it as normal work is not asked again.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef

from annotation.models import Annotation, Annotator, Assignment, AssignmentState, Item, Project, Purpose, Qualification
from annotation.models.claimable import UNMET
from annotation.models.item import ItemQuerySet

# The key in an item's metadata that says why its known answer is right; metadata is never shown to annotators.
REASON = "gold_reason"
REASON_LENGTH = 2_000

# From a point drawn by chance on, the first item this person has not met. Ids are walked in the order of the index of
# gold items, so the cost does not grow with the project.
# ON CONFLICT: the same person was given the same item in another tab a moment ago.
GIVE = f"""
WITH drawn AS (
    SELECT item.id FROM annotation_item item
    WHERE item.project_id = %(project)s AND item.gold IS NOT NULL AND item.id >= %(start)s
      AND {UNMET}
    ORDER BY item.id LIMIT 1
)
INSERT INTO annotation_assignment (
    project_id, item_id, annotator_id, state, purpose, qualification_id, reason, draft, created_at, expires_at
)
SELECT %(project)s, drawn.id, %(annotator)s, 'open', %(purpose)s, %(qualification)s, '', '{{}}', statement_timestamp(),
    statement_timestamp() + %(lease)s
FROM drawn
ON CONFLICT DO NOTHING
RETURNING id
"""


def is_due(annotator: Annotator, rate: float) -> bool:
    """Whether this person's next item is a check, drawn so that in the long run `rate` of all their items are.

    Never two in a row: where no normal work is left, a person is not kept busy with checks alone.
    """
    if not rate:
        return False
    newest = Assignment.objects.filter(annotator=annotator).order_by("-pk").values_list("purpose", flat=True).first()
    # With no two in a row, r of all items are checks if r / (1 − r) of those that follow normal work are.
    return newest == Purpose.WORK and random.random() < rate / (1 - rate)


def give_check(annotator: Annotator, *, lease: timedelta, qualification: Qualification | None = None) -> int | None:
    """Lease an item with a known answer that this person has not met; its id, or None when they have met all."""
    gold = Item.objects.filter(project=annotator.project_id, gold__isnull=False)
    ends = gold.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return None
    start = random.randint(ends["first"], ends["last"])
    parameters: dict[str, Any] = {
        "project": annotator.project_id,
        "annotator": annotator.pk,
        "purpose": Purpose.QUALIFICATION if qualification else Purpose.CHECK,
        "qualification": qualification.pk if qualification else None,
        "lease": lease,
    }
    with connection.cursor() as cursor:
        for begin in (start, ends["first"]):
            cursor.execute(GIVE, {**parameters, "start": begin})
            if row := cursor.fetchone():
                return row[0]
    return None


def unmet_checks(annotator: Annotator) -> ItemQuerySet:
    """The items with a known answer that this person was never given."""
    leases = Assignment.objects.filter(annotator=annotator, item=OuterRef("pk")).exclude(state=AssignmentState.EXPIRED)
    answers = Annotation.objects.current().filter(annotator=annotator, item=OuterRef("pk"))
    gold = Item.objects.filter(project=annotator.project_id, gold__isnull=False)
    return gold.exclude(Exists(leases)).exclude(Exists(answers))


def known_reason(item: Item) -> str:
    """Why the known answer is right, where the uploaded row said so in its metadata."""
    reason = item.metadata.get(REASON, "")
    return reason[:REASON_LENGTH] if isinstance(reason, str) else ""


def reveals(project: Project, item: Item) -> bool:
    """Whether who answers this item is told the known answer afterwards; then their answer stands."""
    return project.gold_feedback and item.gold is not None
