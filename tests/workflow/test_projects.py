"""Projects and their policy: what cannot be asked or routed is refused by name, and a new policy reaches every item."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from annotation.models import Event, Item, Membership, Project, ProjectRevision, Role, Stage, Verb
from annotation.workflow.advancing import advance
from annotation.workflow.errors import Refused
from annotation.workflow.projects import Definition, change_guidelines, change_policy, create_project
from annotation.workflow.queueing import claim
from tests.cast import SCRIPTED, Cast
from tests.threads import together

FIELDS = [{"name": "text"}]
QUESTIONS = [{"name": "intent", "type": "choice", "options": ["a", "b"]}]


def make(cast: Cast, **values: Any) -> Project:
    whole: dict[str, Any] = {"name": "Inbox", "fields": FIELDS, "questions": QUESTIONS} | values
    return create_project(Definition(**whole), user=cast.stranger, judge=SCRIPTED)


def test_who_creates_a_project_manages_it_and_can_annotate(cast: Cast) -> None:
    project = make(cast)
    assert Membership.objects.get(project=project).role == Role.MANAGER
    assert project.annotators.filter(user=cast.stranger).exists()
    assert project.labelers.get().kind == "judge"
    assert ProjectRevision.objects.filter(project=project).count() == 1


def test_two_projects_of_one_name_get_two_addresses_that_do_not_count(cast: Cast) -> None:
    first, second = make(cast), make(cast)
    assert first.slug == "inbox"
    assert second.slug.startswith("inbox-")
    assert second.slug != "inbox-2"
    assert make(cast, name="日本語").slug == "project"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": "x" * 201}, "name"), ({"name": None}, "name"),
        ({"name": "x\0"}, "name"), ({"fields": []}, "fields"), ({"questions": []}, "questions"),
        ({"guidelines": "x" * 100_001}, "guidelines"), ({"guidelines": 3}, "guidelines"),
        ({"lifecycle": "retirement"}, "lifecycle"),
        ({"policy": {"overlap": 0}}, "policy.overlap"), ({"policy": {"overlap": 51}}, "policy.overlap"),
        ({"policy": {"overlap": "3"}}, "policy.overlap"), ({"policy": {"overlap": True}}, "policy.overlap"),
        ({"policy": {"overlap": 2.0}}, "policy.overlap"), ({"policy": {"overlap": 10**400}}, "policy.overlap"),
        ({"policy": {"overlap": None}}, "policy.overlap"), ({"policy": {"min_human": -1}}, "policy.min_human"),
        ({"policy": {"min_human": 2}}, "policy.min_human"),
        ({"policy": {"accept_threshold": 0.4}}, "policy.accept_threshold"),
        ({"policy": {"accept_threshold": float("nan")}}, "policy.accept_threshold"),
        ({"policy": {"accept_threshold": float("inf")}}, "policy.accept_threshold"),
        ({"policy": {"accept_threshold": 10**400}}, "policy.accept_threshold"),
        ({"policy": {"target_accuracy": 1}}, "policy.target_accuracy"),
        ({"policy": {"audit_share": 1.1}}, "policy.audit_share"),
        ({"policy": {"blind_first": 1}}, "policy.blind_first"),
        ({"policy": {"blind_first": "no"}}, "policy.blind_first"),
        ({"policy": {"licensed": True}}, "policy.licensed"), ({"policy": {"owner": 1}}, "policy.owner"),
    ],
)  # fmt: skip
def test_what_makes_no_project_is_refused_by_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    before = Project.objects.count()
    with pytest.raises(Refused) as caught:
        make(cast, **values)
    assert caught.value.field == field
    assert Project.objects.count() == before


def test_everyone_who_is_asked_answers_unless_the_lead_says_otherwise(cast: Cast) -> None:
    assert make(cast, policy={"overlap": 3}).min_human == 3
    assert make(cast, policy={"overlap": 3, "min_human": 1}).min_human == 1


def test_a_larger_overlap_opens_slots_and_a_smaller_one_takes_none_away_that_is_used(cast: Cast) -> None:
    cast.policy(overlap=3)
    cast.add("1", "2")
    used = cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "other")
    untouched = Item.objects.exclude(pk=used.pk).get(project=cast.project)
    cast.policy(overlap=1)
    used.refresh_from_db()
    untouched.refresh_from_db()
    assert (used.taken, used.slots) == (2, 2)
    assert (untouched.taken, untouched.slots) == (0, 1)
    assert used.stage == Stage.DISPUTED


def test_a_lower_threshold_settles_what_now_passes(cast: Cast) -> None:
    cast.policy(overlap=3, min_human=2, accept_threshold=0.9)
    item = cast.add("1", annotations=[
        {"annotator": "x", "answers": {"intent": "refund"}},
        {"annotator": "y", "answers": {"intent": "refund"}},
        {"annotator": "m", "answers": {"intent": "other"}, "kind": "model"},
    ])[0]  # fmt: skip
    assert item.stage == Stage.HUMAN
    cast.policy(accept_threshold=0.7)
    item.refresh_from_db()
    assert item.stage == Stage.SETTLED


def test_a_change_that_changes_nothing_leaves_no_trace(cast: Cast) -> None:
    before = Event.objects.filter(verb=Verb.PROJECT_CHANGED).count()
    change_policy(cast.project, {"overlap": cast.project.overlap}, user=cast.lead)
    change_guidelines(cast.project, cast.project.guidelines, user=cast.lead)
    assert Event.objects.filter(verb=Verb.PROJECT_CHANGED).count() == before


def test_old_guidelines_are_kept(cast: Cast) -> None:
    project = change_guidelines(cast.project, "# Be kind", user=cast.lead)
    assert project.guidelines_version == 2
    kept = ProjectRevision.objects.filter(project=project).order_by("guidelines_version")
    assert [revision.guidelines for revision in kept] == ["", "# Be kind"]


@pytest.mark.django_db(transaction=True)
def test_a_new_overlap_while_people_claim_gives_nobody_a_slot_too_many(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add(*[f"message {number}" for number in range(20)])

    def work(user: Any) -> None:
        for _ in range(20):
            claim(cast.as_annotator(user))

    change = partial(change_policy, cast.project, {"overlap": 1}, user=cast.lead)
    together([partial(work, user) for user in (cast.annotator, cast.second, cast.lead)] + [change])  # type: ignore[list-item]
    for item in Item.objects.filter(project=cast.project):
        assert item.taken == item.assignments.count() <= item.slots <= 2


@pytest.mark.django_db(transaction=True)
def test_a_new_overlap_and_votes_being_stored_wait_for_each_other_and_never_deadlock(cast: Cast) -> None:
    """The rows lie backwards in the table, so whoever took them as they come would lock in the other order."""
    items = [item.pk for item in cast.add(*map(str, range(200)))]
    for pk in reversed(items):
        Item.objects.filter(pk=pk).update(priority=0)
    policies = [partial(change_policy, cast.project, {"overlap": number}, user=cast.lead) for number in (2, 3, 4)]
    calls: list[Callable[[], Any]] = [*policies, *[partial(advance, cast.project, items)] * 3]
    together(calls)
    (slots,) = set(Item.objects.filter(project=cast.project).values_list("slots", flat=True))
    assert slots == Project.objects.get(pk=cast.project.pk).overlap
