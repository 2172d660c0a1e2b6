"""From filters to rows: the same items for a page, the API and a change of many items."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db.models import Exists, Func, OuterRef, Q, TextField, Value

from .annotation import Annotation
from .filters import LITERAL, Filters, split_label
from .flag import Flag
from .item import Item, ItemQuerySet, Stage
from .item_search import FACT_LENGTH, ItemSearch
from .project import Project

# Scripts that are written without spaces: there a word has no beginning, and only the text itself can be looked for.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
# A word, or “several words” in quotation marks, with an optional minus before it.
TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
# Read as the items' words were written (migration 0012): what is left has no operators. “x-ray” is x, then ray….
PHRASE = "annotation_words(%(expressions)s)"
BEGINNING = "nullif(replace(trim(annotation_words(%(expressions)s)), ' ', ' <-> '), '') || ':*'"


def select(project: Project, filters: Filters, *, among: Collection[int] | None = None) -> ItemQuerySet:
    """The project's items that fit all of `filters`, and are `among` these ids where those are given; unordered."""
    items = Item.objects.filter(project=project)
    if among is not None:
        items = items.filter(pk__in=list(among))
    if filters.stage:
        items = items.filter(stage=filters.stage)
    if filters.label:
        items = items.filter(facets__overlap=_staged(filters, _facets(project, filters.label)))
    if filters.decided_by:
        items = items.filter(facets__overlap=_staged(filters, [f"@{filters.decided_by}"]))
    if filters.sure_from is not None:
        items = items.filter(sureness__gte=filters.sure_from)
    if filters.sure_to is not None:
        items = items.filter(sureness__lte=filters.sure_to)
    if filters.disagreement is not None:
        items = items.filter(disagreement__gte=filters.disagreement)
    if filters.source:
        items = items.filter(source=filters.source)
    if filters.split:
        items = items.filter(split=filters.split)
    if filters.audit is not None:
        items = items.filter(audit=filters.audit)
    if filters.gold is not None:
        items = items.filter(gold__isnull=not filters.gold)
    if filters.parent is not None:
        items = items.filter(parents=filters.parent)
    if filters.child is not None:
        items = items.filter(children=filters.child)
    return _answered(_dated(_found(items, project, filters), filters), filters)


def _found(items: ItemQuerySet, project: Project, filters: Filters) -> ItemQuerySet:
    entries = ItemSearch.objects.filter(project=project)
    if filters.metadata:
        items = items.filter(pk__in=entries.filter(facts__contains=[filters.metadata[:FACT_LENGTH]]).values("pk"))
    if not filters.search.strip():
        return items
    query = None if filters.match == LITERAL or UNSPACED.search(filters.search) else words_query(filters.search)
    if query is None:
        return items.search(filters.search)
    return items.filter(pk__in=entries.filter(words=query).values("pk"))


def _dated(items: ItemQuerySet, filters: Filters) -> ItemQuerySet:
    for field, first, last in (
        ("created_at", filters.imported_from, filters.imported_to),
        ("settled_at", filters.settled_from, filters.settled_to),
    ):
        items = items.filter(_between(field, first, last))
    return items


def _answered(items: ItemQuerySet, filters: Filters) -> ItemQuerySet:
    answers = Annotation.objects.current().filter(item=OuterRef("pk"))
    if filters.answered_by is not None:
        items = items.filter(Exists(answers.filter(annotator=filters.answered_by)))
    if filters.not_answered_by is not None:
        items = items.filter(~Exists(answers.filter(annotator=filters.not_answered_by)))
    if filters.answered_from or filters.answered_to:
        when = _between("created_at", filters.answered_from, filters.answered_to)
        items = items.filter(Exists(answers.filter(when, annotator__kind="human")))
    if filters.flagged is not None:
        flags = Exists(Flag.objects.open().filter(item=OuterRef("pk")))
        items = items.filter(flags if filters.flagged else ~flags)
    return items


def _facets(project: Project, label: str) -> list[str]:
    question, key = split_label(label, project)
    return [f"{question}={key}"] if question else [f"{each.name}={key}" for each in project.question_list]


def _staged(filters: Filters, facets: list[str]) -> list[str]:
    """As they stand beside the items: with the stage."""
    stages = [filters.stage] if filters.stage else Stage.values
    return [f"{stage}:{facet}" for stage in stages for facet in facets]


def _between(field: str, first: date | None, last: date | None) -> Q:
    """Whole days, in UTC, both of them included."""
    chosen = Q()
    if first:
        chosen &= Q(**{f"{field}__gte": datetime.combine(first, time(), UTC)})
    if last:
        chosen &= Q(**{f"{field}__lt": datetime.combine(last, time(), UTC) + timedelta(days=1)})
    return chosen


def words_query(search: str) -> CombinedSearchQuery | SearchQuery | None:
    """Every word, or the beginning of one, and every “quoted phrase”; none that follows a minus.

    None where nothing in there is a word.
    """
    query: CombinedSearchQuery | SearchQuery | None = None
    for minus, phrase, word in TERM.findall(search):
        text = phrase or word
        if not any(character.isalnum() for character in text):
            continue
        term: Any = SearchQuery(
            Func(Value(text), template=PHRASE if phrase else BEGINNING, output_field=TextField()),
            config="simple",
            search_type="phrase" if phrase else "raw",
        )
        term = ~term if minus else term
        query = term if query is None else query & term
    return query
