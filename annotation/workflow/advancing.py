"""The one door: every stage transition and every consensus is written here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from annotation.models import (
    REVIEW_STAGES,
    Annotation,
    Annotator,
    Assignment,
    AssignmentState,
    Checkpoint,
    Consensus,
    Event,
    Item,
    Labeler,
    Piece,
    Project,
    Purpose,
    Resolution,
    ReturnedAnswer,
    Ruling,
    RunItem,
    RunPurpose,
    Stage,
    User,
    Verb,
)
from annotation.questions import Question, type_of

from .following import catch_up
from .fusing import fits_of
from .leading import Leading, certainty_of, decided, fused, ruled
from .publishing import publish
from .routing import Evidence, Policy, entropy, priority, reason_for, route, takes_ruling
from .ruling import rulings_on
from .sampling import draw, rates_of
from .settling import Fits, Verdict, Vote, knowledge_of, label_of, settle
from .weighing import weighed_votes

# `bulk_update` would spend longer on building its CASE of every item than all else here takes.
MOVE = """
UPDATE annotation_item item
SET stage = moved.stage, priority = moved.priority, version = moved.version, settled_at = moved.settled_at,
    sureness = moved.sureness, disagreement = moved.disagreement,
    review_reason = moved.review_reason, sampled = moved.sampled,
    facets = ARRAY(SELECT jsonb_array_elements_text(moved.facets))
FROM unnest(
    %s::bigint[], %s::text[], %s::float8[], %s::int[], %s::timestamptz[], %s::float8[], %s::float8[], %s::jsonb[],
    %s::text[], %s::bool[]
) AS moved (id, stage, priority, version, settled_at, sureness, disagreement, facets, review_reason, sampled)
WHERE item.id = moved.id
"""


@dataclass(slots=True)
class _Facts:
    """What is written about some items beside their votes."""

    judge: bool = False
    learned: bool = False
    """A labeler that learns from people keeps the queue in order."""
    resolutions: dict[int, Resolution] = field(default_factory=dict)
    judged: set[int] = field(default_factory=set)
    rulings: dict[int, Annotation] = field(default_factory=dict)
    skips: Counter[int] = field(default_factory=Counter)


class Move(NamedTuple):
    """An item's way from stage to stage: the `data` of its event."""

    item: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moved:
    """What is to be written beside the items that moved. Plain tuples: of a large file there are two for every row."""

    consensus: list[Leading]
    moves: list[Move]


def has_judge(project: Project) -> bool:
    """Whether somebody looks at disputes before reviewers do; panels and debates are made of judges."""
    judges = Labeler.objects.filter(project=project, kind="judge", active=True)
    return project.resolution != Ruling.NONE and judges.exists()


# No savepoint: an error in here must undo the answer that led here too.
@transaction.atomic(savepoint=False)
def advance(
    project: Project,
    items: Collection[int],
    *,
    decision: bool = False,
    user: User | None = None,
    annotator: Annotator | None = None,
    log: Sequence[Event] = (),
) -> list[Item]:
    """Recompute consensus and stage of `items` (ids of one project) from their rows, and log every move.

    `decision` says that a person answered or decided: the items' versions rise, so that a reviewer who looked at
    them before learns of it. `project` is refreshed where its questions changed since it was read. `log` holds the
    caller's own events, written before the moves.
    """
    # In id order, so that two batches that share items wait for each other instead of deadlocking.
    # By id alone: the planner takes a project without statistics yet for one row, and would read all of it.
    rows = Item.objects.select_for_update(no_key=True).filter(pk__in=items).order_by("pk")
    locked = [item for item in rows if item.project_id == project.pk]
    catch_up(project, [item.pk for item in locked])
    votes = weighed_votes(
        project.question_list, Annotation.objects.votes().filter(item__in=[item.pk for item in locked])
    )
    moved = _move(project, locked, votes, decision=decision)
    events = [
        Event(project_id=project.pk, item_id=pk, verb=Verb.MOVED, user=user, annotator=annotator, data=data)
        for pk, data in moved.moves
    ]
    _write(project, locked, moved.consensus, [*log, *events])
    if any(item.stage == Stage.DISPUTED for item in locked):
        publish("resolve_disputes", project.pk)
    return locked


def advance_unborn(
    project: Project, items: Sequence[Item], votes: Mapping[int, list[Vote]], resolutions: Mapping[int, Resolution]
) -> Moved:
    """What `advance` would make of items that are not stored yet but have their ids, with the votes and decisions
    that they bring. The items themselves are changed; the caller holds their project's row, and writes all of it.
    """
    moved = _move(project, items, votes, resolutions=resolutions)
    if any(item.stage == Stage.DISPUTED for item in items):
        publish("resolve_disputes", project.pk)
    return moved


def _move(
    project: Project,
    items: Sequence[Item],
    votes: Mapping[int, list[Vote]],
    *,
    decision: bool = False,
    resolutions: Mapping[int, Resolution] | None = None,
) -> Moved:
    """Set the stage of `items`, and what goes with it, by their votes and what else is written about them."""
    questions, fits = project.question_list, fits_of(project)
    verdicts = {item.id: settle(questions, votes.get(item.id, ()), item.fields, fits) for item in items}
    if resolutions is None:
        facts = _gather(project, verdicts, {item.id: item.wanted for item in items})
    else:
        facts = _gather_unborn(project, verdicts, resolutions)
    policy = Policy.of(project, judge=facts.judge)
    # Asked for once, where people settle an item at all.
    rates = cache(lambda: rates_of(project, (vote for each in votes.values() for vote in each)))
    consensus: list[Leading] = []
    moves: list[Move] = []
    doubts: dict[int, Evidence] = {}
    for item in items:
        pk = item.id
        verdict = verdicts[pk]
        before = item.stage
        if pk in facts.resolutions:
            item.stage = Stage.SETTLED
            leading = list(decided(pk, questions, facts.resolutions[pk]))
        else:
            label = label_of(questions, verdict) if project.accept_by_class else ""
            doubts[pk] = evidence = _evidence(item, verdict, facts, label)
            item.stage = route(evidence, policy)
            ruling = takes_ruling(evidence, policy)
            # A share of what people settle is looked at: not of what a judge does.
            by_people = item.stage == Stage.SETTLED != before and verdict.people and not ruling
            if by_people and draw(item, votes.get(pk, ()), rates()):
                doubts[pk] = evidence = replace(evidence, sampled=True)
                item.stage = route(evidence, policy)
            by_judge = item.stage == Stage.SETTLED and ruling
            leading = list(ruled(pk, questions, facts.rulings[pk]) if by_judge else fused(pk, verdict))
        consensus += leading
        item.sureness = min((row.posterior for row in leading), default=None)
        item.disagreement = verdict.disagreement
        item.facets = _facets(item.stage, questions, leading)
        if not verdict.people and not facts.learned:
            item.priority = priority(_worth_of(question, verdict, fits) for question in questions)
        item.version += decision
        if item.stage != before:
            item.settled_at = timezone.now() if item.stage == Stage.SETTLED else None
            moves.append(Move(pk, {"from": before, "to": item.stage, "posterior": round(verdict.posterior, 4)}))
    _explain(items, doubts)
    return Moved(consensus, moves)


def _gather(project: Project, verdicts: Mapping[int, Verdict], wanted: Mapping[int, int]) -> _Facts:
    """One query per kind of row; what only an item in doubt needs is not asked for the others."""
    facts = _Facts()
    for resolution in Resolution.objects.filter(item__in=verdicts).order_by("pk"):
        facts.resolutions[resolution.item_id] = resolution
    doubtful = [
        pk
        for pk, verdict in verdicts.items()
        if verdict.posterior < project.accept_threshold or verdict.people < max(1, project.min_human, wanted[pk])
    ]
    if not doubtful:
        return facts
    facts.learned = _has_learned(project, verdicts)
    _gather_judged(facts, project, [pk for pk in doubtful if _is_contested(verdicts[pk], project)])
    facts.skips.update(
        dict(
            Assignment.objects.filter(item__in=doubtful, state=AssignmentState.SKIPPED, purpose=Purpose.WORK)
            .values_list("item_id")
            .annotate(count=Count("pk"))
            .order_by()
        )
    )
    return facts


def _gather_unborn(project: Project, verdicts: Mapping[int, Verdict], resolutions: Mapping[int, Resolution]) -> _Facts:
    """Nothing is written about items that are not stored yet but what they bring, so nothing is looked for."""
    return _Facts(
        judge=any(_is_contested(verdict, project) for verdict in verdicts.values()) and has_judge(project),
        learned=_has_learned(project, verdicts),
        resolutions=dict(resolutions),
    )


def _has_learned(project: Project, verdicts: Mapping[int, Verdict]) -> bool:
    """Asked for items without people alone: an answer on its way in does not wait for it."""
    if all(verdict.people for verdict in verdicts.values()):
        return False
    return Checkpoint.objects.filter(labeler__project=project, labeler__active=True, answers__gt=0).exists()


def _is_contested(verdict: Verdict, project: Project) -> bool:
    """Whether everybody has been asked: before that nobody waits for a judge."""
    return verdict.people > 0 and verdict.people + verdict.unheard >= project.overlap


def _gather_judged(facts: _Facts, project: Project, contested: Sequence[int]) -> None:
    if not contested:
        return
    facts.judge = has_judge(project)
    facts.rulings = rulings_on(project, contested)
    if facts.judge:
        judged = RunItem.objects.filter(item__in=contested, run__purpose=RunPurpose.JUDGE)
        facts.judged.update(judged.exclude(state=Piece.PENDING).values_list("item_id", flat=True))


def _worth_of(question: Question, verdict: Verdict, fits: Fits) -> float:
    """What a person's vote on this question is expected to tell, in [0, 1]; the doubt, where nobody is known yet."""
    outcome = verdict.outcomes.get(question.name)
    if outcome is None:
        return 0.0
    told = knowledge_of(question, fits).worth(question, outcome.distribution)
    if told is not None:
        return told
    # Parts that do not exclude each other have no common entropy: their answer is as sure as the least sure of them.
    return entropy(outcome.distribution) if type_of(question).exclusive else 2 * (1 - max(outcome.posterior, 0.5))


def _evidence(item: Item, verdict: Verdict, facts: _Facts, label: str) -> Evidence:
    return Evidence(
        label=label,
        people=verdict.people,
        unheard=verdict.unheard,
        models=verdict.models,
        posterior=verdict.posterior,
        unanimous=verdict.unanimous,
        audit=item.audit,
        judged=item.id in facts.judged,
        ruled=certainty_of(facts.rulings.get(item.id)),
        skips=facts.skips[item.id],
        wanted=item.wanted,
        sampled=bool(item.sampled),
    )


def _explain(items: Sequence[Item], doubts: Mapping[int, Evidence]) -> None:
    """Why each waits for a reviewer: one query, where any does."""
    waiting = [item.id for item in items if item.stage in REVIEW_STAGES]
    returns = ReturnedAnswer.objects.filter(item__in=waiting).values_list("item_id", flat=True)
    returned = set(returns) if waiting else set()
    for item in items:
        item.review_reason = ""
        if item.stage in REVIEW_STAGES:
            item.review_reason = reason_for(doubts[item.id], item.stage, returned=item.id in returned)


def _facets(stage: str, questions: Sequence[Question], leading: Sequence[Leading]) -> list[str]:
    """What the item list finds these answers by: “stage:question=key”, and “stage:@people” for who decided.

    With the stage, because the two go together: a planner that took them for independent would walk all new items in
    search of one with a label.
    """
    answers = {row.question: row.value for row in leading}
    keys = [
        f"{stage}:{question.name}={key}"
        for question in questions
        if question.name in answers
        for key in type_of(question).keys(question, answers[question.name])
    ]
    return [*dict.fromkeys(keys), *sorted({f"{stage}:@{row.decided_by}" for row in leading})]


def _write(project: Project, items: list[Item], consensus: list[Leading], events: list[Event]) -> None:
    if len(consensus) < len(project.question_list) * len(items):
        # A question lost its last vote, or never had one.
        fresh = {(row.item, row.question) for row in consensus}
        written = Consensus.objects.filter(item__in=items).values_list("pk", "item_id", "question")
        Consensus.objects.filter(pk__in=[pk for pk, *key in written if tuple(key) not in fresh]).delete()
    Consensus.objects.bulk_create(
        [
            Consensus(
                project_id=project.pk,
                item_id=row.item,
                question=row.question,
                value=row.value,
                posterior=row.posterior,
                distribution=row.distribution,
                method=row.method,
                votes=row.votes,
                decided_by=row.decided_by,
            )
            for row in consensus
        ],
        update_conflicts=True,
        unique_fields=["item", "question"],
        update_fields=["value", "posterior", "distribution", "method", "votes", "decided_by", "updated_at"],
    )
    moved = [
        (
            item.pk,
            item.stage,
            item.priority,
            item.version,
            item.settled_at,
            item.sureness,
            item.disagreement,
            json.dumps(item.facets),
            item.review_reason,
            item.sampled,
        )
        for item in items
    ]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [list(column) for column in zip(*moved, strict=True)] or [[]] * 10)
    Event.objects.bulk_create(events)
