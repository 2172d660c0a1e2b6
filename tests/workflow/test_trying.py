"""A try shows what a model would say, and counts nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Annotation, Consensus, Item, JobState, Labeler, RunPurpose
from annotation.reports.tries import newest_try, tried_items
from annotation.workflow.enlisting import activate_labeler, retire_labeler
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.trying import TRIED, start_try
from tests.cast import Cast
from tests.workflow.test_labeling import fill, scripted, work


def ids(cast: Cast) -> list[int]:
    return list(Item.objects.filter(project=cast.project).order_by("pk").values_list("pk", flat=True))


def rows(cast: Cast) -> list[Any]:
    return [list(Item.objects.order_by("pk").values()), Annotation.objects.count(), Consensus.objects.count()]


def test_a_try_answers_ten_items_and_changes_none(cast: Cast) -> None:
    fill(cast, 15)
    labeler = scripted(cast, {"contains": "message 3", "fault": "unknown_label"}, answer="refund", confidence=0.7)
    before = rows(cast)
    run = work(start_try(labeler, ids(cast), user=cast.lead))
    assert (run.purpose, run.state, run.total, run.done, run.failed) == (RunPurpose.TRY, JobState.DONE, TRIED, 9, 1)
    assert rows(cast) == before
    tried = tried_items(run)
    assert [each.item.pk for each in tried] == ids(cast)[:TRIED]
    assert (tried[0].answers, tried[0].confidence) == ({"intent": "refund"}, pytest.approx(0.7))
    assert tried[0].raw_reply
    assert tried[3].answers is None
    assert "not an option" in tried[3].reason
    assert newest_try(labeler.pk) == run


def test_what_people_said_stands_beside_it(cast: Cast) -> None:
    cast.add("one", "two")
    answered = cast.answer(cast.annotator, "delivery")
    run = work(start_try(scripted(cast, answer="refund"), ids(cast)))
    assert {each.item.pk: each.people for each in tried_items(run)}[answered.pk] == [{"intent": "delivery"}]


def test_a_tried_item_still_gets_its_vote(cast: Cast) -> None:
    fill(cast, 3)
    labeler = scripted(cast, answer="refund")
    work(start_try(labeler, ids(cast)))
    assert labeler.runs.filter(purpose=RunPurpose.LABEL).count() == 0
    assert not Annotation.objects.filter(annotator=labeler.annotator).exists()


def test_a_retired_version_can_be_tried_and_put_back_to_work(cast: Cast) -> None:
    fill(cast, 2)
    old, new = scripted(cast, answer="refund"), scripted(cast, answer="other")
    assert work(start_try(old, ids(cast))).done == 2
    activate_labeler(old, user=cast.lead)
    at_work = Labeler.objects.filter(project=cast.project, name="Zero", active=True)
    assert list(at_work) == [old]
    activate_labeler(new)
    retire_labeler(new)
    assert not at_work.all().exists()


def test_what_cannot_be_tried_or_activated_says_so(cast: Cast) -> None:
    fill(cast, 1)
    judge = Labeler.objects.get(project=cast.project, kind="judge")
    with pytest.raises(Refused, match="cannot be tried"):
        start_try(judge, ids(cast))
    labeler = scripted(cast, answer="refund")
    with pytest.raises(Refused, match="no item"):
        start_try(labeler, [item.pk for item in cast.foreign.add("theirs")])
    start_try(labeler, ids(cast))
    with pytest.raises(JobActive):
        start_try(labeler, ids(cast))
    imported = Labeler.objects.create(project=cast.project, name="Theirs", kind="imported", active=False)
    with pytest.raises(Refused, match="no model behind it"):
        activate_labeler(imported)
