"""What was taken out of the database comes back, whatever columns came in the meantime."""

from __future__ import annotations

import json

from annotation.models import Item, Resolution, Stage
from annotation.workflow.keeping import put_back, rows_of_items
from annotation.workflow.reviewing import resolve
from tests.cast import Cast

LATER = {
    "annotation_item": ("review_reason", "sampled", "wanted"),
    "annotation_resolution": ("ambiguous", "distribution", "merge"),
}


def test_rows_from_before_a_column_come_back_with_its_default(cast: Cast) -> None:
    [item] = cast.add("1")
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund"}, version=0)
    kept = rows_of_items([item.pk])[item.pk]
    earlier = {
        table: [
            json.dumps({key: value for key, value in json.loads(row).items() if key not in LATER.get(table, ())})
            for row in rows
        ]
        for table, rows in kept.items()
    }
    Item.objects.filter(pk=item.pk).delete()
    put_back([earlier])
    back = Item.objects.get(pk=item.pk)
    assert (back.stage, back.review_reason, back.sampled, back.wanted) == (Stage.SETTLED, "", None, 0)
    decided = Resolution.objects.get(item=item)
    assert (decided.ambiguous, decided.distribution, decided.merge) == (False, {}, {})
