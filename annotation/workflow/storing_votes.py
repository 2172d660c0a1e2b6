"""Write items with the votes and decisions that they bring, by the thousand.

Items that are new get their stage before they are written (`advance_unborn`): every row is written once. Those that are
there already gain the votes of annotators who have none on them, and are advanced.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.exchange import ImportedItem, ImportedVote, Loss, spelled
from annotation.models import Item, Project, Resolution, Verb

from .advancing import Leading, Move, advance, advance_unborn
from .copying import NULL, array, copy_rows, document, escaped, flag, number, text
from .naming_annotators import Known, annotators_named, reviewers_named
from .settling import Vote
from .storing import BROUGHT, already_here, brought_by, hold, indexed_later, is_audited, reserve, store_items
from .weighing import Calibrators, calibrators_of, weighed

ITEM = (
    "id", *BROUGHT, "project_id", "stage", "priority", "sampled", "version", "slots", "taken", "sureness",
    "disagreement", "facets", "review_reason", "created_at", "settled_at",
)  # fmt: skip
ANNOTATION = (
    "project_id", "item_id", "annotator_id", "answers", "distribution", "confidence", "rationale", "raw_reply",
    "seconds", "suggestion_seen", "shown", "advice", "as_check", "schema_version", "idempotency_key", "created_at",
)  # fmt: skip
CONSENSUS = (
    "project_id", "item_id", "question", "value", "posterior", "distribution", "method", "votes", "decided_by",
    "updated_at",
)  # fmt: skip
EVENT = ("project_id", "item_id", "verb", "data")
RESOLUTION = (
    "project_id", "item_id", "reviewer_id", "reviewer_name", "answers", "ambiguous", "distribution", "merge", "comment",
    "version", "schema_version", "created_at",
)  # fmt: skip
STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS annotation_import_stage ON COMMIT DELETE ROWS
AS SELECT {", ".join(ANNOTATION)} FROM annotation_annotation WITH NO DATA
"""
# Somebody may answer this very moment: whoever came first stays.
ADD = f"""
INSERT INTO annotation_annotation ({", ".join(ANNOTATION)})
SELECT {", ".join(ANNOTATION)} FROM annotation_import_stage
ON CONFLICT (item_id, annotator_id) WHERE superseded_at IS NULL DO NOTHING
RETURNING item_id, annotator_id
"""
ANSWERED = gettext_noop("Answers of annotators who had answered the item already: the earlier ones stay.")
DECIDED = gettext_noop("Decisions on items that were decided here already.")
ADVICE = ("judge",)


@dataclass(slots=True)
class Stored:
    """What became of items: `created` by content hash, how many `answers` came with them, what did not come in."""

    created: dict[bytes, int]
    answers: int = 0
    losses: list[tuple[int, Loss]] = field(default_factory=list)
    """(line, what)"""


@dataclass(slots=True)
class _Brought:
    """What the rows that show the same thing say together."""

    item: ImportedItem
    votes: dict[tuple[str, str], ImportedVote] = field(default_factory=dict)
    """By (kind of annotator, name): the last one counts."""
    decision: ImportedVote | None = None


def store_with_votes(project: Project, items: Sequence[ImportedItem]) -> Stored:
    """Insert the items that are new, and what annotators said of any of them. Call inside a transaction.

    `project` is as it was when the votes were checked; where its questions changed since, they follow.
    """
    if not any(item.votes for item in items):
        return Stored(store_items(project, items))
    slots, version = hold(project)
    brought, stored = _gathered(items)
    here = already_here(project, brought)
    if version != project.schema_version:
        created = store_items(project, [each.item for each in brought.values()])
        stored.created.update(created)
        here |= created
    fresh = {key: each for key, each in brought.items() if key not in here}
    stored.created.update(_store_fresh(project, fresh, slots, stored))
    _add_votes(project, {here[key]: each for key, each in brought.items() if key in here}, stored)
    return stored


def _gathered(items: Sequence[ImportedItem]) -> tuple[dict[bytes, _Brought], Stored]:
    brought: dict[bytes, _Brought] = {}
    stored = Stored({})
    for item in items:
        each = brought.setdefault(item.content_hash, _Brought(item))
        for vote in item.votes:
            if vote.kind == "reviewer":
                if each.decision is not None:
                    stored.losses.append((item.line, Loss(_(DECIDED), vote.annotator)))
                each.decision = vote
                continue
            who = ("human" if vote.kind == "human" else "model", vote.annotator)
            if who in each.votes:
                stored.losses.append((each.item.line, Loss(_(ANSWERED), vote.annotator)))
            each.votes[who] = vote
    return brought, stored


def _store_fresh(project: Project, fresh: dict[bytes, _Brought], slots: int, stored: Stored) -> dict[bytes, int]:
    if not fresh:
        return {}
    created = reserve(fresh)
    known = annotators_named(project, {who for each in fresh.values() for who in each.votes})
    now = timezone.now()
    at = now.isoformat()
    blank = Item(project_id=project.pk, created_at=now)
    unborn = {pk: _item(blank, project, pk, fresh[key], slots) for key, pk in created.items()}
    resolutions = _resolutions(project, {created[key]: each for key, each in fresh.items()}, now)
    moved = advance_unborn(
        project,
        list(unborn.values()),
        _votes(project, {created[key]: fresh[key] for key in created}, known),
        resolutions,
    )
    annotations = [
        _annotation(project, created[key], known[who].pk, vote, at)
        for key, each in fresh.items()
        for who, vote in each.votes.items()
    ]
    with indexed_later(project, created.values()):
        rows = (_item_row(project, unborn[pk], fresh[key].item, at) for key, pk in created.items())
        copy_rows("annotation_item", ITEM, rows)
    copy_rows("annotation_annotation", ANNOTATION, annotations)
    copy_rows("annotation_consensus", CONSENSUS, (_consensus_row(project, row, at) for row in moved.consensus))
    copy_rows("annotation_event", EVENT, (_event_row(project, move) for move in moved.moves))
    copy_rows("annotation_resolution", RESOLUTION, (_resolution_row(row) for row in resolutions.values()))
    stored.answers += len(annotations)
    return created


def _add_votes(project: Project, brought: dict[int, _Brought], stored: Stored) -> None:
    """To items that are there, in the order in which everybody locks items."""
    brought = {pk: each for pk, each in sorted(brought.items()) if each.votes or each.decision}
    if not brought:
        return
    known = annotators_named(project, {who for each in brought.values() for who in each.votes})
    locked = Item.objects.select_for_update(no_key=True).filter(pk__in=brought).order_by("pk")
    versions = dict(locked.values_list("pk", "version"))
    now = timezone.now()
    rows = [
        _annotation(project, pk, known[who].pk, vote, now.isoformat())
        for pk, each in brought.items()
        for who, vote in each.votes.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        # ON COMMIT is too late for a second call in the same transaction.
        cursor.execute("TRUNCATE annotation_import_stage")
        copy_rows("annotation_import_stage", ANNOTATION, rows)
        cursor.execute(ADD)
        added = set(cursor.fetchall())
    stored.answers += len(added)
    for pk, each in brought.items():
        for who, vote in each.votes.items():
            if (pk, known[who].pk) not in added:
                stored.losses.append((each.item.line, Loss(_(ANSWERED), vote.annotator)))
    people = {each.pk for each in known.values() if each.is_human}
    places = Counter(item for item, annotator in added if annotator in people)
    for count in set(places.values()):
        # Everyone who answered elsewhere has a place here, overlap or not.
        answered = Item.objects.filter(pk__in=[item for item, answers in places.items() if answers == count])
        answered.update(taken=F("taken") + count, slots=Greatest(F("slots"), F("taken") + count))
    decided = _decide(project, brought, versions, now, stored)
    # A copy: what the caller checked its votes by stays as it is.
    today = Project.objects.get(pk=project.pk)
    touched = {item for item, _annotator in added}
    advance(today, touched - decided)
    if decided:
        advance(today, decided, decision=True)


def _decide(
    project: Project, brought: dict[int, _Brought], versions: dict[int, int], now: Any, stored: Stored
) -> set[int]:
    """Decisions on items that nobody has decided here."""
    wanted = {pk: each for pk, each in brought.items() if each.decision}
    before = set(Resolution.objects.filter(item__in=wanted).values_list("item_id", flat=True))
    for pk in before:
        stored.losses.append((wanted[pk].item.line, Loss(_(DECIDED))))
    new = _resolutions(project, {pk: each for pk, each in wanted.items() if pk not in before}, now)
    for pk, row in new.items():
        row.version = versions[pk]
    copy_rows("annotation_resolution", RESOLUTION, (_resolution_row(row) for row in new.values()))
    return set(new)


def _votes(
    project: Project, brought: dict[int, _Brought], known: dict[tuple[str, str], Known]
) -> dict[int, list[Vote]]:
    """What counts of them: a judge's advice does not."""
    questions = project.question_list
    calibrators: Calibrators = calibrators_of({each.labeler for each in known.values() if each.labeler})
    votes: dict[int, list[Vote]] = defaultdict(list)
    for pk, each in brought.items():
        for who, vote in each.votes.items():
            if vote.kind not in ADVICE:
                said = known[who]
                votes[pk].append(
                    weighed(
                        questions,
                        said.pk,
                        who[0],
                        said.weight,
                        vote.answers,
                        vote.distribution,
                        calibrators.get(said.labeler) if said.labeler else None,
                    )
                )
    return votes


def _item(blank: Item, project: Project, pk: int, each: _Brought, slots: int) -> Item:
    """A copy of `blank` with what this one is; Django takes ten times as long to make one from nothing."""
    item, known = Item.__new__(Item), each.item
    item.__dict__.update(blank.__dict__)
    taken = sum(kind == "human" for kind, _who in each.votes)
    item.__dict__.update(
        id=pk,
        fields=known.fields,
        metadata=known.metadata,
        external_id=known.external_id,
        content_hash=known.content_hash,
        gold=known.gold or None,
        split=known.split,
        source=known.source,
        audit=is_audited(project, known.content_hash),
        slots=max(slots, taken),
        taken=taken,
        # A reviewer who had looked at the item before would be told.
        version=int(each.decision is not None),
    )
    return item


def _resolutions(project: Project, brought: dict[int, _Brought], now: Any) -> dict[int, Resolution]:
    decided = {pk: each.decision for pk, each in brought.items() if each.decision is not None}
    reviewers = reviewers_named(project, {vote.annotator for vote in decided.values()})
    return {
        pk: Resolution(
            project_id=project.pk,
            item_id=pk,
            reviewer_id=reviewers.get(vote.annotator),
            reviewer_name=vote.annotator,
            answers=vote.answers,
            ambiguous=bool(vote.distribution),
            distribution=vote.distribution,
            comment=vote.rationale,
            version=0,
            schema_version=project.schema_version,
            created_at=vote.at or now,
        )
        for pk, vote in decided.items()
    }


def _annotation(project: Project, item: int, annotator: int, vote: ImportedVote, now: str) -> tuple[str, ...]:
    return (
        str(project.pk), str(item), str(annotator), document(vote.answers), document(vote.distribution),
        number(vote.confidence), text(vote.rationale), "", number(vote.seconds), "f", "{}", flag(vote.kind in ADVICE),
        "f", str(project.schema_version), "", vote.at or now,
    )  # fmt: skip


def _item_row(project: Project, item: Item, known: ImportedItem, at: str) -> tuple[str, ...]:
    return (
        str(item.pk), *brought_by(project, known), str(project.pk), str(item.stage), number(item.priority),
        flag(item.sampled), str(item.version), str(item.slots), str(item.taken), number(item.sureness),
        number(item.disagreement), array(item.facets), str(item.review_reason), at,
        item.settled_at.isoformat() if item.settled_at else NULL,
    )  # fmt: skip


def _consensus_row(project: Project, row: Leading, at: str) -> tuple[str, ...]:
    return (
        str(project.pk), str(row.item), row.question, escaped(spelled(row.value)), number(row.posterior),
        document(row.distribution), row.method, str(row.votes), row.decided_by, at,
    )  # fmt: skip


def _event_row(project: Project, move: Move) -> tuple[str, ...]:
    return (str(project.pk), str(move.item), Verb.MOVED.value, document(move.data))


def _resolution_row(row: Resolution) -> tuple[str, ...]:
    return (
        str(row.project_id), str(row.item_id), NULL if row.reviewer_id is None else str(row.reviewer_id),
        text(row.reviewer_name), document(row.answers), flag(row.ambiguous), document(row.distribution), "{}",
        text(row.comment), str(row.version), str(row.schema_version), str(row.created_at),
    )  # fmt: skip
