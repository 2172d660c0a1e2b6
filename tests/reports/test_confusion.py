"""What a model calls what people call something, and the items behind each number."""

from __future__ import annotations

from annotation.models import Item
from annotation.reports.confusion import cases_of, confusion_report, items_behind
from tests.cast import Cast
from tests.measuring import measured_labeler


def test_the_table_counts_and_each_cell_leads_to_its_items(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    [table] = confusion_report(cast.project, cases_of(labeler))
    assert (table.total, table.options) == (10, ["refund", "delivery", "other"])
    assert table.counts["refund", "delivery"] == 2
    for (people, model), count in table.counts.items():
        assert len(items_behind(labeler, question="intent", people=people, model=model)) == count
    found = items_behind(labeler, question="intent", people="refund", model="delivery")
    texts = Item.objects.filter(pk__in=found).order_by("pk").values_list("fields__text", flat=True)
    assert list(texts) == ["Robot v1 4", "Robot v1 5"]
    assert len(items_behind(labeler, question="intent", people="refund")) == 6
    assert items_behind(labeler, question="nothing") == []


def test_a_question_without_a_case_has_no_table(cast: Cast) -> None:
    labeler = measured_labeler(cast, [])
    assert confusion_report(cast.project, cases_of(labeler)) == []
