"""Stored answers follow the changes of their project's questions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from annotation.models import (
    Annotation,
    Assignment,
    AssignmentState,
    Item,
    KeptAnswer,
    KeptNoun,
    Project,
    Resolution,
    SchemaChange,
)
from annotation.questions import Question, followed, followed_distributions, parse_questions, translated

# How far back words of earlier questions are understood.
REMEMBERED = 100

REWRITE = """
UPDATE annotation_annotation answer
SET answers = fresh.answers::jsonb, distribution = fresh.distribution::jsonb, shown = fresh.shown::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS fresh (id, answers, distribution, shown)
WHERE answer.id = fresh.id
"""


@dataclass(slots=True)
class Followed:
    """What `follow` did: the items whose rows it wrote, and those that went back to people."""

    items: set[int] = field(default_factory=set)
    returned: set[int] = field(default_factory=set)


class History:
    """A project's changes, as answers given under any earlier version have to follow them."""

    def __init__(self, project: Project, since: int) -> None:
        rows = SchemaChange.objects.filter(project=project, version__gt=since).order_by("version")
        self.changes = list(rows.select_related("undoes"))
        self._before: dict[int, dict[str, Question]] = {}

    def steps(self, version: int) -> list[SchemaChange]:
        """What an answer of this version still has to follow. A change that was undone since concerns it not at all."""
        steps: list[SchemaChange] = []
        for change in self.changes:
            if change.version <= version:
                continue
            if steps and change.undoes_id == steps[-1].pk:
                steps.pop()
            else:
                steps.append(change)
        return steps

    def before(self, change: SchemaChange) -> dict[str, Question]:
        if change.pk not in self._before:
            self._before[change.pk] = {question.name: question for question in parse_questions(change.before)}
        return self._before[change.pk]


def catch_up(project: Project, items: Collection[int]) -> None:
    """Bring `project`, as its caller read it, and the answers to these items, which the caller has locked, to today.

    A change of the questions commits before it walks over the items. So whoever holds an item's lock either sees that
    the questions changed, or has written what the walk will find there.
    """
    today = Project.objects.values_list("schema_version", "shape_version", "fitting")
    # The same holds for a fit, which walks over the items likewise.
    version, shape, project.fitting_id = today.get(pk=project.pk)
    if version != project.schema_version:
        project.refresh_from_db(fields=["fields", "questions", "schema_version", "shape_version"])
    if shape > 1:
        follow(project, items)


def follow(project: Project, items: Collection[int]) -> Followed:
    """Bring the answers and decisions on these items, which the caller has locked, to the project's version.

    What they said is kept beside the change. An answer that has to be given anew is withdrawn, and its place is free.
    """
    done = Followed()
    stale = {"item__in": items, "schema_version__lt": project.shape_version}
    answers = list(
        Annotation.objects.current().filter(**stale).select_related("assignment", "annotator").order_by("pk")
    )
    decisions = list(Resolution.objects.filter(**stale).order_by("pk"))
    if not answers and not decisions:
        return done
    versions = [row.schema_version for row in answers] + [row.schema_version for row in decisions]
    history = History(project, min(versions))
    kept: list[KeptAnswer] = []
    _follow_answers(project, history, answers, kept, done)
    _follow_decisions(project, history, decisions, kept, done)
    # A lazy look at an item and the walk may meet here; whoever came first has kept what stood before.
    KeptAnswer.objects.bulk_create(kept, ignore_conflicts=True)
    return done


def in_todays_words(project: Project, answers: object) -> object:
    """Answers as they came, with options that are called otherwise since in their present names.

    Whoever had the page open, or scripted the API, while the questions changed is understood where there is no doubt.
    """
    if project.shape_version == 1 or not isinstance(answers, Mapping):
        return answers
    newest = SchemaChange.objects.filter(project=project).order_by("-version")[:REMEMBERED]
    moves: dict[str, dict[str, str | None] | None] = {}
    current = {question.name: question for question in project.question_list}
    for change in reversed(newest):
        for name, move in change.moves.items():
            if move is None:
                moves[name] = None
                continue
            told = moves.get(name) or {}
            moves[name] = {**move, **{old: move.get(new, new) if new else None for old, new in told.items()}}
    for name, move in moves.items():
        if name in current:
            known = {option.value for option in current[name].options}
            # What is called so today is meant as it is.
            moves[name] = {old: new for old, new in (move or {}).items() if old not in known}
    return translated(current, answers, moves)


def keep_gold(project: Project, gold: dict[str, Any]) -> dict[str, Any]:
    """Check answers that fit `project`, as its caller read it a while ago, as they read today."""
    history = History(project, project.schema_version)
    return followed_gold(history, gold, history.steps(project.schema_version))


def followed_gold(history: History, gold: Mapping[str, Any], steps: Iterable[SchemaChange]) -> dict[str, Any]:
    """Question by question: a check that nobody can answer any more is dropped, the others stay."""
    for change in steps:
        before = history.before(change)
        each = {name: followed(before, {name: value}, change.moves) for name, value in gold.items()}
        gold = {name: value for part in each.values() if part for name, value in part.items()}
    return dict(gold)


def _follow_answers(
    project: Project, history: History, rows: Sequence[Annotation], kept: list[KeptAnswer], done: Followed
) -> None:
    undone = [change.undoes_id for change in history.changes if change.undoes_id]
    memory = _memory(undone, KeptNoun.ANNOTATION, [row.pk for row in rows])
    rewritten, withdrawn = [], []
    for row in rows:
        state: dict[str, Any] | None = _state(row)
        for change in history.steps(row.schema_version):
            assert state is not None
            before, state = state, _after(history, change, state, memory.get((change.undoes_id, row.pk)))
            if state == before:
                continue
            values = {**before, "withdrawn": state is None, "schema_version": row.schema_version}
            kept.append(
                KeptAnswer(change=change, noun=KeptNoun.ANNOTATION, row=row.pk, item_id=row.item_id, values=values)
            )
            if state is None:
                withdrawn.append(row)
                break
        if state is not None and state != _state(row):
            rewritten.append((row.pk, *(json.dumps(state[key]) for key in ("answers", "distribution", "shown"))))
            done.items.add(row.item_id)
    if rewritten:
        with connection.cursor() as cursor:
            cursor.execute(REWRITE, [list(column) for column in zip(*rewritten, strict=True)])
    Annotation.objects.filter(pk__in=[row.pk for row in rows]).update(schema_version=project.schema_version)
    _withdraw(withdrawn)
    done.items.update(row.item_id for row in withdrawn)
    done.returned.update(row.item_id for row in withdrawn)


def _state(row: Annotation) -> dict[str, Any]:
    return {"answers": row.answers, "distribution": row.distribution, "shown": row.shown}


def _after(
    history: History, change: SchemaChange, state: Mapping[str, Any], remembered: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """An annotation after one change; None where it has to be given anew."""
    if remembered is not None and not remembered["withdrawn"]:
        return {key: remembered[key] for key in ("answers", "distribution", "shown")}
    before = history.before(change)
    answers = followed(before, state["answers"], change.moves)
    if not answers:
        return None
    shown = {}
    for name, order in state["shown"].items():
        move = change.moves.get(name, {})
        if move is not None:
            shown[name] = [move.get(value) or value for value in order]
    distribution = followed_distributions(before, state["distribution"], change.moves)
    return {"answers": answers, "distribution": distribution, "shown": shown}


def _withdraw(rows: Sequence[Annotation]) -> None:
    if not rows:
        return
    Annotation.objects.filter(pk__in=[row.pk for row in rows]).update(superseded_at=timezone.now())
    leases = [row.assignment_id for row in rows if row.assignment_id]
    # Expired rather than answered: the same person may be given the item again.
    Assignment.objects.filter(pk__in=leases, state=AssignmentState.ANSWERED).update(state=AssignmentState.EXPIRED)
    for item, places in Counter(row.item_id for row in rows if took_place(row)).items():
        Item.objects.filter(pk=item).update(taken=Greatest(F("taken") - places, 0))


def took_place(row: Annotation) -> bool:
    """Whether this answer uses one of its item's places. One that was imported does, a hidden check does not."""
    if not row.annotator.is_human or row.as_check:
        return False
    return row.assignment is None or row.assignment.takes_slot


def _follow_decisions(
    project: Project, history: History, rows: Sequence[Resolution], kept: list[KeptAnswer], done: Followed
) -> None:
    undone = [change.undoes_id for change in history.changes if change.undoes_id]
    memory = _memory(undone, KeptNoun.RESOLUTION, [row.pk for row in rows])
    for row in rows:
        answers: dict[str, Any] | None = row.answers
        shares = row.distribution
        for change in history.steps(row.schema_version):
            assert answers is not None
            before, before_shares = answers, shares
            remembered = memory.get((change.undoes_id, row.pk))
            answers = remembered["answers"] if remembered else followed(history.before(change), before, change.moves)
            shares = (
                remembered.get("distribution", shares)
                if remembered
                else followed_distributions(history.before(change), shares, change.moves)
            )
            if (answers, shares) == (before, before_shares):
                continue
            values = {**_whole(row), "answers": before, "distribution": before_shares, "withdrawn": not answers}
            kept.append(
                KeptAnswer(change=change, noun=KeptNoun.RESOLUTION, row=row.pk, item_id=row.item_id, values=values)
            )
            done.items.add(row.item_id)
            if not answers:
                done.returned.add(row.item_id)
                break
        if answers:
            Resolution.objects.filter(pk=row.pk).update(
                answers=answers, distribution=shares, schema_version=project.schema_version
            )
        else:
            # Kept whole beside the change: a decision that decides nothing would hold the item.
            row.delete()


def _whole(row: Resolution) -> dict[str, Any]:
    return {
        "reviewer": row.reviewer_id,
        "comment": row.comment,
        "ambiguous": row.ambiguous,
        "merge": row.merge,
        "version": row.version,
        "schema_version": row.schema_version,
        "created_at": row.created_at.isoformat(),
    }


def _memory(changes: Collection[int], noun: KeptNoun, rows: Collection[int]) -> dict[tuple[int | None, int], Any]:
    """(change, row) → what it said before that change."""
    if not changes:
        return {}
    found = KeptAnswer.objects.filter(change__in=changes, noun=noun, row__in=rows)
    return {(change, row): values for change, row, values in found.values_list("change_id", "row", "values")}


def bring_back(change: SchemaChange, items: Collection[int], project: Project) -> set[int]:
    """Restore what `change` withdrew on these items, which the caller has locked; the items that got something back.

    An answer that was given anew since stands.
    """
    touched: set[int] = set()
    for kept in KeptAnswer.objects.filter(change=change, item__in=items, values__withdrawn=True).order_by("row"):
        if kept.noun == KeptNoun.RESOLUTION:
            values = {key: value for key, value in kept.values.items() if key not in ("withdrawn", "reviewer")}
            values |= {"reviewer_id": kept.values["reviewer"], "schema_version": project.schema_version}
            created_at = values.pop("created_at")
            row = Resolution(pk=kept.row, project=project, item_id=kept.item_id, **values)
            row.save(force_insert=True)
            Resolution.objects.filter(pk=row.pk).update(created_at=created_at)
            touched.add(kept.item_id)
        elif _bring_back_answer(kept, project):
            touched.add(kept.item_id)
    return touched


def _bring_back_answer(kept: KeptAnswer, project: Project) -> bool:
    row = Annotation.objects.select_related("assignment", "annotator").filter(pk=kept.row).first()
    if row is None or Annotation.objects.current().filter(item=row.item_id, annotator=row.annotator_id).exists():
        return False
    row.superseded_at, row.schema_version = None, project.schema_version
    row.answers, row.distribution, row.shown = (kept.values[key] for key in ("answers", "distribution", "shown"))
    row.save(update_fields=["superseded_at", "schema_version", "answers", "distribution", "shown"])
    place = int(took_place(row))
    answered = row.assignment
    if answered is not None:
        # Whoever has the item open again need not answer it again.
        again = Assignment.objects.open().filter(item=row.item_id, annotator=row.annotator_id)
        for lease in again:
            place -= int(lease.takes_slot)
        again.update(state=AssignmentState.EXPIRED, closed_at=Now())
        others = Assignment.objects.filter(item=row.item_id, annotator=row.annotator_id).exclude(pk=answered.pk)
        if not others.exclude(state=AssignmentState.EXPIRED).exists():
            Assignment.objects.filter(pk=answered.pk).update(state=AssignmentState.ANSWERED)
    Item.objects.filter(pk=row.item_id).update(taken=F("taken") + place, slots=Greatest(F("slots"), F("taken") + place))
    return True
