"""How templates want items, questions, answers and votes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.models import Annotation, Assignment, Item, Project
from annotation.questions import NO_FIELDS, Fields, InvalidAnswer, Question, type_of, why

from .questions import details_of
from .requests import SignedInRequest

PREFIX = "answer-"
HOTKEYS = "1234567890"


def item_card(project: Project, item: Item, lease: Assignment | None = None) -> dict[str, Any]:
    """What an item shows, field by field, in the project's order; what `lease` has shuffled changes places."""
    fields = [{**field, "value": item.fields.get(field["name"], "")} for field in project.fields]
    if lease:
        for question in project.question_list:
            if type_of(question).shuffled:
                fields = _shuffled(fields, lease.shown_order(question))
    return {"id": item.pk, "external_id": item.external_id, "stage": item.stage, "fields": fields}


def question_cards(
    project: Project,
    *,
    draft: Mapping[str, Any],
    shares: Mapping[str, Mapping[str, float]] | None = None,
    suggested: Mapping[str, Any] | None = None,
    consensus: Mapping[str, Any] | None = None,
    error: InvalidAnswer | None = None,
    fields: Fields = NO_FIELDS,
    lease: Assignment | None = None,
) -> list[dict[str, Any]]:
    """One context per question for its template. `shares` is {question: {key: probability}}, `fields` the item's.

    `consensus` is given where somebody reviews: nothing then stands in an answer but what the votes say. An error that
    names no question of the project is shown at the first one.
    """
    questions = {question.name: question for question in project.question_list}
    at_fault = error.question if error else ""
    if error and at_fault not in questions:
        at_fault = next(iter(questions))
    return [
        _question_card(
            question,
            order=lease.shown_order(question) if lease and type_of(question).shuffled else question.values,
            draft=draft.get(name, ""),
            shares=(shares or {}).get(name, {}),
            suggested=(suggested or {}).get(name),
            consensus=(consensus or {}).get(name),
            reviewing=consensus is not None,
            field_text=fields.get(question.settings.get("field", "")),
        )
        | {
            "error": str(error) if name == at_fault else "",
            "why": why(question, questions) if question.condition else "",
        }
        for name, question in questions.items()
    ]


def read_answers(request: SignedInRequest, project: Project) -> dict[str, Any]:
    """{question: raw answer} as posted; the verb decides whether they fit, and what cannot be read does not."""
    questions = {question.name: question for question in project.question_list}
    answers: dict[str, Any] = {}
    for key in request.POST:
        if not key.startswith(PREFIX):
            continue
        name, posted = key.removeprefix(PREFIX), [str(value) for value in request.POST.getlist(key)]
        question = questions.get(name)
        try:
            raw: object = type_of(question).read(question, posted) if question else "".join(posted)
        except InvalidAnswer:
            raw = posted[0]
        if raw is not None and raw != "":
            answers[name] = raw
    return answers


def answer_titles(project: Project, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answers as a person reads them, in the order of the questions; what fits no question any more, as it is stored.

    `type` and `raw` are for those who show an answer better than in one line.
    """
    questions = {question.name: question for question in project.question_list}
    asked = [
        {
            "title": question.title,
            "value": _displayed(question, answers[name]),
            "type": question.type,
            "raw": answers[name],
        }
        for name, question in questions.items()
        if name in answers
    ]
    others = [
        {"title": name, "value": str(value), "type": "", "raw": value}
        for name, value in answers.items()
        if name not in questions
    ]
    return asked + others


def vote_card(project: Project, annotation: Annotation) -> dict[str, Any]:
    """Who said what, and how sure: what every list of votes shows. Its annotator must be loaded with it."""
    return {
        "annotator": annotation.annotator.name,
        "kind": "judge" if annotation.advice else "person" if annotation.annotator.is_human else "model",
        "answers": answer_titles(project, annotation.answers),
        "confidence": None if annotation.confidence is None else 100 * annotation.confidence,
        "rationale": annotation.rationale,
        "at": annotation.created_at,
    }


def share_titles(
    question: Question, distribution: Mapping[str, float], fields: Fields = NO_FIELDS
) -> list[dict[str, Any]]:
    """A distribution, largest share first, in percent; what a key of no share stands for is left out.

    `fields` of the item, where they are at hand: what a span quotes is read there.
    """
    kind = type_of(question)
    return [
        {"value": key, "title": kind.key_title(question, key, fields), "percent": 100 * share}
        for key, share in sorted(distribution.items(), key=lambda pair: -pair[1])
        if share or kind.exclusive
    ]


def shares_of(
    project: Project, distributions: Mapping[str, Mapping[str, float]], fields: Fields = NO_FIELDS
) -> list[dict[str, Any]]:
    """Per question that is still asked and has a distribution, what it gives each key in percent."""
    return [
        {"question": question.title, "parts": share_titles(question, distributions[question.name], fields)}
        for question in project.question_list
        if distributions.get(question.name)
    ]


def _question_card(
    question: Question,
    *,
    order: Sequence[str],
    draft: Any,
    shares: Mapping[str, float],
    suggested: Any,
    consensus: Any,
    reviewing: bool,
    field_text: Any,
) -> dict[str, Any]:
    condition = question.condition
    card = {
        "name": question.name,
        "type": question.type,
        "title": question.title,
        "description": question.description,
        "required": question.required,
        # Without script every question is there, and one that is not asked must not stop the form.
        "demand": "" if not question.required else "data-required" if condition else "required",
        "template": type_of(question).template,
        "settings": question.settings,
        "condition": condition,
        "when_json": _as_json({"question": condition.question, "is": condition.keys}) if condition else "",
        "draft": draft,
        "draft_json": "" if draft == "" else _as_json(draft),
        "consensus": consensus,
        "consensus_json": "" if consensus is None else _as_json(consensus),
        "suggested": suggested,
        "suggested_json": "" if suggested is None else _as_json(suggested),
        "reviewing": reviewing,
        "field_text": field_text,
        "is_colored": any(option.color for option in question.offered),
        "options": _options(question, order, _chosen(draft), shares),
    }
    return card | details_of(question, card)


def _options(
    question: Question, order: Sequence[str], chosen: frozenset[str], shares: Mapping[str, float]
) -> list[dict[str, Any]]:
    """As they are shown. An option without a key of its own has the digit of its place, unless another claims that."""
    offered = {option.value: option for option in question.offered}
    claimed = {option.hotkey.lower() for option in offered.values()}
    digits = ["" if digit in claimed else digit for digit in HOTKEYS]
    # A share is of an option; rankings and spans have shares of other things.
    has_shares = not shares.keys().isdisjoint(offered)
    return [
        {
            "value": value,
            "title": offered[value].title,
            "description": offered[value].description,
            "color": offered[value].color,
            "hotkey": offered[value].hotkey.lower() or (digits[place] if place < len(digits) else ""),
            "percent": 100 * shares.get(value, 0.0) if has_shares else None,
            "chosen": value in chosen,
            "position": question.values.index(value),
        }
        for place, value in enumerate(order)
    ]


def _chosen(draft: Any) -> frozenset[str]:
    """The options in a draft that may be anything somebody posted."""
    several = draft if isinstance(draft, list | tuple) else [draft]
    return frozenset(str(each) for each in several if isinstance(each, str | int) and each != "")


def _shuffled(fields: list[dict[str, Any]], order: Sequence[str]) -> list[dict[str, Any]]:
    """The fields that are ranked, in this order, in the places that they have between them."""
    by_name = {field["name"]: field for field in fields}
    ranked = iter([by_name[name] for name in order if name in by_name])
    return [next(ranked) if field["name"] in order else field for field in fields]


def _displayed(question: Question, value: Any) -> str:
    try:
        return type_of(question).display(question, value)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        # Somebody posted it, or another kind of question stored it.
        return str(value)


def _as_json(value: Any) -> str:
    # As JSON.stringify writes it, for questions.js compares the two.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
