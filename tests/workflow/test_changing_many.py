"""Changes of many items: what they do, that undoing restores every row, and that they survive being killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from annotation.models import (
    Annotation,
    Assignment,
    AssignmentState,
    BulkChange,
    ChangedItem,
    Event,
    Flag,
    Item,
    JobState,
    Outcome,
    Resolution,
    Stage,
)
from annotation.models.filters import Filters
from annotation.workflow import changing_many
from annotation.workflow.annotating import submit
from annotation.workflow.assembling import assemble
from annotation.workflow.changing_many import (
    cancel_change,
    change_items,
    erase_deleted,
    find_stalled_bulk_changes,
    forget_old_changes,
    request_change,
    undo_change,
)
from annotation.workflow.errors import Conflict, JobActive, Refused
from annotation.workflow.queueing import claim, find_open, release, renew, skip
from annotation.workflow.reshaping import change_questions, reshape_answers
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.changes import carried_out, carry_out

pytestmark = pytest.mark.django_db(transaction=True)

LABEL = {"answers": {"intent": "other"}, "comment": "all of them"}
# What a log is for, the change itself, and what the database keeps by itself.
APART = {"Event", "BulkChange", "ChangedItem", "Annotator"}


def everything(cast: Cast) -> dict[str, list[str]]:
    """All rows of the app but the log; an item's version only ever rises, and moments of writing differ."""
    found = {}
    for model in apps.get_app_config("annotation").get_models(include_auto_created=True):
        if model.__name__ in APART:
            continue
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT (to_jsonb(kept) - 'version' - 'updated_at')::text FROM \"{table}\" kept")
            rows = sorted(row[0] for row in cursor.fetchall())
        # A consensus that was written anew has a new number.
        found[table] = rows if model.__name__ != "Consensus" else sorted(row.partition(",")[2] for row in rows)
    return found


def consensus(cast: Cast) -> list[Any]:
    return sorted(
        Item.objects.filter(project=cast.project).values_list(
            "pk", "consensus__question", "consensus__value", "consensus__posterior", "consensus__decided_by"
        ),
        key=str,
    )


def filled(cast: Cast) -> list[Item]:
    """Items in every state: new, leased, answered, disputed, skipped, decided, flagged, with a parent."""
    cast.policy(overlap=2, min_human=2)
    items = cast.add(
        *(f"text {number}" for number in range(8)), metadata={"a": [1, 2.50, "x"], "n": 12345678901234567890}
    )
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "refund")
    cast.answer(cast.second, "delivery")
    skip(cast.claim(cast.annotator), reason="unclear")
    cast.claim(cast.second)
    decided = Item.objects.get(pk=items[4].pk)
    resolve(item=decided, reviewer=cast.reviewer, answers={"intent": "refund"}, version=decided.version)
    Flag.objects.create(project=cast.project, item=items[0], user=cast.second, reason="odd")
    items[1].parents.add(items[0])
    items[6].parents.add(items[1])
    Item.objects.filter(pk=items[0].pk).update(embedding=[0.1] * 384, gold={"intent": "refund"})
    return items


def take_back(cast: Cast, change: BulkChange) -> BulkChange:
    undo_change(change, user=cast.lead)
    return carried_out(change)


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("label", LABEL),
        ("requeue", {}),
        ("assign", {"people": ["annotator", "second", "reviewer"], "each": True}),
        ("delete", {}),
    ],
)
def test_undoing_restores_every_row(cast: Cast, action: str, details: dict[str, Any]) -> None:
    filled(cast)
    before, leading = everything(cast), consensus(cast)
    change = carry_out(cast, action, details=details)
    assert change.state == JobState.DONE
    assert change.done + change.skipped == change.total == 8
    assert change.done
    assert everything(cast) != before
    back = take_back(cast, change)
    assert back.undone == change.done
    assert everything(cast) == before
    assert consensus(cast) == leading


def test_labelling_decides_in_the_leads_name_and_keeps_what_was_not_asked(cast: Cast) -> None:
    items = filled(cast)
    change = carry_out(cast, "label", details=LABEL, filters=Filters(stage="new"))
    assert set(Item.objects.filter(resolutions__comment="all of them").values_list("stage", flat=True)) == {"settled"}
    decided = Resolution.objects.filter(comment="all of them")
    assert {row.reviewer for row in decided} == {cast.lead}
    assert decided.count() == change.done < len(items)
    assert Event.objects.filter(verb="resolved", data__change=change.pk).count() == change.done


def test_labels_mean_what_the_options_are_called_today(cast: Cast) -> None:
    swapped = {"refund": "delivery", "delivery": "refund", "other": "other"}
    options = [{"was": was, "value": value} for was, value in swapped.items()]
    asked = {"kind": "edit_options", "question": "intent", "options": options}
    reshape_answers(change_questions(cast.project, asked, user=cast.lead).pk)
    cast.project.refresh_from_db()
    cast.add("one")
    carry_out(cast, "label", details={"answers": {"intent": "refund"}})
    assert Resolution.objects.get().answers == {"intent": "refund"}


def test_what_a_reviewer_decided_since_is_not_taken_back(cast: Cast) -> None:
    [item, other] = cast.add("one", "two")
    change = carry_out(cast, "label", details=LABEL)
    item.refresh_from_db()
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund"}, version=item.version)
    back = take_back(cast, change)
    assert back.undone == 1
    assert ChangedItem.objects.get(change=change, item=item.pk).outcome == Outcome.KEPT
    assert item.consensus.get().value == "refund"
    other.refresh_from_db()
    assert other.stage == Stage.NEW
    with pytest.raises(Conflict):
        # Its reason stays as it is: asking again changes nothing.
        undo_change(change, user=cast.lead)


def test_asking_again_needs_one_person_more_before_the_item_settles(cast: Cast) -> None:
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    assert item.stage == Stage.SETTLED
    carry_out(cast, "requeue")
    item.refresh_from_db()
    assert (item.stage, item.slots, item.wanted) == (Stage.HUMAN, 2, 2)
    assert claim(cast.as_annotator(cast.annotator)) is None
    cast.policy(overlap=1, accept_threshold=0.6)
    assert cast.answer(cast.second, "refund").stage == Stage.SETTLED


def test_who_was_assigned_gets_it_first_keeps_it_and_nobody_else_does(cast: Cast) -> None:
    items = cast.add(*(f"text {number}" for number in range(6)))
    wanted = [items[3].pk, items[5].pk]
    change = carry_out(cast, "assign", among=wanted, details={"people": ["annotator"], "days": 3})
    mine = cast.as_annotator(cast.annotator)
    given = []
    for _ in wanted:
        lease = find_open(mine)
        assert lease is not None
        until = lease.expires_at
        assert (until - timezone.now()).days >= 2
        assert renew(lease).expires_at == until
        assert not release(lease)
        given.append(lease.item_id)
        submit(assignment=lease, answers={"intent": "refund"})
    assert given == wanted
    assert find_open(mine) is None
    while lease := claim(cast.as_annotator(cast.second)):
        assert lease.item_id not in wanted
    back = take_back(cast, change)
    assert (back.undone, Annotation.objects.filter(item__in=wanted).count()) == (0, 2)


def test_shares_are_even_and_no_item_gets_too_many(cast: Cast) -> None:
    cast.add(*(f"text {number}" for number in range(7)))
    carry_out(cast, "assign", details={"people": ["annotator", "second"]})
    leases = Assignment.objects.filter(state=AssignmentState.OPEN)
    counts = [leases.filter(annotator__user=user).count() for user in (cast.annotator, cast.second)]
    assert sorted(counts) == [3, 4]
    again = carry_out(cast, "assign", details={"people": ["annotator", "second"], "each": True})
    assert (again.done, again.skipped) == (0, 7)


def test_what_is_deleted_is_nowhere_until_it_is_brought_back(cast: Cast) -> None:
    items = filled(cast)
    change = carry_out(cast, "delete", among=[items[0].pk, items[2].pk])
    assert not Item.objects.filter(pk__in=[items[0].pk, items[2].pk]).exists()
    assert "text 0" not in str(list(assemble(cast.project, Item.objects.filter(project=cast.project))))
    for user in (cast.annotator, cast.second):
        while lease := claim(cast.as_annotator(user)):
            assert lease.item_id not in (items[0].pk, items[2].pk)
    # The same text comes in again: then it stays, and the deleted one stays away.
    cast.add("text 0")
    back = take_back(cast, change)
    assert back.undone == 1
    assert "came in again" in ChangedItem.objects.get(change=change, item=items[0].pk).reason
    assert Item.objects.get(pk=items[2].pk).fields == {"text": "text 2"}


def test_what_is_erased_is_gone_from_every_table(cast: Cast) -> None:
    [item, _] = cast.add("canary-1", "other")
    cast.answer(cast.annotator, "refund")
    change = carry_out(cast, "delete", among=[item.pk])
    erase_deleted(change, user=cast.lead)
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}" each WHERE each::text LIKE %s', ["%canary%"])
            assert cursor.fetchone() == (0,), model
    assert not Event.objects.filter(item=item.pk).exists()
    with pytest.raises(Conflict):
        undo_change(change, user=cast.lead)


def test_after_a_month_deleted_items_are_erased(cast: Cast) -> None:
    cast.add("one")
    change = carry_out(cast, "delete")
    forget_old_changes()
    assert BulkChange.objects.filter(pk=change.pk).exists()
    BulkChange.objects.update(finished_at=timezone.now() - changing_many.KEPT * 1.01)
    forget_old_changes()
    assert not ChangedItem.objects.exists()
    assert Event.objects.filter(verb="erased").exists()


def test_a_killed_change_goes_on_where_it_stopped_and_a_repeated_message_changes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.add(*(f"text {number}" for number in range(9)))
    monkeypatch.setattr(changing_many, "BATCH", 4)
    change = request_change(cast.project, action="label", details=LABEL, user=cast.lead)
    assert find_stalled_bulk_changes() == [change.pk]
    _die_after(1, lambda: change_items(change.pk), monkeypatch)
    assert BulkChange.objects.get(pk=change.pk).done == 4
    BulkChange.objects.update(leased_until=timezone.now())
    assert find_stalled_bulk_changes() == [change.pk]
    for _ in range(3):
        change_items(change.pk)
    change.refresh_from_db()
    assert (change.state, change.done, Resolution.objects.count()) == (JobState.DONE, 9, 9)


def test_a_cancelled_change_stops_and_what_it_did_can_be_taken_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.add(*(f"text {number}" for number in range(9)))
    monkeypatch.setattr(changing_many, "BATCH", 4)
    change = request_change(cast.project, action="label", details=LABEL, user=cast.lead)
    _die_after(1, lambda: change_items(change.pk), monkeypatch)
    with pytest.raises(JobActive):
        undo_change(change, user=cast.lead)
    cancel_change(change)
    change_items(change.pk)
    assert Resolution.objects.count() == 4
    assert take_back(cast, change).undone == 4
    assert not Resolution.objects.exists()


def test_only_what_was_counted_is_changed(cast: Cast) -> None:
    cast.add("one", "two")
    change = request_change(cast.project, action="delete", user=cast.lead, filters=Filters(stage="new"))
    cast.add("late")
    change_items(change.pk)
    assert [item.fields["text"] for item in Item.objects.filter(project=cast.project)] == ["late"]


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("label", {}),
        ("label", {"answers": {}}),
        ("label", {"answers": {"intent": "nothing"}}),
        ("label", {"answers": {"unknown": "refund"}}),
        ("label", {"answers": {"intent": "refund"}, "comment": "\0"}),
        ("assign", {"people": []}),
        ("assign", {"people": ["other-annotator"]}),
        ("assign", {"people": ["annotator"], "days": 0}),
        ("assign", {"people": ["annotator"], "days": True}),
        ("delete", {"really": True}),
        ("explode", {}),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_changes(
    cast: Cast, action: str, details: dict[str, Any]
) -> None:
    cast.add("one")
    with pytest.raises(Refused):
        request_change(cast.project, action=action, details=details, user=cast.lead)
    assert not BulkChange.objects.exists()


def test_another_projects_items_cannot_be_named(cast: Cast) -> None:
    [theirs] = cast.foreign.add("theirs")
    with pytest.raises(Refused):
        request_change(cast.project, action="delete", among=[theirs.pk], user=cast.lead)


def _die_after(batches: int, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `work` until its process would be killed between two batches."""
    real, done = changing_many._batch, []

    def batch(change: BulkChange) -> bool:
        if len(done) == batches:
            raise KeyboardInterrupt
        done.append(True)
        return real(change)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(changing_many, "_batch", batch)
        work()
