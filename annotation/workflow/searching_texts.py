"""Where people's own texts say a name, and another word in its place."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from annotation.models import (
    Annotation,
    Assignment,
    Comment,
    Event,
    Flag,
    Invitation,
    Project,
    ProjectRevision,
    Resolution,
    ReturnedAnswer,
)

# Of as many items is said which they are.
SHOWN = 10
LISTED = 100


@dataclass(frozen=True, slots=True)
class Text:
    """A column of free text; `key`: the entry of its JSON that is one. Every table but projects' has `project_id`."""

    title: str
    model: type[Model]
    column: str
    key: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def value(self) -> str:
        return f"each.{self.column} ->> '{self.key}'" if self.key else f"each.{self.column}"

    @property
    def item(self) -> str:
        return "each.item_id" if any(field.name == "item" for field in self.model._meta.fields) else "NULL::bigint"

    def replaced(self) -> str:
        """SQL of the column with %(after)s for what %(pattern)s finds, as long as it may be."""
        longest = getattr(self.model._meta.get_field(self.column), "max_length", None) or 1_000_000_000
        text = f"left(regexp_replace({self.value}, %(pattern)s, %(after)s, 'gi'), {longest})"
        return f"jsonb_set({self.column}, '{{{self.key}}}', to_jsonb({text}))" if self.key else text


TEXTS = (
    Text("Comments", Comment, "text"),
    Text("Rationales", Annotation, "rationale"),
    Text("Comments of decisions", Resolution, "comment"),
    Text("Comments of answers that were returned", ReturnedAnswer, "comment"),
    Text("Reasons of flags", Flag, "reason"),
    Text("Reasons for skipping", Assignment, "reason"),
    Text("Notes of invitations", Invitation, "note"),
    Text("Guidelines", Project, "guidelines"),
    Text("Earlier guidelines", ProjectRevision, "guidelines"),
    Text("Comments in the log", Event, "data", "comment"),
    Text("Reasons in the log", Event, "data", "reason"),
)


@dataclass(frozen=True, slots=True)
class Mention:
    """`count` texts of one kind in a project; `items`: the first SHOWN items that they are about."""

    title: str
    project: str
    count: int
    items: list[int]


def find_mentions(names: Collection[str]) -> list[Mention]:
    """Texts in which one of `names` stands as a word, in small letters or capitals; LISTED at most.

    Reads every text of the site.
    """
    found = []
    with connection.cursor() as cursor:
        for text in TEXTS:
            project = "id" if text.model is Project else "project_id"
            cursor.execute(
                f"SELECT project.slug, count(*), (array_agg(DISTINCT {text.item}))[:{SHOWN}] "
                f"FROM {text.table} each JOIN {Project._meta.db_table} project ON project.id = each.{project} "
                f"WHERE {text.value} ~* %(pattern)s GROUP BY project.slug ORDER BY project.slug LIMIT {LISTED}",
                {"pattern": _pattern(names)},
            )
            found += [
                Mention(text.title, slug, count, [item for item in items if item is not None])
                for slug, count, items in cursor.fetchall()
            ]
    return found[:LISTED]


def replace_mentions(cursor: Any, names: Collection[str], after: str) -> None:
    """Put `after`, of letters, digits and hyphens, wherever `find_mentions` finds one.

    Call where the log may be written (`synthweb.erase`).
    """
    told = {"pattern": _pattern(names), "after": after}
    for text in TEXTS:
        cursor.execute(
            f"UPDATE {text.table} each SET {text.column} = {text.replaced()} WHERE {text.value} ~* %(pattern)s", told
        )


def _pattern(names: Collection[str]) -> str:
    """For PostgreSQL: any of `names`, the longest first, and not as part of a word."""
    escaped = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
    return rf"(?<!\w)(?:{'|'.join(escaped)})(?!\w)"
