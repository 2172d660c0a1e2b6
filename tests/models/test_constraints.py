"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from annotation.models import (
    Annotation,
    Annotator,
    Assignment,
    Consensus,
    Event,
    Item,
    Membership,
    Project,
    RejectedRow,
    Resolution,
    Run,
    RunItem,
    Snapshot,
)
from annotation.workflow.enlisting import add_labeler
from tests.cast import SCRIPTED, Cast


def refuses(constraint: str, write: Callable[[], Any]) -> None:
    """The write fails on this constraint by name, and on no other."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()
    assert constraint in str(caught.value)


@pytest.fixture
def item(cast: Cast) -> Item:
    return cast.add("Where is my parcel?")[0]


def test_no_item_has_more_people_than_slots(cast: Cast, item: Item) -> None:
    refuses("item_never_over_overlap", lambda: Item.objects.filter(pk=item.pk).update(taken=item.slots + 1))


def test_no_item_frees_a_slot_that_was_not_taken(cast: Cast, item: Item) -> None:
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(taken=-1)


def test_a_stage_is_one_of_five(cast: Cast, item: Item) -> None:
    refuses("item_known_stage", lambda: Item.objects.filter(pk=item.pk).update(stage="lost"))


def test_a_project_holds_a_text_once(cast: Cast, item: Item) -> None:
    again = {"project": cast.project, "fields": item.fields, "content_hash": bytes(item.content_hash)}
    refuses("item_once_per_content", lambda: Item.objects.create(**again))


def test_one_current_annotation_per_annotator_and_item(cast: Cast, item: Item) -> None:
    def annotate(**values: Any) -> Annotation:
        return Annotation.objects.create(
            project=cast.project,
            item=item,
            annotator=cast.as_annotator(cast.annotator),
            answers={"intent": "refund"},
            schema_version=1,
            **values,
        )

    annotate(superseded_at=timezone.now())
    annotate(idempotency_key="k")
    refuses("annotation_one_current", annotate)
    refuses("annotation_idempotent", lambda: annotate(idempotency_key="k", superseded_at=timezone.now()))


def test_one_lease_per_annotator_and_item_unless_it_expired(cast: Cast, item: Item) -> None:
    lease = {
        "project": cast.project,
        "item": item,
        "annotator": cast.as_annotator(cast.annotator),
        "expires_at": timezone.now(),
    }
    Assignment.objects.create(**lease, state="expired")
    Assignment.objects.create(**lease, state="skipped")
    refuses("assignment_once_per_annotator", lambda: Assignment.objects.create(**lease))


def test_an_annotator_is_a_person_or_a_model(cast: Cast) -> None:
    labeler = add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED)
    person = Annotator.objects.filter(project=cast.project, kind="human")
    refuses(
        "annotator_person_or_model", lambda: person.filter(user=cast.second).update(labeler=labeler.pk, kind="human")
    )
    refuses("annotator_person_or_model", lambda: Annotator.objects.filter(labeler=labeler).update(labeler=None))
    refuses("annotator_person_or_model", lambda: Annotator.objects.filter(labeler=labeler).update(user=cast.stranger))
    refuses(
        "annotator_once_per_user",
        lambda: Annotator.objects.create(project=cast.project, kind="human", name="x", user=cast.annotator),
    )
    refuses(
        "annotator_once_per_name",
        lambda: Annotator.objects.create(project=cast.project, kind="human", name=cast.annotator.username),
    )


def test_a_person_has_one_known_role_in_a_project(cast: Cast) -> None:
    mine = Membership.objects.get(project=cast.project, user=cast.annotator)
    refuses("membership_known_role", lambda: Membership.objects.filter(pk=mine.pk).update(role="owner"))
    refuses(
        "membership_once_per_project",
        lambda: Membership.objects.create(project=cast.project, user=cast.annotator, role="reviewer"),
    )


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("project_overlap_1_to_50", {"overlap": 0, "min_human": 0}),
        ("project_overlap_1_to_50", {"overlap": 51}),
        ("project_min_human_within_overlap", {"min_human": 2}),
        ("project_accept_threshold_range", {"accept_threshold": 0.49}),
        ("project_accept_threshold_range", {"accept_threshold": float("nan")}),
        ("project_target_accuracy_range", {"target_accuracy": 1.0}),
        ("project_audit_share_range", {"audit_share": -0.1}),
    ],
)
def test_a_policy_stays_in_range(cast: Cast, constraint: str, values: dict[str, Any]) -> None:
    refuses(constraint, lambda: Project.objects.filter(pk=cast.project.pk).update(**values))


def test_a_labeler_is_at_one_work_at_a_time(cast: Cast) -> None:
    labeler = add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED)
    Run.objects.create(project=cast.project, labeler=labeler, state="done")
    Run.objects.create(project=cast.project, labeler=labeler, state="running")
    refuses("run_one_active_per_labeler", lambda: Run.objects.create(project=cast.project, labeler=labeler))


def test_a_run_holds_an_item_once(cast: Cast, item: Item) -> None:
    labeler = add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED)
    run = Run.objects.create(project=cast.project, labeler=labeler)
    RunItem.objects.create(run=run, item=item)
    refuses("run_item_once", lambda: RunItem.objects.create(run=run, item=item))


def test_one_consensus_per_question_and_one_resolution_per_version(cast: Cast, item: Item) -> None:
    consensus = {"project": cast.project, "item": item, "question": "intent", "value": "other", "posterior": 1}
    consensus |= {"method": "majority", "votes": 1, "decided_by": "people"}
    Consensus.objects.create(**consensus)
    refuses("consensus_once_per_question", lambda: Consensus.objects.create(**consensus))
    resolution = {"project": cast.project, "item": item, "answers": {}, "version": 0}
    Resolution.objects.create(**resolution)
    refuses("resolution_once_per_version", lambda: Resolution.objects.create(**resolution))


def test_numbers_and_lines_are_given_once(cast: Cast) -> None:
    Snapshot.objects.create(project=cast.project, number=1, format="csv")
    refuses("snapshot_once_per_number", lambda: Snapshot.objects.create(project=cast.project, number=1, format="csv"))
    job = cast.project.imports.create(file="x", filename="x", format="csv")
    RejectedRow.objects.create(job=job, line=1, reason="x")
    refuses("rejected_row_once", lambda: RejectedRow.objects.create(job=job, line=1, reason="x"))


@pytest.mark.parametrize("sql", ["UPDATE annotation_event SET verb = 'moved'", "DELETE FROM annotation_event"])
def test_what_happened_cannot_be_rewritten(cast: Cast, sql: str) -> None:
    before = list(Event.objects.values_list())
    assert before
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(Event.objects.values_list()) == before
