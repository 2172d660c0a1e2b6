"""Every way an item can go (DESIGN §1), reached by the verbs that people and workers use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from annotation.models import AssignmentState, Event, Item, Membership, Project, Stage, User, Verb
from annotation.workflow.advancing import advance
from annotation.workflow.annotating import find_undoable, undo
from annotation.workflow.changing_many import change_now, request_change
from annotation.workflow.enlisting import retire_labeler
from annotation.workflow.labeling import label_chunk
from annotation.workflow.people import Terms, change_terms
from annotation.workflow.queueing import claim, reopen, skip
from annotation.workflow.resolving import resolve_disputes
from annotation.workflow.reviewing import resolve
from annotation.workflow.reweighing import reweigh
from tests.cast import Cast
from tests.workflow.test_advancing import judge_of, vote_as_model

Scene = Callable[[Cast], Item]


def only(cast: Cast) -> Item:
    return Item.objects.get(project=cast.project)


def one_answer(cast: Cast) -> Item:
    cast.add("1")
    return cast.answer(cast.annotator, "refund")


def first_of_two(cast: Cast) -> Item:
    cast.policy(overlap=2)
    return one_answer(cast)


def two_agree(cast: Cast) -> Item:
    first_of_two(cast)
    return cast.answer(cast.second, "refund")


def two_differ(cast: Cast) -> Item:
    first_of_two(cast)
    return cast.answer(cast.second, "other")


def two_differ_without_a_judge(cast: Cast) -> Item:
    retire_labeler(judge_of(cast))
    return two_differ(cast)


def a_model_votes(cast: Cast) -> Item:
    (item,) = cast.add("1")
    vote_as_model(cast, item, "refund")
    return item


def a_licensed_model_votes(cast: Cast) -> Item:
    cast.policy(min_human=0)
    Project.objects.filter(pk=cast.project.pk).update(licensed=True, licence_thresholds={"": 0.9})
    return a_model_votes(cast)


def a_licence_comes(cast: Cast) -> Item:
    cast.policy(min_human=0)
    item = a_model_votes(cast)
    Project.objects.filter(pk=cast.project.pk).update(licensed=True, licence_thresholds={"": 0.9})
    return again(cast, item)


def a_licence_goes(cast: Cast) -> Item:
    item = a_licensed_model_votes(cast)
    Project.objects.filter(pk=cast.project.pk).update(licensed=False, licence_thresholds={})
    return again(cast, item)


def again(cast: Cast, item: Item) -> Item:
    advance(Project.objects.get(pk=cast.project.pk), [item.pk])
    return only(cast)


def two_skip(cast: Cast) -> Item:
    cast.policy(overlap=3)
    cast.add("1")
    for user in (cast.annotator, cast.second):
        skip(cast.claim(user), reason="blurred")
    return only(cast)


def one_answers_and_two_skip(cast: Cast) -> Item:
    cast.policy(overlap=3)
    one_answer(cast)
    for user in (cast.second, cast.lead):
        lease = claim(cast.as_annotator(user))
        assert lease is not None
        skip(lease, reason="blurred")
    return only(cast)


def a_skip_is_taken_up_again(cast: Cast) -> Item:
    two_skip(cast)
    skipped = cast.as_annotator(cast.annotator).assignments.get(state=AssignmentState.SKIPPED)
    reopen(skipped)
    return only(cast)


def decided(scene: Scene) -> Scene:
    def scene_then_decision(cast: Cast) -> Item:
        item = scene(cast)
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "delivery"}, version=item.version)
        return only(cast)

    return scene_then_decision


def undone(scene: Scene, *, who: str = "annotator") -> Scene:
    def scene_then_undo(cast: Cast) -> Item:
        scene(cast)
        latest = find_undoable(cast.as_annotator(getattr(cast, who)).pk)
        assert latest is not None
        undo(latest)
        return only(cast)

    return scene_then_undo


def untouched(cast: Cast) -> Item:
    return cast.add("1")[0]


def the_judge_has_spoken(cast: Cast) -> Item:
    two_differ(cast)
    run = resolve_disputes(cast.project)
    assert run is not None
    label_chunk(run.pk)
    return only(cast)


def asked_again(cast: Cast) -> Item:
    item = decided(two_differ)(cast)
    change_now(request_change(cast.project, action="requeue", among=[item.pk], user=cast.reviewer))
    return only(cast)


def a_third_is_asked(cast: Cast) -> Item:
    two_differ_without_a_judge(cast)
    change_now(request_change(cast.project, action="requeue", among=[only(cast).pk], user=cast.reviewer))
    return only(cast)


def votes_are_imported_that_differ(cast: Cast) -> Item:
    cast.policy(overlap=2)
    votes = [{"annotator": name, "answers": {"intent": intent}} for name, intent in (("a", "refund"), ("b", "other"))]
    return cast.add("1", annotations=votes)[0]


def whoever_answered_counts_no_more(cast: Cast) -> Item:
    one_answer(cast)
    return weighed(cast, cast.annotator, 0.0)


def one_of_two_who_agreed_counts_no_more(cast: Cast) -> Item:
    cast.policy(overlap=3, accept_threshold=0.6)
    one_answer(cast)
    cast.answer(cast.second, "refund")
    cast.answer(cast.reviewer, "other")
    return weighed(cast, cast.annotator, 0.0)


def weighed(cast: Cast, user: User, weight: float) -> Item:
    member = Membership.objects.get(project=cast.project, user=user)
    change_terms(member, replace(Terms.of(member), weight=weight), by=cast.lead)
    reweigh(cast.as_annotator(user).pk)
    return only(cast)


NEW, HUMAN, DISPUTED, REVIEW, SETTLED = Stage
TABLE: dict[tuple[Stage, Stage], list[Scene]] = {
    (NEW, HUMAN): [a_model_votes, first_of_two],
    (NEW, SETTLED): [one_answer, a_licensed_model_votes, decided(untouched)],
    (NEW, REVIEW): [two_skip],
    (NEW, DISPUTED): [votes_are_imported_that_differ],
    (HUMAN, NEW): [undone(first_of_two)],
    (HUMAN, SETTLED): [two_agree, a_licence_comes, decided(first_of_two)],
    (HUMAN, DISPUTED): [two_differ],
    (HUMAN, REVIEW): [two_differ_without_a_judge, one_answers_and_two_skip],
    (DISPUTED, REVIEW): [the_judge_has_spoken],
    (DISPUTED, SETTLED): [decided(two_differ)],
    (DISPUTED, HUMAN): [undone(two_differ, who="second")],
    (REVIEW, SETTLED): [decided(the_judge_has_spoken), decided(two_skip)],
    (REVIEW, HUMAN): [undone(two_differ_without_a_judge, who="second"), a_third_is_asked],
    (REVIEW, NEW): [a_skip_is_taken_up_again],
    (SETTLED, NEW): [undone(one_answer)],
    (SETTLED, REVIEW): [whoever_answered_counts_no_more],
    (SETTLED, DISPUTED): [one_of_two_who_agreed_counts_no_more],
    (SETTLED, HUMAN): [undone(two_agree, who="second"), a_licence_goes, asked_again],
}
CASES = [(way, scene) for way, scenes in TABLE.items() for scene in scenes]


@pytest.mark.parametrize(("way", "scene"), CASES)
def test_a_verb_leads_this_way_and_the_log_tells_of_it(cast: Cast, way: tuple[Stage, Stage], scene: Scene) -> None:
    item = scene(cast)
    log = Event.objects.filter(item=item, verb=Verb.MOVED).order_by("pk").values_list("data", flat=True)
    steps = [(data["from"], data["to"]) for data in log]
    assert steps[-1] == way
    assert item.stage == way[1]
    assert (item.settled_at is not None) == (item.stage == SETTLED)
    # One door: each step begins where the last one ended, and none is missing from the table.
    assert steps[0][0] == NEW
    assert all(before[1] == after[0] for before, after in pairwise(steps))
    assert set(steps) <= set(TABLE)


def test_the_table_leaves_out_only_what_no_verb_does() -> None:
    """A dispute needs answers, and a reviewer sees it after the judge."""
    every = {(before, after) for before in Stage for after in Stage if before != after}
    assert every - set(TABLE) == {(DISPUTED, NEW), (REVIEW, DISPUTED)}
