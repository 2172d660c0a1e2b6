"""Ask people about many items again: one more of them than have answered, whatever was decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import (
    OPEN_STAGES,
    Annotation,
    Assignment,
    AssignmentState,
    BulkChange,
    Item,
    Project,
    Purpose,
    Resolution,
    Stage,
    Verb,
)

from .advancing import advance
from .bulk_action import GONE, Before, Result, lock_items
from .errors import Refused
from .keeping import put_back, rows_of
from .recording import event


def clean_details(project: Project, details: Mapping[str, Any]) -> dict[str, Any]:
    if details:
        raise Refused(_("Asking again takes no %(names)s.") % {"names": ", ".join(map(str, details))}, "details")
    return {}


def apply(change: BulkChange, items: Sequence[int]) -> dict[int, Result]:
    """A place more, and nothing settles before it is taken. Decisions are set aside; answers stay and count.

    Who skipped an item may be asked again: it would not go to people otherwise.
    """
    locked = lock_items(change.project_id, items, leases=True)
    results: dict[int, Result] = dict.fromkeys(items, GONE)
    people = _people(list(locked))
    decisions = rows_of(Resolution, "item_id", list(locked))
    skipped = _skipped(list(locked))
    chosen = []
    for pk, item in locked.items():
        if item.stage in OPEN_STAGES and item.taken < item.slots:
            results[pk] = Result(reason=gettext_noop("It is open to people already."))
            continue
        chosen.append(pk)
        results[pk] = Result(
            {
                "slots": item.slots,
                "wanted": item.wanted,
                "settled_at": item.settled_at.isoformat() if item.settled_at else None,
                "decisions": decisions.get(pk, {}),
                "skipped": skipped[pk],
            }
        )
        Item.objects.filter(pk=pk).update(slots=max(item.slots, item.taken + 1), wanted=people[pk] + 1)
    Resolution.objects.filter(item__in=chosen).delete()
    again = [lease for pk in chosen for lease in skipped[pk]]
    Assignment.objects.filter(pk__in=again).update(state=AssignmentState.EXPIRED)
    log = [event(change.project_id, Verb.REQUEUED, user=change.created_by, item=pk, change=change.pk) for pk in chosen]
    advance(change.project, chosen, decision=True, user=change.created_by, log=log)
    return results


def revert(change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
    locked = lock_items(change.project_id, list(before), leases=True)
    decided = set(Resolution.objects.filter(item__in=locked).values_list("item", flat=True))
    back = [pk for pk in locked if pk not in decided]
    for pk in back:
        kept = before[pk]
        # Whoever has answered or is at it meanwhile keeps their place.
        Item.objects.filter(pk=pk).update(slots=Greatest(F("taken"), kept["slots"]), wanted=kept["wanted"])
    put_back([before[pk]["decisions"] for pk in back])
    _skip_again([lease for pk in back for lease in before[pk]["skipped"]])
    for item in advance(change.project, back, decision=True, user=change.created_by):
        if item.stage == Stage.SETTLED and before[item.pk]["settled_at"]:
            # It is settled as it was, not anew.
            Item.objects.filter(pk=item.pk).update(settled_at=before[item.pk]["settled_at"])
    return {
        pk: gettext_noop("Somebody has decided on it since.") if pk in decided else gettext_noop("It is gone.")
        for pk in before
        if pk not in back
    }


def _people(items: Sequence[int]) -> Counter[int]:
    votes = Annotation.objects.votes().human().filter(item__in=items).order_by()
    return Counter(dict(votes.values_list("item").annotate(count=Count("pk"))))


def _skipped(items: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    leases = Assignment.objects.filter(item__in=items, state=AssignmentState.SKIPPED, purpose=Purpose.WORK)
    for item, pk in leases.order_by("pk").values_list("item", "pk"):
        found[item].append(pk)
    return found


def _skip_again(leases: Sequence[int]) -> None:
    """Where the person has not taken the item up again."""
    expired = Assignment.objects.filter(pk__in=leases, state=AssignmentState.EXPIRED)
    for pk, annotator, item in expired.values_list("pk", "annotator", "item"):
        others = Assignment.objects.filter(annotator=annotator, item=item).exclude(state=AssignmentState.EXPIRED)
        if not others.exists():
            Assignment.objects.filter(pk=pk).update(state=AssignmentState.SKIPPED)
