"""One prediction of a Label Studio model, taken at its word or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.questions import Answers, InvalidAnswer, Question, clean_answers, is_asked

from .annotated import Mark, Marked, Picked
from .base import Shape
from .label_studio_results import read_results
from .label_studio_template import pairs_of, tag_names
from .offsets import Unit, settled


class UnusablePrediction(ValueError):
    """It says something that was not asked, or cannot be an answer; the message says what."""


def read_prediction(prediction: Mapping[str, Any], texts: Mapping[str, str], shape: Shape) -> Answers:
    """The answers in it, for the tags of `label_studio_template`. Raises UnusablePrediction.

    `texts` is what the item shows, by field. That nothing is marked is an answer to a question about spans. A span
    whose quote does not stand where it says is refused, unless its offsets count other units than ours (`offsets`).
    """
    if not isinstance(prediction.get("result"), list):
        raise UnusablePrediction("The prediction has no list “result”.")
    losses: list[str] = []
    said = read_results(prediction["result"], texts, losses, pairs_of(shape))
    if losses:
        raise UnusablePrediction(losses[0])
    questions = {name: question for question in shape.asked for name in [tag_names(shape)[question.name]]}
    if unknown := sorted(set(said) - set(questions)):
        raise UnusablePrediction(f"It answers “{unknown[0][:80]}”, which nobody asked.")
    answers: Answers = {}
    by_name = {question.name: question for question in shape.asked}
    for tag, question in questions.items():
        if tag in said:
            answers[question.name] = _answer(question, said[tag], texts)
        elif question.type == "spans" and is_asked(question, answers, by_name):
            answers[question.name] = []
    try:
        return clean_answers(shape.asked, answers, texts)
    except InvalidAnswer as error:
        about = by_name[error.question].title if error.question in by_name else error.question
        raise UnusablePrediction(f"{about}: {error}") from error


def _answer(question: Question, said: Any, texts: Mapping[str, str]) -> Any:
    """In the form that our types clean. Raises UnusablePrediction."""
    if isinstance(said, Marked):
        if question.type != "spans":
            raise UnusablePrediction(f"“{question.title}” is not about spans.")
        return _spans(question, said, texts)
    if isinstance(said, Picked):
        values = [_value(question, option) for option in said.options]
        if question.type == "multichoice":
            return values
        if len(values) != 1:
            raise UnusablePrediction(f"“{question.title}” has one answer, not {len(values)}.")
        return values[0]
    if question.type == "ranking" and isinstance(said, list):
        return [[_value(question, option) for option in tier] for tier in said]
    return said


def _spans(question: Question, said: Marked, texts: Mapping[str, str]) -> list[dict[str, Any]]:
    field = question.settings["field"]
    text, spans = texts.get(field, ""), []
    for mark in said.marks:
        place = settled(text, mark.start, mark.end, mark.quote, Unit.POINTS)
        if place is None:
            raise UnusablePrediction(f"A span of “{question.title}” is not where it says: {_shown(mark)}.")
        start, end = place
        spans.append({"start": start, "end": end, "label": _value(question, mark.label), "text": text[start:end]})
    return spans


def _value(question: Question, said: str) -> str:
    """Option by its value, as the configuration's alias, or by its title, which it shows."""
    if said in question.values:
        return said
    titled = [option.value for option in question.offered if option.title == said]
    if len(titled) != 1:
        raise UnusablePrediction(f"“{said[:80]}” is no option of “{question.title}”.")
    return titled[0]


def _shown(mark: Mark) -> str:
    quote = f" “{mark.quote[:80]}”" if mark.quote is not None else ""
    return f"{mark.start!r:.20} to {mark.end!r:.20}{quote}"
