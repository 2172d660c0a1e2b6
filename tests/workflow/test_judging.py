"""Judges settle what people differ on only while a test against people allows it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Annotation, Consensus, DecidedBy, Item, JudgeTrial, Labeler, Run, RunPurpose, Stage
from annotation.workflow.adding import add_items
from annotation.workflow.advancing import advance
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Conflict
from annotation.workflow.judging import refresh_trials, start_trial
from annotation.workflow.resolving import resolve_disputes
from tests.cast import Cast
from tests.runs import finish

PEOPLE = ("ada", "bob", "cleo")


def judge(cast: Cast, **default: Any) -> Labeler:
    Labeler.objects.filter(project=cast.project, kind="judge").update(active=False)
    config = {"llm": "scripted", "script": {"default": default}}
    return add_labeler(cast.project, name="Tested", kind="judge", config=config)


def answered_by_three(cast: Cast, count: int = 40) -> None:
    """Settled items on which each of three people is alone with another answer now and then."""
    entries = []
    for number in range(count):
        said = ["refund"] * 3
        if number % 4 != 3:
            said[number % 4] = "other"
        entries.append(
            {
                "fields": {"text": f"message {number}"},
                "annotations": [
                    {"annotator": name, "answers": {"intent": each}} for name, each in zip(PEOPLE, said, strict=True)
                ],
            }
        )
    add_items(cast.project, entries)


def after_test(cast: Cast, labeler: Labeler, count: int = 40) -> JudgeTrial:
    run = finish(start_trial(labeler, count=count, user=cast.lead))
    assert (run.purpose, run.done) == (RunPurpose.TRIAL, count)
    return JudgeTrial.objects.get(labeler=labeler)


def dispute(cast: Cast) -> Item:
    [item] = cast.add("a disputed one")
    cast.policy(overlap=2)
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "delivery")
    return item


def ruled(cast: Cast, item: Item) -> Item:
    run = resolve_disputes(cast.project)
    assert isinstance(run, Run)
    finish(run)
    item.refresh_from_db()
    return item


@pytest.fixture
def three(cast: Cast) -> Cast:
    cast.policy(overlap=3, min_human=3, accept_threshold=0.6, fusion="majority")
    answered_by_three(cast)
    assert cast.project.items.filter(stage=Stage.SETTLED).count() == 40
    return cast


def test_a_judge_that_stands_in_for_people_settles_what_they_differ_on(three: Cast) -> None:
    labeler = judge(three, answer="refund")
    trial = after_test(three, labeler)
    assert (trial.passed, trial.omega, trial.items, trial.answers) == (True, 1.0, 40, 120)
    assert not Annotation.objects.filter(annotator=labeler.annotator).exists(), "a test counts nowhere else"
    three.policy(judge_settles="settle")
    item = ruled(three, dispute(three))
    assert item.stage == Stage.SETTLED
    label = Consensus.objects.get(item=item)
    assert (label.decided_by, label.value, label.posterior) == (DecidedBy.JUDGE, "refund", pytest.approx(0.9))


def test_it_only_advises_where_the_policy_says_so_and_where_it_was_never_tested(three: Cast) -> None:
    labeler = judge(three, answer="refund")
    three.policy(judge_settles="settle")
    item = ruled(three, dispute(three))
    assert item.stage == Stage.REVIEW, "a verdict that agrees with the judge's own is no evidence"
    after_test(three, labeler)
    item.refresh_from_db()
    assert item.stage == Stage.SETTLED, "what waits with its verdict is settled once it has passed"
    three.policy(judge_settles="advise")
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW


def test_a_judge_far_from_people_fails_and_settles_nothing(three: Cast) -> None:
    labeler = judge(three, answer="delivery")
    trial = after_test(three, labeler)
    assert (trial.passed, trial.omega) == (False, 0.0)
    three.policy(judge_settles="settle")
    assert ruled(three, dispute(three)).stage == Stage.REVIEW


def test_a_judge_that_passes_no_more_has_its_verdicts_taken_back(three: Cast) -> None:
    """People change their answers; the next look revokes what the last one allowed."""
    labeler = judge(three, answer="refund")
    after_test(three, labeler)
    three.policy(judge_settles="settle")
    item = ruled(three, dispute(three))
    people = Annotation.objects.filter(annotator__name__in=PEOPLE)
    looks = JudgeTrial.objects.filter(labeler=labeler)
    refresh_trials()
    assert looks.count() == 1, "nothing has come in since"
    people.update(answers={"intent": "other"}, created_at=timezone.now())
    refresh_trials()
    assert [look.passed for look in looks] == [False, True]
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW


def test_a_verdict_is_about_the_answers_that_there_were(three: Cast) -> None:
    labeler = judge(three, answer="refund")
    after_test(three, labeler)
    three.policy(judge_settles="settle", overlap=3)
    [item] = three.add("a disputed one")
    three.policy(overlap=2)
    three.answer(three.annotator, "refund")
    three.answer(three.second, "delivery")
    assert ruled(three, item).stage == Stage.SETTLED
    vote = Annotation.objects.get(item=item, annotator=three.as_annotator(three.second))
    Annotation.objects.filter(pk=vote.pk).update(
        created_at=Annotation.objects.get(item=item, advice=True).created_at.replace(year=2100)
    )
    advance(three.project, [item.pk])
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW


def test_with_too_few_answers_the_test_says_what_it_takes(cast: Cast) -> None:
    cast.policy(overlap=3, min_human=3, accept_threshold=0.6, fusion="majority")
    labeler = judge(cast, answer="refund")
    with pytest.raises(Conflict, match="3 people"):
        start_trial(labeler)
    answered_by_three(cast, 4)
    trial = after_test(cast, labeler, 4)
    assert trial.passed is None
    assert "30 items" in trial.reason
