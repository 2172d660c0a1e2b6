"""What a change of a project's questions would touch, exactly; and whether the answers there are permit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db.models import F, Func, JSONField, Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import override

from annotation.models import Annotation, Item, KeptAnswer, KeptNoun, Project, Resolution, SchemaChange
from annotation.questions import (
    Changed,
    InvalidAnswer,
    InvalidQuestion,
    Moves,
    apply_change,
    followed,
    parse_questions,
    reversed_moves,
    type_of,
)

from .errors import Refused


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would touch: current answers of people and models, decisions, checks, and the items under them."""

    summary: str
    people: int
    models: int
    decisions: int
    checks: int
    items: int
    returned_answers: int
    """People's answers that have to be given anew."""
    returned_items: int

    @property
    def answers(self) -> int:
        return self.people + self.models


def preview_change(project: Project, change: Mapping[str, Any]) -> tuple[Changed, Effect]:
    """What a change would leave and touch, exactly, as things stand; nothing is written. Raises Refused."""
    changed = changed_by(project, change)
    return changed, _effect(project, changed.summary, changed.moves)


def preview_undo(change: SchemaChange) -> Effect:
    """What taking a change back would touch beside what it restores: answers given since."""
    return _effect(
        change.project, _("Undoes: %(summary)s") % {"summary": change.told()}, moves_back(change), since=change
    )


def changed_by(project: Project, change: Mapping[str, Any]) -> Changed:
    """What the change leaves of the questions. Raises Refused, also where stored answers forbid it."""
    try:
        changed = apply_change(project.questions, project.fields, change)
    except InvalidQuestion as error:
        raise Refused(str(error), "change") from error
    _refuse_what_answers_forbid(project, changed)
    return changed


def _refuse_what_answers_forbid(project: Project, changed: Changed) -> None:
    """New settings, and new options among those that are put in order, have to suit every answer there is."""
    before = {question.name: question for question in project.question_list}
    for question in parse_questions(changed.questions):
        old = before.get(question.name)
        if old is None:
            continue
        move = changed.moves.get(question.name) or {}
        more = type_of(question).shuffled and {move.get(value, value) for value in old.values} < set(question.values)
        if question.settings == old.settings and not more:
            continue
        # Answers that chose a retired option stay readable, so they fit.
        lenient = replace(question, options=tuple(replace(option, retired=False) for option in question.options))
        given = Annotation.objects.current().filter(project=project, answers__has_key=question.name).order_by()
        for answers, fields in given.values_list("answers", "item__fields").iterator(chunk_size=2_000):
            after = followed(before, {question.name: answers[question.name]}, changed.moves)
            try:
                if after:
                    type_of(question).clean(lenient, after[question.name], fields)
            except InvalidAnswer as error:
                raise Refused(
                    _("An answer that was given would not fit any more: %(error)s") % {"error": error}, "change"
                ) from error


def _effect(project: Project, summary: str, moves: Moves, since: SchemaChange | None = None) -> Effect:
    touched, anew = _conditions(project, moves)
    answers = Annotation.objects.current().filter(project=project)
    decisions = Resolution.objects.filter(project=project).filter(touched)
    if since is not None:
        # What the change met is restored as it was.
        met = KeptAnswer.objects.filter(change=since).values("row")
        answers = answers.filter(schema_version__gte=since.version).exclude(pk__in=met.filter(noun=KeptNoun.ANNOTATION))
        decisions = decisions.filter(schema_version__gte=since.version)
        decisions = decisions.exclude(pk__in=met.filter(noun=KeptNoun.RESOLUTION))
    people, models = answers.human().filter(touched), answers.by_models().filter(touched)
    checks = Item.objects.filter(project=project, gold__isnull=False).filter(_conditions(project, moves, "gold")[0])
    returned = answers.human().filter(anew)
    under = answers.filter(touched).order_by().values("item_id").union(decisions.order_by().values("item_id"))
    return Effect(
        summary=summary,
        people=people.count(),
        models=models.count(),
        decisions=decisions.count(),
        checks=0 if since is not None else checks.count(),
        items=under.count(),
        returned_answers=returned.count(),
        returned_items=returned.order_by().values("item_id").distinct().count(),
    )


def _conditions(project: Project, moves: Moves, column: str = "answers") -> tuple[Q, Q]:
    """Which rows' answers a change touches, and which of them have to be given anew."""
    nobody = Q(pk__in=[])
    touched, anew = nobody, nobody
    questions = {question.name: question for question in project.question_list}
    for name, move in moves.items():
        if move is None:
            touched |= Q(**{f"{column}__has_key": name})
            # Nothing is left of an answer to this question alone.
            rest = Func(
                F(column), Value(name), template="(%(expressions)s)", arg_joiner=" - ", output_field=JSONField()
            )
            anew |= Q(**{f"{column}__has_key": name}) & Q(Exact(rest, Value({}, JSONField())))
            continue
        for option, successor in move.items():
            holds = Q(**{f"{column}__contains": {name: type_of(questions[name]).holding(option)}})
            touched |= holds
            anew |= holds if successor is None else nobody
    return touched, anew


def summary_of(project: Project, change: Mapping[str, Any]) -> str:
    """What a change does, as it is stored: in English, whoever makes it."""
    with override(settings.LANGUAGE_CODE):
        return apply_change(project.questions, project.fields, change).summary


def undoing(change: SchemaChange) -> str:
    """An undo in a sentence, as it is stored."""
    return f"Undoes: {change.summary}"


def moves_back(change: SchemaChange) -> Moves:
    """What an undo makes of answers given since the change."""
    return reversed_moves(change.before, Changed(change.after, change.moves, change.summary), change.change)
