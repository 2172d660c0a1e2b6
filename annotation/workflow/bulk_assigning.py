"""Give many items to certain people: leases that last for days, and come before everything in their queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import (
    OPEN_STAGES,
    Annotation,
    Annotator,
    AnnotatorKind,
    Assignment,
    AssignmentState,
    BulkChange,
    Event,
    Item,
    Project,
    Verb,
)

from .bulk_action import GONE, Before, Result, lock_items
from .errors import Refused
from .recording import event

DAYS, LONGEST = 7, 90


def clean_details(project: Project, details: Mapping[str, Any]) -> dict[str, Any]:
    """{"people": [user name], "days"?: 1–90, "each"?: whether everybody gets every item rather than a share}"""
    unknown = set(details) - {"people", "days", "each"}
    if unknown:
        raise Refused(_("Assigning takes no %(names)s.") % {"names": ", ".join(map(str, unknown))}, "details")
    names, days, each = details.get("people"), details.get("days", DAYS), details.get("each", False)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise Refused(_("Choose at least one person."), "people")
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST:
        raise Refused(_("They keep it for 1 to %(longest)s days.") % {"longest": LONGEST}, "days")
    if not isinstance(each, bool):
        raise Refused(_("“each” is true or false."), "each")
    found = dict(assignable(project))
    missing = [name for name in names if name not in found]
    if missing:
        raise Refused(_("“%(missing)s” is no member of this project.") % {"missing": missing[0][:80]}, "people")
    return {"people": list(dict.fromkeys(names)), "days": days, "each": each}


def assignable(project: Project) -> list[tuple[str, int]]:
    """(user name, annotator) of everybody in the project who can answer."""
    people = Annotator.objects.filter(
        project=project, kind=AnnotatorKind.HUMAN, user__memberships__project=project, user__is_active=True
    )
    return list(people.order_by("user__username").values_list("user__username", "pk"))


def apply(change: BulkChange, items: Sequence[int]) -> dict[int, Result]:
    """Nobody beyond an item's overlap; among several people, those who hold least of this change come first."""
    locked = lock_items(change.project_id, items)
    people = dict(assignable(change.project))
    wanted = {people[name]: name for name in change.details["people"] if name in people}
    busy = _busy(list(locked), list(wanted))
    load = dict.fromkeys(wanted, 0)
    results: dict[int, Result] = dict.fromkeys(items, GONE)
    leases: list[Assignment] = []
    for pk, item in locked.items():
        free = [annotator for annotator in wanted if annotator not in busy[pk]]
        places = item.slots - item.taken
        if item.stage not in OPEN_STAGES or not places:
            results[pk] = Result(reason=gettext_noop("It is not open to people; ask people again first."))
        elif not free:
            results[pk] = Result(reason=gettext_noop("They have it, or have answered it, already."))
        else:
            free.sort(key=load.__getitem__)
            for annotator in free[: places if change.details["each"] else 1]:
                load[annotator] += 1
                leases.append(_lease(change, pk, annotator))
    log: list[Event] = []
    given: dict[int, list[int]] = defaultdict(list)
    for lease in Assignment.objects.bulk_create(leases):
        given[lease.item_id].append(lease.pk)
        log.append(_told(change, lease.item_id, wanted[lease.annotator_id]))
    for pk, assignments in sorted(given.items()):
        Item.objects.filter(pk=pk).update(taken=F("taken") + len(assignments))
        results[pk] = Result({"assignments": assignments})
    Event.objects.bulk_create(log)
    return results


def revert(change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
    """What somebody has begun stays theirs."""
    locked = lock_items(change.project_id, list(before), leases=True)
    given = [lease for kept in before.values() for lease in kept["assignments"]]
    untouched = Assignment.objects.open().filter(pk__in=given, draft={})
    freed: dict[int, list[int]] = defaultdict(list)
    for pk, item in untouched.order_by("item").values_list("pk", "item"):
        freed[item].append(pk)
    for item, leases in sorted(freed.items()):
        Assignment.objects.filter(pk__in=leases).delete()
        Item.objects.filter(pk=item).update(taken=F("taken") - len(leases))
    return {
        pk: gettext_noop("They have begun, answered or given it back.") if pk in locked else gettext_noop("It is gone.")
        for pk in before
        if pk not in freed
    }


def _busy(items: Sequence[int], annotators: Sequence[int]) -> dict[int, set[int]]:
    """Item → whom it cannot be given: they hold it, gave it back for good, or answered it."""
    busy: dict[int, set[int]] = defaultdict(set)
    held = Assignment.objects.filter(item__in=items, annotator__in=annotators).exclude(state=AssignmentState.EXPIRED)
    answered = Annotation.objects.current().filter(item__in=items, annotator__in=annotators)
    for rows in (held, answered):
        for item, annotator in rows.values_list("item", "annotator"):
            busy[item].add(annotator)
    return busy


def _lease(change: BulkChange, item: int, annotator: int) -> Assignment:
    expires: Any = Now() + timedelta(days=change.details["days"])
    return Assignment(
        project_id=change.project_id,
        item_id=item,
        annotator_id=annotator,
        given_by=change.created_by,
        expires_at=expires,
    )


def _told(change: BulkChange, item: int, to: str) -> Event:
    return event(change.project_id, Verb.ASSIGNED, user=change.created_by, item=item, change=change.pk, to=to)
