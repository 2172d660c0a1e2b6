"""How templates want items, questions, answers and votes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.models import Annotation, Item, Project
from annotation.questions import InvalidAnswer, Question, type_of

from .requests import SignedInRequest

PREFIX = "answer-"
HOTKEYS = "1234567890"


def item_card(project: Project, item: Item) -> dict[str, Any]:
    """What an item shows, field by field, in the project's order."""
    fields = [{**field, "value": item.fields.get(field["name"], "")} for field in project.fields]
    return {"id": item.pk, "external_id": item.external_id, "stage": item.stage, "fields": fields}


def question_cards(
    project: Project,
    *,
    draft: Mapping[str, Any],
    shares: Mapping[str, Mapping[str, float]] | None = None,
    consensus: Mapping[str, Any] | None = None,
    error: InvalidAnswer | None = None,
) -> list[dict[str, Any]]:
    """One context per question for its template. `shares` is {question: {option: probability}}.

    An error that names no question of the project is shown at the first one.
    """
    questions = project.question_list
    at_fault = error.question if error else ""
    if error and at_fault not in [question.name for question in questions]:
        at_fault = questions[0].name
    return [
        {
            "name": question.name,
            "title": question.title,
            "description": question.description,
            "required": question.required,
            "template": type_of(question).template,
            "settings": question.settings,
            "condition": question.condition,
            "draft": draft.get(question.name, ""),
            "consensus": (consensus or {}).get(question.name),
            "error": str(error) if question.name == at_fault else "",
            "options": _options(question, (shares or {}).get(question.name, {})),
        }
        for question in questions
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


def answer_titles(project: Project, answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Answers as a person reads them. What fits no question any more is shown as it is stored."""
    questions = {question.name: question for question in project.question_list}
    return [
        {"title": question.title, "value": type_of(question).display(question, value)}
        if (question := questions.get(name))
        else {"title": name, "value": str(value)}
        for name, value in answers.items()
    ]


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


def share_titles(question: Question, distribution: Mapping[str, float]) -> list[dict[str, Any]]:
    """A distribution, largest share first, in percent."""
    return [
        {"value": value, "title": question.option_title(value), "percent": 100 * share}
        for value, share in sorted(distribution.items(), key=lambda pair: -pair[1])
    ]


def _options(question: Question, shares: Mapping[str, float]) -> list[dict[str, Any]]:
    return [
        {
            "value": option.value,
            "title": option.title,
            "description": option.description,
            "hotkey": HOTKEYS[position] if position < len(HOTKEYS) else "",
            "percent": 100 * shares.get(option.value, 0.0) if shares else None,
        }
        for position, option in enumerate(question.offered)
    ]
