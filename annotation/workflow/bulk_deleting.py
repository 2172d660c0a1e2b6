"""Delete many items; for a month they can be brought back as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import BulkChange, Event, Item, MeaningIndex, Project, Verb

from .bulk_action import GONE, Before, Result, lock_items
from .errors import Refused
from .keeping import put_back, rows_of_items
from .recording import event


def clean_details(project: Project, details: Mapping[str, Any]) -> dict[str, Any]:
    unknown = ", ".join(str(name) for name in details if name != "made")
    if unknown:
        raise Refused(_("Deleting takes no %(names)s.") % {"names": unknown}, "details")
    if not isinstance(details.get("made", False), bool):
        raise Refused(_("“made” is true or false."), "details")
    return {"made": True} if details.get("made") else {}


def apply(change: BulkChange, items: Sequence[int]) -> dict[int, Result]:
    """Out of every table, so that no list, queue, report or export has to know of deleted items."""
    locked = lock_items(change.project_id, items, leases=True)
    kept = rows_of_items(list(locked))
    Item.objects.filter(pk__in=list(locked)).delete()
    Event.objects.bulk_create(_told(change, Verb.DELETED, item) for item in locked)
    return {item: Result({"rows": kept[item]}) if item in locked else GONE for item in items}


def revert(change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
    # Where the same text came in again, the item stays out, and what belongs to it with it.
    put_back([each["rows"] for each in before.values()])
    # An item that was deleted before it had its vector gets it now.
    passed = MeaningIndex.objects.filter(project=change.project_id, upto__gte=min(before))
    passed.update(upto=min(before) - 1)
    back = set(Item.objects.filter(pk__in=list(before)).values_list("pk", flat=True))
    Event.objects.bulk_create(_told(change, Verb.RESTORED, item) for item in before if item in back)
    return {item: gettext_noop("The same text came in again meanwhile.") for item in before if item not in back}


def _told(change: BulkChange, verb: Verb, item: int) -> Event:
    return event(change.project_id, verb, user=change.created_by, item=item, change=change.pk)
