"""A project's fields and questions: from JSON to checked objects, and answers against them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .base import COLORS, Answers, Fields, InvalidAnswer, InvalidQuestion, Option, Question
from .conditions import check_condition, is_asked, parse_condition, why
from .fields import FIELD_TYPES
from .registry import TYPES, type_of
from .text import UNSTORABLE

COMMON_KEYS = ("name", "type", "title", "description", "required", "options", "when")
OPTION_KEYS = {"value", "title", "description", "color", "hotkey", "retired"}
HOTKEY = re.compile(r"[^\W_]\Z")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
OPTION_LENGTH = 200
TEXT_LENGTH = 2_000
LARGEST_SCHEMA = 100  # fields, and questions: what one page can show


def parse_questions(raw: object, fields: Sequence[Mapping[str, str]] | None = None) -> tuple[Question, ...]:
    """The JSON list → questions, or InvalidQuestion saying which one and why.

    `fields`: the project's, where the questions are new and their defaults are to be filled in.
    """
    if not isinstance(raw, list) or not raw:
        raise InvalidQuestion("A project asks at least one question.")
    if len(raw) > LARGEST_SCHEMA:
        raise InvalidQuestion(f"A project asks at most {LARGEST_SCHEMA} questions.")
    questions = tuple(_parse_question(entry, position, fields) for position, entry in enumerate(raw, 1))
    names = [question.name for question in questions]
    if len(set(names)) != len(names):
        raise InvalidQuestion("Two questions have the same name.")
    for position, question in enumerate(questions):
        check_condition(question, questions[:position])
    return questions


def check_fields(raw: object) -> list[dict[str, str]]:
    """The stored JSON list of fields an item shows, completed, or InvalidQuestion."""
    if not isinstance(raw, list) or not raw:
        raise InvalidQuestion("A project shows at least one field.")
    if len(raw) > LARGEST_SCHEMA:
        raise InvalidQuestion(f"A project shows at most {LARGEST_SCHEMA} fields.")
    fields = []
    for position, entry in enumerate(raw, 1):
        if not isinstance(entry, dict) or not set(entry) <= {"name", "type", "title"}:
            raise InvalidQuestion(f"Field {position} must be an object with name, type and title.")
        name, kind = entry.get("name"), entry.get("type", "text")
        if not isinstance(name, str) or not NAME.match(name):
            raise InvalidQuestion(f"Field {position}: a name is a lower-case word of letters, digits and underscores.")
        if not isinstance(kind, str) or kind not in FIELD_TYPES:
            raise InvalidQuestion(f"Field “{name}”: type must be one of {', '.join(FIELD_TYPES)}.")
        fields.append({"name": name, "type": kind, "title": _text(entry, "title", f"Field “{name}”") or _title(name)})
    if len({entry["name"] for entry in fields}) != len(fields):
        raise InvalidQuestion("Two fields have the same name.")
    return fields


def dump_questions(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The JSON that `parse_questions` reads back."""
    return [_dump_question(question) for question in questions]


def clean_answers(questions: Sequence[Question], raw: object, fields: Fields) -> Answers:
    """Answers about an item that shows `fields`, as stored.

    Raises InvalidAnswer for an unknown question, one that is not asked here, a missing required one, or a bad value.
    """
    if not isinstance(raw, Mapping):
        raise InvalidAnswer("answers", "Expected an object of question name → answer.")
    by_name = {question.name: question for question in questions}
    for name in raw:
        if name not in by_name:
            raise InvalidAnswer(str(name)[:80], f"This project has no question “{str(name)[:80]}”.")
    answers: Answers = {}
    for question in questions:
        value = raw.get(question.name)
        missing = value is None or value == ""
        if not is_asked(question, answers, by_name):
            # A form without script posts an empty list for every question that has lists.
            if not missing and value != []:
                raise InvalidAnswer(question.name, f"“{question.title}” is not asked here: {why(question, by_name)}.")
        elif not missing:
            answers[question.name] = type_of(question).clean(question, value, fields)
        elif question.required:
            raise InvalidAnswer(question.name, f"“{question.title}” needs an answer.")
    if not answers:
        raise InvalidAnswer("answers", "Answer at least one question.")
    return answers


def clean_distribution(question: Question, raw: object) -> dict[str, float]:
    """Probabilities of what an answer can hold, or InvalidAnswer; where only one can hold, they sum to 1 (± 1 %)."""
    if not isinstance(raw, Mapping) or not raw:
        raise InvalidAnswer(question.name, "A distribution is an object of option → probability.")
    for value, share in raw.items():
        if not isinstance(value, str) or not type_of(question).is_key(question, value):
            raise InvalidAnswer(question.name, f"“{str(value)[:80]}” is not an option of “{question.title}”.")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise InvalidAnswer(question.name, f"The probability of “{value}” must be between 0 and 1.")
    if not type_of(question).exclusive:
        return {value: float(share) for value, share in raw.items()}
    total = sum(raw.values())
    if not 0.99 <= total <= 1.01:
        raise InvalidAnswer(question.name, f"The probabilities sum to {total:.3f}, not 1.")
    return {value: share / total for value, share in raw.items()}


def _dump_question(question: Question) -> dict[str, Any]:
    dumped: dict[str, Any] = {
        "name": question.name,
        "type": question.type,
        "title": question.title,
        "description": question.description,
        "required": question.required,
        **question.settings,
    }
    if type_of(question).lists_options:
        dumped["options"] = [_dump_option(option) for option in question.options]
    if question.condition:
        dumped["when"] = {"question": question.condition.question, "is": list(question.condition.keys)}
    return dumped


def _dump_option(option: Option) -> dict[str, Any]:
    """What is as by default is left out."""
    dumped: dict[str, Any] = {"value": option.value, "title": option.title, "description": option.description}
    dumped |= {key: getattr(option, key) for key in ("color", "hotkey") if getattr(option, key)}
    return dumped | ({"retired": True} if option.retired else {})


def _parse_question(entry: object, position: int, fields: Sequence[Mapping[str, str]] | None) -> Question:
    if not isinstance(entry, dict):
        raise InvalidQuestion(f"Question {position} must be an object.")
    name, kind = entry.get("name"), entry.get("type")
    if not isinstance(name, str) or not NAME.match(name):
        raise InvalidQuestion(f"Question {position}: a name is a lower-case word of letters, digits and underscores.")
    if not isinstance(kind, str) or kind not in TYPES:
        raise InvalidQuestion(f"Question “{name}”: type must be one of {', '.join(TYPES)}.")
    asked = TYPES[kind]
    unknown = set(entry) - {*COMMON_KEYS, *asked.settings}
    if unknown:
        raise InvalidQuestion(f"Question “{name}” has unknown keys: {', '.join(sorted(map(str, unknown)))}.")
    required = entry.get("required", True)
    if not isinstance(required, bool):
        raise InvalidQuestion(f"Question “{name}”: required is true or false.")
    options = [] if entry.get("options") is None else entry["options"]
    if not isinstance(options, list):
        raise InvalidQuestion(f"Question “{name}”: options must be a list.")
    if options and not asked.lists_options:
        raise InvalidQuestion(f"Question “{name}”: a {kind} question lists no options.")
    question = Question(
        name=name,
        type=kind,
        title=_text(entry, "title", f"Question “{name}”") or _title(name),
        description=_text(entry, "description", f"Question “{name}”"),
        required=required,
        options=tuple(_parse_option(option, name) for option in options),
        condition=parse_condition(entry.get("when"), name),
        settings={key: entry.get(key, default) for key, default in asked.settings.items()},
    )
    return asked.complete(question, fields)


def _parse_option(entry: object, question: str) -> Option:
    if isinstance(entry, str):
        entry = {"value": entry}
    if not isinstance(entry, dict) or not set(entry) <= OPTION_KEYS:
        raise InvalidQuestion(
            f"Question “{question}”: an option is text, or an object with {', '.join(sorted(OPTION_KEYS))}."
        )
    value = entry.get("value")
    if not isinstance(value, str) or not value.strip() or len(value) > OPTION_LENGTH or UNSTORABLE.search(value):
        raise InvalidQuestion(f"Question “{question}”: an option's value is 1 to {OPTION_LENGTH} characters of text.")
    where = f"Question “{question}”"
    color, hotkey = _text(entry, "color", where), _text(entry, "hotkey", where)
    if color and color not in COLORS:
        raise InvalidQuestion(f"{where}: a color is one of {', '.join(COLORS)}.")
    if hotkey and not HOTKEY.match(hotkey):
        raise InvalidQuestion(f"{where}: a hotkey is one letter or digit.")
    retired = entry.get("retired", False)
    if not isinstance(retired, bool):
        raise InvalidQuestion(f"{where}: retired is true or false.")
    title, description = _text(entry, "title", where) or value, _text(entry, "description", where)
    return Option(value, title, description, color, hotkey, retired)


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = "" if entry.get(key) is None else entry[key]
    if not isinstance(value, str) or len(value) > TEXT_LENGTH or UNSTORABLE.search(value):
        raise InvalidQuestion(f"{where}: {key} must be text of at most {TEXT_LENGTH:,} characters.")
    return value.strip()


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
