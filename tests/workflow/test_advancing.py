"""Every transition of an item, through the verbs that cause it."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Annotator, Consensus, DecidedBy, Event, Item, Labeler, Project, Stage, Verb
from annotation.workflow.advancing import advance
from annotation.workflow.annotating import find_undoable, undo
from annotation.workflow.enlisting import retire_labeler
from annotation.workflow.labeling import label_chunk
from annotation.workflow.resolving import release_unjudged, resolve_disputes
from annotation.workflow.reviewing import resolve
from annotation.workflow.running import cancel_run
from tests.cast import Cast


def moves(item: Item) -> list[tuple[str, str]]:
    log = Event.objects.filter(item=item, verb=Verb.MOVED).order_by("pk")
    return [(event.data["from"], event.data["to"]) for event in log]


def vote_as_model(cast: Cast, item: Item, intent: str, share: float = 0.9) -> None:
    labeler, _ = Labeler.objects.get_or_create(project=cast.project, name="m", kind="imported", active=False)
    annotator, _ = Annotator.objects.get_or_create(project=cast.project, kind="model", name="m", labeler=labeler)
    rest = (1 - share) / 2
    distribution = {option: share if option == intent else rest for option in ("refund", "delivery", "other")}
    Annotation.objects.create(
        project=cast.project,
        item=item,
        annotator=annotator,
        answers={"intent": intent},
        distribution={"intent": distribution},
        schema_version=1,
    )
    advance(Project.objects.get(pk=cast.project.pk), [item.pk])
    item.refresh_from_db()


def judge_of(cast: Cast) -> Labeler:
    return Labeler.objects.get(project=cast.project, kind="judge")


def test_a_models_vote_brings_an_item_to_people_with_a_priority(cast: Cast) -> None:
    (item,) = cast.add("1")
    vote_as_model(cast, item, "refund", share=0.4)
    assert item.stage == Stage.HUMAN
    assert 0.9 < item.priority < 1
    assert Consensus.objects.get(item=item).decided_by == DecidedBy.MODEL
    assert moves(item) == [("new", "human")]


def test_agreement_settles_and_says_that_people_decided(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    assert cast.answer(cast.annotator, "refund").stage == Stage.HUMAN
    item = cast.answer(cast.second, "refund")
    assert item.stage == Stage.SETTLED
    assert item.settled_at is not None
    consensus = Consensus.objects.get(item=item)
    assert (consensus.value, consensus.posterior, consensus.votes) == ("refund", 1.0, 2)
    assert consensus.decided_by == DecidedBy.PEOPLE
    assert moves(item) == [("new", "human"), ("human", "settled")]


def test_disagreement_goes_to_the_judge_then_to_the_reviewer_then_is_settled(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    cast.answer(cast.annotator, "refund")
    assert cast.answer(cast.second, "other").stage == Stage.DISPUTED
    run = resolve_disputes(cast.project)
    assert run is not None
    assert resolve_disputes(cast.project) is None, "one run for one dispute"
    label_chunk(run.pk)
    item = Item.objects.get(project=cast.project)
    assert item.stage == Stage.REVIEW
    advice = Annotation.objects.get(item=item, advice=True)
    assert advice.annotator.labeler == judge_of(cast)
    assert Event.objects.get(item=item, verb=Verb.JUDGED).annotator == advice.annotator
    assert Consensus.objects.get(item=item).votes == 2, "a judge has read the votes, so it is none"
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "delivery"}, version=item.version)
    item.refresh_from_db()
    consensus = Consensus.objects.get(item=item)
    assert (item.stage, consensus.value, consensus.decided_by) == (Stage.SETTLED, "delivery", DecidedBy.REVIEWER)
    assert moves(item) == [("new", "human"), ("human", "disputed"), ("disputed", "review"), ("review", "settled")]


def test_without_a_judge_disagreement_goes_to_the_reviewer_at_once(cast: Cast) -> None:
    retire_labeler(judge_of(cast))
    cast.policy(overlap=2)
    cast.add("1")
    cast.answer(cast.annotator, "refund")
    assert cast.answer(cast.second, "other").stage == Stage.REVIEW


def test_disputes_of_a_retired_judge_go_on_to_the_reviewer(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.second, "other")
    retire_labeler(judge_of(cast))
    assert resolve_disputes(cast.project) is None
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW


def test_a_judge_run_that_ended_early_leaves_its_disputes_to_the_reviewer(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.second, "other")
    run = resolve_disputes(cast.project)
    assert run is not None
    cancel_run(run)
    assert release_unjudged(cast.project) == 1
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW


def test_undo_takes_an_item_back_to_where_its_other_votes_leave_it(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.second, "other")
    latest = find_undoable(cast.as_annotator(cast.second).pk)
    assert latest is not None
    undo(latest)
    item.refresh_from_db()
    assert (item.stage, item.settled_at) == (Stage.HUMAN, None)
    assert Consensus.objects.get(item=item).value == "refund"


def test_no_models_vote_changes_what_a_reviewer_decided(cast: Cast) -> None:
    (item,) = cast.add("1")
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=0)
    before = list(Consensus.objects.values("value", "posterior", "decided_by", "method", "votes"))
    vote_as_model(cast, item, "refund", share=1.0)
    assert item.stage == Stage.SETTLED
    assert list(Consensus.objects.values("value", "posterior", "decided_by", "method", "votes")) == before
    assert item.version == 1


def test_models_never_settle_alone_without_a_licence(cast: Cast) -> None:
    cast.policy(min_human=0)
    (item,) = cast.add("1")
    vote_as_model(cast, item, "refund", share=1.0)
    assert item.stage == Stage.HUMAN


def test_versions_count_peoples_answers_and_decisions_alone(cast: Cast) -> None:
    cast.policy(overlap=2)
    (item,) = cast.add("1")
    vote_as_model(cast, item, "refund")
    assert item.version == 0
    assert cast.answer(cast.annotator, "other").version == 1
    assert cast.answer(cast.second, "refund").version == 2


def test_advancing_twice_changes_nothing(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    item = cast.answer(cast.annotator, "refund")
    before = (Item.objects.values().get(pk=item.pk), moves(item), Consensus.objects.values("value", "votes").get())
    advance(cast.project, [item.pk])
    after = (Item.objects.values().get(pk=item.pk), moves(item), Consensus.objects.values("value", "votes").get())
    assert before == after


def test_only_items_of_the_project_are_advanced(cast: Cast) -> None:
    (theirs,) = cast.foreign.add("theirs")
    assert advance(cast.project, [theirs.pk]) == []


@pytest.mark.parametrize("count", [1, 200])
def test_advancing_many_items_costs_the_queries_of_one(
    cast: Cast, count: int, django_assert_max_num_queries: object
) -> None:
    items = cast.add(*[f"message {number}" for number in range(count)])
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        advance(cast.project, [item.pk for item in items])
