"""What is leased ahead while an answer is on its way."""

from __future__ import annotations

import pytest

from annotation.models import Annotator
from annotation.workflow.annotating import submit
from annotation.workflow.queueing import claim_ahead, take_next
from tests.cast import Cast
from tests.threads import together


@pytest.mark.django_db(transaction=True)
def test_the_last_item_goes_to_whoever_asks_for_it_ahead_and_for_now_at_once(cast: Cast) -> None:
    cast.add("first", "last")
    lease = cast.claim(cast.annotator)
    pk = lease.annotator_id

    def annotator() -> Annotator:
        return Annotator.objects.select_related("project").get(pk=pk)

    # An answer is on its way while what follows it is asked for: its reply must not say that nothing is left.
    submit(assignment=lease, answers={"intent": "refund"})
    calls = [lambda: claim_ahead(annotator(), beside=lease.pk), lambda: take_next(annotator())] * 4
    held = [each.pk for each in together(calls) if each]
    assert len(held) == 8
    assert len(set(held)) == 1
    assert take_next(cast.as_annotator(cast.second)) is None
