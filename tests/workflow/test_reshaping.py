"""Questions that change while people work: every answer follows, an undo restores all of it, and nothing is lost."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import (
    Annotation,
    Assignment,
    AssignmentState,
    Calibration,
    Consensus,
    Item,
    JobState,
    KeptAnswer,
    Project,
    ProjectRevision,
    Resolution,
    SchemaChange,
    Stage,
)
from annotation.questions import InvalidAnswer
from annotation.workflow import reshaping
from annotation.workflow.adding import add_items
from annotation.workflow.annotating import submit, undo
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Conflict, JobActive
from annotation.workflow.gauging import preview_change, preview_undo
from annotation.workflow.learning import begin, find_learners, train
from annotation.workflow.queueing import claim
from annotation.workflow.reshaping import (
    change_questions,
    find_stalled_changes,
    reshape_answers,
    undo_change,
)
from annotation.workflow.reviewing import resolve
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.threads import together

INTENT = {"question": "intent"}
MERGE = {"kind": "merge_options", **INTENT, "options": ["refund", "delivery"], "into": {"value": "order"}}
SPLIT = {"kind": "split_option", **INTENT, "option": "refund", "into": ["money", "voucher"]}
RENAME = {
    "kind": "edit_options",
    **INTENT,
    "options": [
        {"was": "delivery", "value": "parcel", "title": "A parcel", "color": "green", "hotkey": "p"},
        {"was": "refund", "value": "refund"},
        {"was": "other", "value": "other", "retired": True},
        {"value": "praise"},
    ],
}
REMOVE = {"kind": "remove_question", **INTENT}


def fresh(project: Project) -> Project:
    return Project.objects.get(pk=project.pk)


def change(cast: Cast, asked: dict[str, Any]) -> SchemaChange:
    made = change_questions(fresh(cast.project), asked, user=cast.lead)
    reshape_answers(made.pk)
    cast.project = fresh(cast.project)
    made.refresh_from_db()
    return made


def take_back(cast: Cast, made: SchemaChange) -> None:
    reshape_answers(undo_change(made, user=cast.lead).pk)
    cast.project = fresh(cast.project)


def furnish(cast: Cast) -> None:
    """Answers of people and of a model, a decision, a check and a draft."""
    cast.policy(overlap=2)
    vote = {"annotator": "robot", "kind": "model", "answers": {"intent": "refund"}}
    shares = {"intent": {"refund": 0.6, "delivery": 0.3, "other": 0.1}}
    cast.add("one", "two", "three", annotations=[{**vote, "distribution": shares}])
    cast.add("four", "five", gold={"intent": "refund"})
    for user, intents in ((cast.annotator, ("refund", "delivery", "other")), (cast.second, ("refund", "refund"))):
        for intent in intents:
            cast.answer(user, intent)
    item = Item.objects.filter(project=cast.project, stage=Stage.DISPUTED).first()
    assert item is not None
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund"}, version=item.version)
    lease = cast.claim(cast.second)
    Assignment.objects.filter(pk=lease.pk).update(draft={"intent": "delivery"})


def picture(project: Project) -> dict[str, Any]:
    """All that an undo has to restore."""
    answers = Annotation.objects.filter(project=project).order_by("pk")
    return {
        "questions": fresh(project).questions,
        "answers": [(a.pk, a.answers, a.distribution, a.superseded_at is None) for a in answers],
        "decisions": list(
            Resolution.objects.filter(project=project).order_by("pk").values_list("pk", "answers", "comment", "version")
        ),
        "gold": list(Item.objects.filter(project=project).order_by("pk").values_list("pk", "gold")),
        "drafts": list(Assignment.objects.filter(project=project).order_by("pk").values_list("pk", "state", "draft")),
        "items": list(Item.objects.filter(project=project).order_by("pk").values_list("pk", "stage", "taken", "slots")),
        "labels": list(
            Consensus.objects.filter(project=project)
            .order_by("item", "question")
            .values_list("item", "question", "value", "posterior", "decided_by")
        ),
    }


@pytest.mark.parametrize("asked", [MERGE, SPLIT, RENAME, REMOVE], ids=lambda asked: asked["kind"])
def test_every_change_reaches_all_that_was_said_and_an_undo_restores_it(cast: Cast, asked: dict[str, Any]) -> None:
    if asked is REMOVE:
        question = {"name": "mood", "type": "rating", "max": 3, "required": False}
        change(cast, {"kind": "add_question", "definition": question})
    furnish(cast)
    before = picture(cast.project)
    effect = preview_change(cast.project, asked)[1]
    holding = [each for each in before["answers"] if each[3] and each[1]["intent"] in gone(asked)]
    assert effect.answers == len(holding)
    made = change(cast, asked)
    assert made.state == JobState.DONE, made.error
    text = str([picture(cast.project)[part] for part in ("decisions", "gold", "labels", "drafts")])
    assert not any(f"'{option}'" in text for option in gone(asked)), text
    for answer in Annotation.objects.current().filter(project=cast.project):
        assert answer.answers.get("intent") not in gone(asked)
        assert answer.schema_version == cast.project.schema_version
        assert not set(gone(asked)) & set(answer.distribution.get("intent", {}))
    take_back(cast, made)
    after = picture(cast.project)
    assert after == before
    assert cast.project.schema_version == made.version + 1
    assert ProjectRevision.objects.filter(project=cast.project, schema_version=made.version + 1).exists()


def gone(asked: dict[str, Any]) -> list[str]:
    return {"merge_options": ["refund", "delivery"], "split_option": ["refund"], "edit_options": ["delivery"]}.get(
        asked["kind"], ["refund", "delivery", "other"]
    )


def test_merged_votes_add_up_and_settle_what_was_disputed(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.second, "delivery")
    assert item.stage == Stage.DISPUTED
    change(cast, MERGE)
    item.refresh_from_db()
    assert (item.stage, Consensus.objects.get(item=item).value) == (Stage.SETTLED, "order")


def test_a_split_gives_its_items_back_to_the_same_people(cast: Cast) -> None:
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    effect = preview_change(cast.project, SPLIT)[1]
    assert (effect.people, effect.returned_answers, effect.returned_items) == (1, 1, 1)
    made = change(cast, SPLIT)
    item.refresh_from_db()
    assert (item.stage, item.taken) == (Stage.NEW, 0)
    again = cast.answer(cast.annotator, "voucher")
    assert again.pk == item.pk
    assert (preview_undo(made).people, preview_undo(made).returned_answers) == (1, 0)
    take_back(cast, made)
    # What was said anew since stands, in the earlier word.
    assert Annotation.objects.current().get(item=item).answers == {"intent": "refund"}
    item.refresh_from_db()
    assert (item.taken, item.slots) == (1, 1)


def test_whoever_has_the_item_open_again_need_not_answer_it_after_an_undo(cast: Cast) -> None:
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    made = change(cast, SPLIT)
    again = cast.claim(cast.annotator)
    take_back(cast, made)
    item.refresh_from_db()
    again.refresh_from_db()
    assert (item.stage, item.taken, item.slots) == (Stage.SETTLED, 1, 1)
    assert again.state == AssignmentState.EXPIRED
    assert Annotation.objects.current().get(item=item).answers == {"intent": "refund"}
    assert Assignment.objects.filter(item=item, state=AssignmentState.ANSWERED).count() == 1


def test_what_cannot_be_told_apart_on_the_way_back_is_asked_anew(cast: Cast) -> None:
    cast.add("one", "two")
    old = cast.answer(cast.annotator, "refund")
    made = change(cast, MERGE)
    new = cast.answer(cast.annotator, "order")
    effect = preview_undo(made)
    assert (effect.people, effect.returned_answers, effect.returned_items) == (1, 1, 1)
    take_back(cast, made)
    assert Annotation.objects.current().get(item=old).answers == {"intent": "refund"}
    assert not Annotation.objects.current().filter(item=new).exists()
    new.refresh_from_db()
    assert (new.stage, new.taken) == (Stage.NEW, 0)


def test_a_job_killed_in_the_middle_goes_on_and_counts_nothing_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.add(*map(str, range(7)))
    for _ in range(7):
        cast.answer(cast.annotator, "refund")
    monkeypatch.setattr(reshaping, "BATCH", 2)
    made = change_questions(cast.project, MERGE, user=cast.lead)
    whole, calls = reshaping._follow_batch, []

    def dies(job: SchemaChange) -> bool:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit
        return whole(job)

    monkeypatch.setattr(reshaping, "_follow_batch", dies)
    with pytest.raises(SystemExit):
        reshape_answers(made.pk)
    made.refresh_from_db()
    assert (made.state, made.done) == (JobState.RUNNING, 4)
    reshape_answers(made.pk)
    assert made.state == JobState.RUNNING, "somebody holds it"
    SchemaChange.objects.filter(pk=made.pk).update(leased_until=timezone.now())
    assert find_stalled_changes() == [made.pk]
    reshape_answers(made.pk)
    reshape_answers(made.pk)
    made.refresh_from_db()
    assert (made.state, made.done, KeptAnswer.objects.filter(change=made).count()) == (JobState.DONE, 7, 7)
    assert {row.answers["intent"] for row in Annotation.objects.filter(project=cast.project)} == {"order"}


def test_a_change_undone_half_way_leaves_everything_as_it_was(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two options swap their names: whatever was moved twice, or back without having moved, would be the other one."""
    swap = {
        **RENAME,
        "options": [{"was": "refund", "value": "delivery"}, {"was": "delivery", "value": "refund"}, "other"],
    }
    furnish(cast)
    before = picture(cast.project)
    monkeypatch.setattr(reshaping, "BATCH", 2)
    made = change_questions(cast.project, swap, user=cast.lead)
    whole = reshaping._follow_batch

    def once(job: SchemaChange) -> bool:
        whole(job)
        raise SystemExit

    monkeypatch.setattr(reshaping, "_follow_batch", once)
    with pytest.raises(SystemExit):
        reshape_answers(made.pk)
    monkeypatch.setattr(reshaping, "_follow_batch", whole)
    with pytest.raises(JobActive):
        change_questions(cast.project, SPLIT, user=cast.lead)
    take_back(cast, made)
    made.refresh_from_db()
    assert made.state == JobState.CANCELLED
    assert picture(cast.project) == before


def test_answers_in_the_earlier_words_are_understood_or_asked_for_anew(cast: Cast) -> None:
    cast.add("one", "two")
    lease, stale = cast.claim(cast.annotator), fresh(cast.project)
    change(cast, MERGE)
    lease.project = cast.project
    answer, _ = submit(assignment=lease, answers={"intent": "delivery"}, idempotency_key="k")
    assert answer.answers == {"intent": "order"}
    replayed, is_new = submit(assignment=lease, answers={"intent": "delivery"}, idempotency_key="k")
    assert (replayed.pk, is_new) == (answer.pk, False)
    # Read before the change, written after it: the item's lock tells.
    late = cast.claim(cast.second)
    late.project = late.annotator.project = stale
    assert submit(assignment=late, answers={"intent": "refund"})[0].answers == {"intent": "order"}


def test_an_answer_that_races_a_split_is_refused_with_its_draft_kept(cast: Cast) -> None:
    cast.add("one")
    lease, stale = cast.claim(cast.annotator), fresh(cast.project)
    change(cast, SPLIT)
    lease.project = lease.annotator.project = stale
    with pytest.raises(InvalidAnswer) as caught:
        submit(assignment=lease, answers={"intent": "refund"})
    assert caught.value.question == "intent"
    lease.refresh_from_db()
    assert (lease.state, lease.draft) == (AssignmentState.OPEN, {"intent": "refund"})
    assert not Annotation.objects.filter(item=lease.item_id).exists()
    assert submit(assignment=lease, answers={"intent": "money"})[1]


def test_answers_stay_revisable_after_a_change(cast: Cast) -> None:
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    change(cast, MERGE)
    answer = (
        Annotation.objects.current()
        .select_related("assignment__project", "assignment__annotator", "annotator")
        .get(project=cast.project)
    )
    reopened = undo(answer)
    assert reopened.draft == {"intent": "order"}
    submit(assignment=reopened, answers={"intent": "other"})
    assert Annotation.objects.current().get(project=cast.project).answers == {"intent": "other"}


@pytest.mark.django_db(transaction=True)
def test_people_answer_while_the_options_merge_and_every_answer_follows(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.policy(overlap=2)
    cast.add(*map(str, range(30)))
    monkeypatch.setattr(reshaping, "BATCH", 3)

    def work(user: Any) -> None:
        while (lease := claim(cast.as_annotator(user))) is not None:
            submit(assignment=lease, answers={"intent": ("refund", "delivery", "other")[lease.pk % 3]})

    def merge() -> None:
        reshape_answers(change_questions(cast.project, MERGE, user=cast.lead).pk)

    together([partial(work, cast.annotator), partial(work, cast.second), merge])
    said = Annotation.objects.current().filter(project=cast.project)
    assert said.count() == 60
    assert {row.answers["intent"] for row in said} <= {"order", "other"}
    assert {row.schema_version for row in said} == {2}
    for item in Item.objects.filter(project=cast.project):
        votes = {row.answers["intent"] for row in said.filter(item=item)}
        assert (item.stage == Stage.SETTLED) == (len(votes) == 1)


def test_what_only_looks_different_touches_no_answer(cast: Cast) -> None:
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    made = change(cast, {"kind": "change_question", **INTENT, "title": "What do they want?", "required": False})
    assert (made.state, made.total, cast.project.shape_version) == (JobState.DONE, 0, 1)
    assert cast.project.question_list[0].title == "What do they want?"


def test_a_question_that_was_the_only_one_answered_sends_its_items_back(cast: Cast) -> None:
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    change(cast, {"kind": "add_question", "definition": {"name": "mood", "type": "rating", "max": 3}})
    effect = preview_change(cast.project, REMOVE)[1]
    assert (effect.people, effect.returned_answers, effect.returned_items) == (1, 1, 1)
    change(cast, REMOVE)
    item.refresh_from_db()
    assert (item.stage, item.taken) == (Stage.NEW, 0)


def test_only_the_newest_change_is_undone_and_an_undo_not_again(cast: Cast) -> None:
    first = change(cast, RENAME)
    second = change(cast, {"kind": "change_question", **INTENT, "title": "New"})
    with pytest.raises(Conflict):
        undo_change(first, user=cast.lead)
    back = undo_change(second, user=cast.lead)
    with pytest.raises(Conflict):
        undo_change(back, user=cast.lead)
    with pytest.raises(Conflict):
        change_questions(fresh(cast.project), MERGE, user=cast.lead, version=second.version)


def test_rows_that_a_file_brings_under_the_earlier_questions_follow_too(cast: Cast) -> None:
    stale = fresh(cast.project)
    change(cast, MERGE)
    brought = {"annotator": "ann", "answers": {"intent": "refund"}}
    added = add_items(stale, [{"fields": {"text": "late"}, "gold": {"intent": "delivery"}, "annotations": [brought]}])
    assert added.created == 1
    item = Item.objects.get(project=cast.project)
    assert (item.gold, item.stage) == ({"intent": "order"}, Stage.SETTLED)
    assert Annotation.objects.get(item=item).answers == {"intent": "order"}


def test_learners_forget_what_they_knew_of_other_options_and_learn_anew(cast: Cast) -> None:
    cast.add(*[f"message {number}" for number in range(3)])
    labeler = add_labeler(cast.project, name="Head", kind="trained", config={}, user=cast.lead)
    old = train(labeler)
    run = start_run(labeler, user=cast.lead)
    type(run).objects.filter(pk=run.pk).update(checkpoint=old)
    change(cast, RENAME)
    assert labeler.pk in find_learners()
    run.refresh_from_db()
    run = type(run).objects.select_related("labeler", "project", "checkpoint").get(pk=run.pk)
    assert begin(run)
    assert run.checkpoint is not None
    assert (run.checkpoint.number, run.checkpoint.schema_version) == (2, cast.project.schema_version)


def test_the_shares_of_calibrated_votes_add_up_in_a_merge(cast: Cast) -> None:
    furnish(cast)
    robot = cast.project.annotators.get(name="robot").labeler
    assert robot is not None
    fitted = {"slope": 1.0, "intercept": 0.0}
    Calibration.objects.create(labeler=robot, question="intent", method="platt", parameters=fitted, answers=20)
    change(cast, MERGE)
    votes = Annotation.objects.current().filter(annotator__labeler=robot)
    assert {round(vote.distribution["intent"]["order"], 6) for vote in votes} == {0.9}
