"""What annotators are called where reviewers must not know who answered: by letters, drawn anew for every item."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from string import ascii_uppercase

from django.utils.translation import gettext as _

from annotation.models import Annotation, Event, Membership, Project, Role, User

Named = dict[tuple[int, int], str]
"""(item, annotator) → what the annotator is called there."""


def names_on(project: Project, annotations: Iterable[Annotation], *, anonymous: bool | None = None) -> Named:
    """For votes whose annotators are loaded with them: their names, or a letter each where review is anonymous.

    `anonymous` overrides what the project says. Letters go round on each item by themselves: that A is the same person
    elsewhere cannot be told.
    """
    rows = list(annotations)
    if not (project.anonymous_review if anonymous is None else anonymous):
        return {(row.item_id, row.annotator_id): row.annotator.name for row in rows}
    on_item: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        on_item[row.item_id].add(row.annotator_id)
    return {
        (item, annotator): letter_of(place)
        for item, annotators in on_item.items()
        for place, annotator in enumerate(sorted(annotators, key=lambda each: _lot(item, each)))
    }


def hides_names(membership: Membership) -> bool:
    """Whether this person must not learn who answered what. Managers do, on every page but those of the review."""
    return membership.project.anonymous_review and membership.may_review and not membership.may_manage


def called(membership: Membership, people: Iterable[User | None]) -> dict[int | None, str]:
    """User → what this member reads where that person is spoken of: a name, or that it is some annotator."""
    found = {None if each is None else each.pk: each for each in people}
    known = set(found)
    if hides_names(membership):
        staff = Membership.objects.filter(project=membership.project_id, role__in=(Role.REVIEWER, Role.MANAGER))
        known = {*staff.filter(user__in=found.keys() - {None}).values_list("user", flat=True), membership.user_id}
    return {
        pk: _("a former member") if each is None else each.get_username() if pk in known else _("an annotator")
        for pk, each in found.items()
    }


def actors_of(membership: Membership, events: Iterable[Event]) -> dict[int, str]:
    """Event → who did it, as this member may know; empty where it happened by itself."""
    rows = list(events)
    people = called(membership, [event.user for event in rows])
    hidden = hides_names(membership)
    actors = {}
    for event in rows:
        annotator = event.annotator
        if event.user is not None:
            actors[event.pk] = people[event.user.pk]
        elif annotator is None:
            actors[event.pk] = ""
        else:
            actors[event.pk] = _("an annotator") if hidden and annotator.is_human else annotator.name
    return actors


def letter_of(place: int) -> str:
    """0 → “A”, 25 → “Z”, 26 → “AA”."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters


def _lot(item: int, annotator: int) -> bytes:
    return hashlib.sha256(f"{item} {annotator}".encode()).digest()
