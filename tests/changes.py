"""Changes of many items, carried out here rather than by a worker."""

from __future__ import annotations

from typing import Any

from annotation.models import BulkChange
from annotation.workflow.changing_many import change_items, request_change
from tests.cast import Cast


def carry_out(cast: Cast, action: str, **options: Any) -> BulkChange:
    return carried_out(request_change(cast.project, action=action, user=cast.lead, **options))


def carried_out(change: BulkChange) -> BulkChange:
    """A change that was asked for, or asked to be taken back or erased, as its job leaves it."""
    change_items(change.pk)
    change.refresh_from_db()
    return change
