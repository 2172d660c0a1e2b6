"""Claim, renew, skip and expiry: who gets which item, and that a slot is used once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from annotation.models import Annotation, Annotator, Assignment, Item, Stage
from annotation.models.claimable import CLAIMABLE
from annotation.workflow import queueing
from annotation.workflow.adding import add_items
from annotation.workflow.annotating import submit
from annotation.workflow.errors import AssignmentClosed, Conflict
from annotation.workflow.people import add_member, create_user
from annotation.workflow.queueing import (
    CLAIM,
    IN_ORDER,
    TOP,
    claim,
    claim_ahead,
    find_open,
    release,
    release_overdue,
    renew,
    reopen,
    skip,
)
from annotation.workflow.sweeping import sweep
from tests.cast import Cast
from tests.plans import rows_read, walk
from tests.threads import outcomes, together
from tests.waiting import eventually

CROWD = 50


def crowd(cast: Cast, size: int) -> list[Annotator]:
    for number in range(size):
        add_member(cast.project, create_user(f"worker-{number}"), "annotator", by=cast.lead)
    return list(Annotator.objects.filter(project=cast.project, name__startswith="worker-"))


def fill(cast: Cast, count: int) -> None:
    add_items(cast.project, [{"fields": {"text": f"message {number}"}} for number in range(count)])


def expire(lease: Assignment) -> None:
    Assignment.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(seconds=1))


def work_until_empty(annotator: Annotator) -> bool:
    """Claim and answer until told that nothing is left; whether that was true.

    Nobody gives an item back in this test, so what is free now was free when the queue was called empty.
    """
    while (lease := claim(annotator)) is not None:
        submit(assignment=lease, answers={"intent": "refund"})
        annotator.refresh_from_db()
    mine = Assignment.objects.filter(annotator=annotator).values("item_id")
    free = Item.objects.open().filter(project=annotator.project_id, taken__lt=F("slots"))
    return not free.exclude(pk__in=mine).exists()


def work_ahead_until_empty(annotator: Annotator) -> bool:
    """As `work_until_empty`, with the next item claimed before the one at hand is answered."""
    lease = claim(annotator)
    while lease is not None:
        annotator.refresh_from_db()
        ahead = claim_ahead(annotator, beside=lease.pk)
        submit(assignment=lease, answers={"intent": "refund"})
        annotator.refresh_from_db()
        lease = ahead or claim(annotator)
    mine = Assignment.objects.filter(annotator=annotator).values("item_id")
    free = Item.objects.open().filter(project=annotator.project_id, taken__lt=F("slots"))
    return not free.exclude(pk__in=mine).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("overlap", "count", "work"), [(1, 1_000, work_until_empty), (3, 400, work_ahead_until_empty)])
def test_fifty_claimers_get_exactly_the_overlap_and_nobody_an_item_twice(
    cast: Cast, overlap: int, count: int, work: Callable[[Annotator], bool]
) -> None:
    """C1."""
    cast.policy(overlap=overlap)
    fill(cast, count)
    honest = together([partial(work, annotator) for annotator in crowd(cast, CROWD)])
    assert all(honest), "somebody was told that the queue is empty while slots were left"
    people = Counter(Annotation.objects.filter(project=cast.project).values_list("item_id", flat=True))
    assert len(people) == count
    assert set(people.values()) == {overlap}
    pairs = Counter(Annotation.objects.values_list("item_id", "annotator_id"))
    assert max(pairs.values()) == 1
    assert set(Item.objects.filter(project=cast.project).values_list("taken", "stage")) == {(overlap, Stage.SETTLED)}


@pytest.mark.django_db(transaction=True)
def test_more_claimers_than_slots_each_hear_the_truth(cast: Cast) -> None:
    cast.policy(overlap=2)
    fill(cast, 5)
    leases = together([partial(claim, annotator) for annotator in crowd(cast, 30)])
    assert sum(lease is not None for lease in leases) == 10
    assert set(Counter(lease.item_id for lease in leases if lease).values()) == {2}


@pytest.mark.django_db(transaction=True)
def test_an_item_that_is_locked_for_a_moment_is_waited_for_and_not_called_an_empty_queue(cast: Cast) -> None:
    (item,) = cast.add("1")
    annotator = cast.as_annotator(cast.annotator)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Item.objects.select_for_update().get(pk=item.pk)
            lease = pool.submit(together, [partial(claim, annotator)])
            eventually(somebody_waits_for_a_lock)
        assert lease.result() != [None]


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_one_person_in_ten_tabs_gets_ten_different_items(cast: Cast) -> None:
    cast.policy(overlap=3)
    fill(cast, 12)
    pk = cast.as_annotator(cast.annotator).pk
    leases = together([lambda: claim(Annotator.objects.get(pk=pk))] * 10)
    assert len({lease.item_id for lease in leases if lease}) == 10


@pytest.mark.django_db(transaction=True)
def test_however_many_tabs_prefetch_at_once_one_item_is_held_ahead_and_a_pause_gives_it_back(cast: Cast) -> None:
    first, second, *_ = cast.add("1", "2", "3", "4")
    lease = cast.claim(cast.annotator)
    pk = lease.annotator_id
    calls = [lambda: claim_ahead(Annotator.objects.select_related("project").get(pk=pk), beside=lease.pk)] * 8
    held = {ahead.pk for ahead in together(calls) if ahead}
    assert len(held) == 1
    assert Assignment.objects.open().count() == 2
    ahead = Assignment.objects.select_related("item").get(pk=held.pop())
    assert (lease.item_id, ahead.item_id) == (first.pk, second.pk)
    assert ahead.expires_at < lease.expires_at
    assert release(ahead)
    assert not release(ahead)
    second.refresh_from_db()
    assert second.taken == 0
    # It comes back first, not a whole round later.
    again = claim_ahead(cast.as_annotator(cast.annotator), beside=lease.pk)
    assert again is not None and again.item_id == second.pk


def test_a_skipped_item_can_be_taken_up_again_while_its_slot_is_free(cast: Cast) -> None:
    cast.add("1", "2")
    lease, other = cast.claim(cast.annotator), cast.claim(cast.annotator)
    skip(lease)
    skip(other)
    assert reopen(Assignment.objects.select_related("annotator", "project").get(pk=lease.pk)).state == "open"
    assert Item.objects.get(pk=lease.item_id).taken == 1
    cast.answer(cast.second, "refund")
    with pytest.raises(Conflict):
        reopen(Assignment.objects.select_related("annotator", "project").get(pk=other.pk))
    assert Item.objects.get(pk=other.item_id).taken == 1


def test_the_item_where_a_vote_is_worth_most_comes_first(cast: Cast) -> None:
    plain, doubtful, sure = cast.add("plain", "doubtful", "sure")
    Item.objects.filter(pk=doubtful.pk).update(priority=0.9)
    Item.objects.filter(pk=sure.pk).update(priority=0.1)
    order = [cast.claim(cast.annotator).item_id for _ in range(3)]
    assert order == [doubtful.pk, sure.pk, plain.pk]


def test_nothing_left_is_none(cast: Cast) -> None:
    assert claim(cast.as_annotator(cast.annotator)) is None
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    assert claim(cast.as_annotator(cast.annotator)) is None
    assert claim(cast.as_annotator(cast.second)) is None


def test_only_items_with_people_are_given_out(cast: Cast) -> None:
    cast.add(*Stage.values)
    for stage in Stage:
        Item.objects.filter(fields__text=stage.value).update(stage=stage)
    given = {cast.claim(cast.annotator).item.stage for _ in range(2)}
    assert given == {Stage.NEW, Stage.HUMAN}
    assert claim(cast.as_annotator(cast.annotator)) is None


def test_nobody_gets_an_item_of_another_project(cast: Cast) -> None:
    cast.foreign.add("theirs")
    assert claim(cast.as_annotator(cast.annotator)) is None


def test_an_item_answered_elsewhere_is_not_asked_again(cast: Cast) -> None:
    cast.policy(overlap=2)
    brought = {"annotator": "annotator", "answers": {"intent": "refund"}}
    cast.add("imported", annotations=[brought])
    annotator = Annotator.objects.get(project=cast.project, name="annotator")
    assert annotator.user == cast.annotator
    assert claim(annotator) is None
    assert claim(cast.as_annotator(cast.second)) is not None


def test_fresh_priorities_are_found_by_people_in_mid_queue(cast: Cast) -> None:
    """The cursor is a shortcut, never a wall: what moved before it is found on the way round."""
    first, *_ = cast.add("1", "2", "3")
    for _ in range(3):
        lease = cast.claim(cast.annotator)
        if lease.item_id == first.pk:
            returned = lease
    expire(returned)
    assert cast.claim(cast.annotator).item_id == first.pk


def test_a_cursor_that_was_reset_meanwhile_hides_nothing(cast: Cast) -> None:
    """Another tab took the item, a model's run reset the cursor: the claim starts from the top again."""
    cast.add("1", "2")
    annotator = cast.as_annotator(cast.annotator)
    assert queueing._cursor(annotator) == TOP
    assert claim(annotator) is not None
    annotator.refresh_from_db()
    assert queueing._cursor(annotator) != TOP


def test_an_open_lease_is_found_again_after_a_reload(cast: Cast) -> None:
    cast.add("1", "2")
    lease = cast.claim(cast.annotator)
    cast.claim(cast.annotator)
    assert find_open(cast.as_annotator(cast.annotator)) == lease
    expire(lease)
    assert find_open(cast.as_annotator(cast.annotator)) != lease


def test_an_expired_lease_returns_the_item_once(cast: Cast) -> None:
    (item,) = cast.add("1")
    lease = cast.claim(cast.annotator)
    assert claim(cast.as_annotator(cast.second)) is None
    expire(lease)
    assert release_overdue() == 1
    assert release_overdue() == 0
    item.refresh_from_db()
    assert item.taken == 0
    assert cast.claim(cast.second).item_id == item.pk


def test_the_sweep_returns_expired_leases_and_leaves_live_ones(cast: Cast) -> None:
    cast.add("1", "2")
    dead, live = cast.claim(cast.annotator), cast.claim(cast.second)
    expire(dead)
    sweep()
    assert set(Assignment.objects.values_list("pk", "state")) == {(dead.pk, "expired"), (live.pk, "open")}


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_free_a_slot_once(cast: Cast) -> None:
    cast.policy(overlap=2)
    fill(cast, 20)
    for lease in [cast.claim(user) for user in (cast.annotator, cast.second) for _ in range(20)]:
        expire(lease)
    assert sum(together([release_overdue] * 6)) == 40
    assert set(Item.objects.filter(project=cast.project).values_list("taken", flat=True)) == {0}


def test_renewing_holds_a_lease_and_a_lost_one_cannot_be_renewed(cast: Cast) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    expire(lease)
    assert renew(lease).expires_at > timezone.now()
    assert release_overdue() == 0
    expire(lease)
    release_overdue()
    with pytest.raises(AssignmentClosed):
        renew(lease)


def test_a_skipped_item_goes_to_others_and_not_to_the_same_person(cast: Cast) -> None:
    (item,) = cast.add("1")
    skip(cast.claim(cast.annotator), reason="unclear\0" + "x" * 1_000)
    item.refresh_from_db()
    assert item.taken == 0
    assert claim(cast.as_annotator(cast.annotator)) is None
    assert cast.claim(cast.second).item_id == item.pk


def test_what_two_people_skip_goes_to_the_reviewer(cast: Cast) -> None:
    (item,) = cast.add("1")
    skip(cast.claim(cast.annotator))
    skip(cast.claim(cast.second))
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_a_skip_that_races_an_answer_and_the_sweep_moves_the_slot_once(cast: Cast, round_: int) -> None:
    (item,) = cast.add("1")
    lease = cast.claim(cast.annotator)
    expire(lease)

    def answer() -> object:
        return submit(assignment=Assignment.objects.get(pk=lease.pk), answers={"intent": "other"})

    calls: list[Callable[[], object]] = [partial(skip, lease), answer, partial(skip, lease), release_overdue]
    outcomes(calls, AssignmentClosed)
    item.refresh_from_db()
    lease.refresh_from_db()
    answered = Annotation.objects.current().filter(item=item).count()
    assert item.taken == answered == (1 if lease.state == "answered" else 0)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_server_whose_clock_is_wrong_gives_the_same_leases(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """C4: only the database's clock decides what is overdue and how long a lease lasts."""
    cast.add("1", "2")
    real = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: real() + timedelta(minutes=minutes))
    lease = cast.claim(cast.annotator)
    assert queueing.LEASE - timedelta(seconds=30) < lease.expires_at - real() <= queueing.LEASE
    assert find_open(cast.as_annotator(cast.annotator)) == lease
    assert release_overdue() == 0
    assert renew(lease).expires_at - real() <= queueing.LEASE + timedelta(seconds=30)
    expire(lease)
    assert find_open(cast.as_annotator(cast.annotator)) is None
    assert release_overdue() == 1


@pytest.mark.django_db(transaction=True)
def test_a_claim_costs_the_same_after_five_thousand_answers(cast: Cast) -> None:
    cast.policy(overlap=2)
    fill(cast, 6_000)
    annotator = cast.as_annotator(cast.annotator)
    with connection.cursor() as cursor:
        # Five thousand answers of this person, each with room for a second one: nothing leaves the queue's index.
        cursor.execute(
            "INSERT INTO annotation_assignment (project_id, item_id, annotator_id, state, reason, draft, expires_at) "
            "SELECT project_id, id, %s, 'answered', '', '{}', now() FROM annotation_item WHERE project_id = %s "
            "ORDER BY id LIMIT 5000",
            [annotator.pk, cast.project.pk],
        )
        cursor.execute("UPDATE annotation_item SET taken = 1 WHERE id IN (SELECT item_id FROM annotation_assignment)")
        cursor.execute("SELECT max(item_id) FROM annotation_assignment")
        annotator.queue_rank, annotator.queue_item = 0.0, cursor.fetchone()[0]
        cursor.execute("VACUUM ANALYZE annotation_item, annotation_assignment, annotation_annotation")
    touched = []
    for _ in range(3):
        rank, after = queueing._cursor(annotator)
        parameters = {"project": cast.project.pk, "annotator": annotator.pk, "rank": rank, "after": after}
        with connection.cursor() as cursor:
            cursor.execute(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + CLAIM.format(claimable=CLAIMABLE, wait="SKIP LOCKED"),
                {**parameters, "lease": queueing.LEASE},
            )
            plan = cursor.fetchone()[0][0]["Plan"]
        nodes = list(walk(plan))
        assert "item_queue" in {node.get("Index Name") for node in nodes}
        assert not any(node["Node Type"] == "Seq Scan" and "item" in node["Relation Name"] for node in nodes)
        assert sum(node.get("Rows Removed by Filter", 0) for node in nodes) < 10
        touched.append(rows_read(plan))
        annotator.refresh_from_db()
    assert max(touched) < 200, touched


def test_a_claim_reads_little_of_a_project_that_the_planner_has_no_statistics_of(cast: Cast) -> None:
    fill(cast.foreign, 50)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_item, annotation_assignment, annotation_annotation")
    fill(cast, 3_000)
    annotator = cast.as_annotator(cast.annotator)
    parameters = {"project": cast.project.pk, "annotator": annotator.pk, "rank": TOP[0], "after": TOP[1]}
    with connection.cursor() as cursor:
        cursor.execute(IN_ORDER)
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + CLAIM.format(claimable=CLAIMABLE, wait="SKIP LOCKED"),
            {**parameters, "lease": queueing.LEASE},
        )
        plan = cursor.fetchone()[0][0]["Plan"]
    assert "item_queue" in {node.get("Index Name") for node in walk(plan)}
    assert rows_read(plan) < 200
