"""From filters to rows: the same items for a page, the API and a change of many items."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual

from .annotation import Annotation
from .filters import FLAGGED, LITERAL, WAITING, Filters, split_label
from .flag import Flag
from .item import UNVOTED, Item, ItemQuerySet, Stage
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
SEARCHED = {"search", "match", "metadata"}
EVERYWHERE = Q()
BEGINNING = "nullif(replace(trim(annotation_words(%(expressions)s)), ' ', ' <-> '), '') || ':*'"


def select(
    project: Project, filters: Filters, *, among: Collection[int] | None = None, within: Q = EVERYWHERE
) -> ItemQuerySet:
    """The project's items that fit all of `filters`, and are `among` these ids where those are given; unordered.

    `within`: bounds of their `pk`, by which a search of part of the items reads no more than that part.
    """
    items = Item.objects.filter(within, project=project)
    if among is not None:
        items = items.filter(pk__in=list(among))
    if filters.stage:
        items = items.filter(stage=filters.stage)
    if filters.label:
        items = items.filter(facets__overlap=_staged(filters, _facets(project, filters.label)))
    if filters.decided_by:
        items = items.filter(facets__overlap=_staged(filters, [f"@{filters.decided_by}"]))
    items = _ranked(items, filters)
    if filters.source:
        items = items.filter(source=filters.source)
    if filters.split:
        items = items.filter(split=filters.split)
    if filters.audit is not None:
        items = items.filter(audit=filters.audit)
    if filters.gold is not None:
        items = items.filter(gold__isnull=not filters.gold)
    if filters.reason:
        items = _waiting(items, filters.reason)
    if filters.parent is not None:
        items = items.filter(parents=filters.parent)
    if filters.child is not None:
        items = items.filter(children=filters.child)
    entries, left = _entries(project, filters, within)
    if entries is not None:
        items = items.filter(pk__in=entries.values("pk"))
    return _answered(_dated(items.search(left), filters), filters)


def select_keys(
    project: Project, filters: Filters, *, among: Collection[int] | None = None, within: Q = EVERYWHERE
) -> QuerySet[Any, Any]:
    """Rows whose `pk` are those of `select`: entries of the search alone, where nothing else is asked."""
    if among is None and not set(filters.asked) - SEARCHED:
        entries, left = _entries(project, filters, within)
        if entries is not None and not left:
            return entries
    return select(project, filters, among=among, within=within)


def _entries(project: Project, filters: Filters, within: Q) -> tuple[QuerySet[ItemSearch] | None, str]:
    """What the search's index finds, None where it is not asked; and the text that has to be looked for without it."""
    words = filters.search if filters.search.strip() else ""
    query = None if filters.match == LITERAL or UNSPACED.search(words) else words_query(words)
    entries = ItemSearch.objects.filter(within, project=project)
    if filters.metadata:
        entries = entries.filter(facts__contains=[filters.metadata[:FACT_LENGTH]])
    if query is not None:
        entries, words = entries.filter(words=query), ""
    return (entries if filters.metadata or query is not None else None), words


def _ranked(items: ItemQuerySet, filters: Filters) -> ItemQuerySet:
    """Asked of the very expressions that the indexes of the list's orders are on."""
    how_sure, agreed = Coalesce("sureness", UNVOTED), F("disagreement") * -1
    if filters.sure_from is not None or filters.sure_to is not None:
        items = items.filter(LessThan(how_sure, UNVOTED))
    if filters.sure_from is not None:
        items = items.filter(GreaterThanOrEqual(how_sure, filters.sure_from))
    if filters.sure_to is not None:
        items = items.filter(LessThanOrEqual(how_sure, filters.sure_to))
    if filters.disagreement is not None:
        items = items.filter(LessThanOrEqual(agreed, -filters.disagreement))
    return items


def _waiting(items: ItemQuerySet, reason: str) -> ItemQuerySet:
    """For a reviewer."""
    if reason == FLAGGED:
        return items.filter(Exists(Flag.objects.open().filter(item=OuterRef("pk"))))
    return items.in_review() if reason == WAITING else items.filter(review_reason=reason)


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
