"""Write the log: who or what changed what, and why."""

from __future__ import annotations

from typing import Any

from annotation.models import Annotator, Event, Item, Project, User, Verb


def record(
    project: Project | int,
    verb: Verb,
    *,
    user: User | int | None = None,
    annotator: Annotator | None = None,
    item: Item | int | None = None,
    **data: Any,
) -> Event:
    """Append one event in the transaction of the change it tells of."""
    entry = event(project, verb, user=user, annotator=annotator, item=item, **data)
    entry.save(force_insert=True)
    return entry


def event(
    project: Project | int,
    verb: Verb,
    *,
    user: User | int | None = None,
    annotator: Annotator | None = None,
    item: Item | int | None = None,
    **data: Any,
) -> Event:
    """An event that is not written yet, for a verb that writes several at once."""
    return Event(
        project_id=_pk(project), verb=verb, user_id=_pk(user), annotator=annotator, item_id=_pk(item), data=data
    )


def _pk(row: Any) -> Any:
    return getattr(row, "pk", row)
