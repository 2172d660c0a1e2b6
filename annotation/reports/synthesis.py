"""What became of a recipe's requests, and where a generated item comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from annotation.models import Asking, Candidate, Fate, Item, Project, SynthesisRun
from annotation.questions import as_texts

# Decided by people; of these, made to be something; and decided to be that. Until people have looked, nothing is known.
REVIEWED = """
SELECT count(*),
count(*) FILTER (WHERE candidate.answers <> '{}'),
count(*) FILTER (WHERE candidate.answers <> '{}' AND NOT EXISTS (
    SELECT FROM jsonb_each(candidate.answers) AS made (question, answer) WHERE NOT EXISTS (
        SELECT FROM annotation_consensus decided
        WHERE decided.item_id = item.id AND decided.question = made.question AND decided.value = made.answer
    )
))
FROM annotation_candidate candidate JOIN annotation_item item ON item.id = candidate.item_id
WHERE candidate.run_id = %s AND candidate.fate = 'kept' AND candidate.vetting <> 'accepted'
AND item.stage = 'settled' AND EXISTS (
    SELECT FROM annotation_consensus decided
    WHERE decided.item_id = item.id AND decided.decided_by IN ('people', 'reviewer')
)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: how many came through it and how many stayed behind, and the fate that those share.

    `name`: requested, parsed, a filter's name, distinct, reviewed or accepted. `filter`: where it is one's.
    """

    name: str
    count: int
    lost: int = 0
    fate: str = ""
    filter: str = ""


def funnel_of(run: SynthesisRun, filters: Iterable[str]) -> list[Step]:
    """From requests to accepted items; the recipe's own checks come before its `filters`, which are in their order.

    A request may lead to several outcomes, or to none of its own. Where no model is asked, the first step is left out.
    """
    order = list(filters)
    own = [name for name in run.filtered if name not in order]
    left = run.outcomes - run.unparsed
    steps = [Step("requested", run.requested, run.failed)] if run.requested else []
    steps.append(Step("parsed", left, run.unparsed, Fate.UNPARSED.value))
    for name in [*own, *order]:
        lost = run.filtered.get(name, 0)
        left -= lost
        steps.append(Step(name, left, lost, Fate.FILTERED.value, name))
    steps.append(Step("distinct", run.kept, run.duplicates, Fate.DUPLICATE.value))
    reviewed, intended, accepted = reviewed_of(run)
    return [*steps, Step("reviewed", reviewed), Step("accepted", accepted, intended - accepted)]


def reviewed_of(run: SynthesisRun) -> tuple[int, int, int]:
    """(items that people have decided, those of them that were made to be something, those of these that are it)."""
    with connection.cursor() as cursor:
        cursor.execute(REVIEWED, [run.pk])
        return cursor.fetchone()


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate with its text and its parents', as far as they are there still."""

    row: Candidate
    text: str
    parents: list[tuple[int, str]]


def shown_candidates(project: Project, rows: Iterable[Candidate]) -> list[Shown]:
    rows = list(rows)
    wanted = {pk for row in rows for pk in row.parents}
    parents = Item.objects.filter(project=project, pk__in=wanted).values_list("pk", "fields")
    texts = {pk: text_of(project, fields) for pk, fields in parents}
    return [
        Shown(
            row,
            text_of(project, row.fields) if row.fields else "",
            [(pk, texts[pk]) for pk in row.parents if pk in texts],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one candidate comes from. `askings`: the requests that it is made of, with prompts and replies."""

    candidate: Candidate
    run: SynthesisRun
    askings: list[Asking] = field(default_factory=list)


def provenance_of(candidate: Candidate) -> Provenance:
    run = candidate.run
    asked = Asking.objects.filter(run=run, place__in=candidate.requests).select_related("call").order_by("place")
    return Provenance(candidate, run, list(asked))


def find_provenance(item: Item) -> Provenance | None:
    """None where no recipe made the item."""
    candidate = Candidate.objects.select_related("run__project", "run__created_by").filter(item=item.pk).first()
    return provenance_of(candidate) if candidate else None


def find_item_of(candidate: Candidate) -> Item | None:
    """The item that it became, where it is there still."""
    return Item.objects.filter(pk=candidate.item_id or 0, project=candidate.run.project_id).first()


def text_of(project: Project, fields: Mapping[str, Any]) -> str:
    """All that an item shows, a line for each field."""
    return "\n".join(text for text in as_texts(project.fields, fields).values() if text)
