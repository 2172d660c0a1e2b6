"""A project's fields and questions: from JSON to checked objects, and answers against them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .base import COLORS, Answers, Fields, InvalidAnswer, InvalidQuestion, Option, Question
from .conditions import check_condition, is_asked, parse_condition, why
from .fields import FIELD_TYPES
from .registry import TYPES, type_of
from .speech import gettext as _
from .speech import number
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
        raise InvalidQuestion(_("A project asks at least one question."))
    if len(raw) > LARGEST_SCHEMA:
        raise InvalidQuestion(
            _("A project asks at most %(largest_schema)s questions.") % {"largest_schema": LARGEST_SCHEMA}
        )
    questions = tuple(_parse_question(entry, position, fields) for position, entry in enumerate(raw, 1))
    names = [question.name for question in questions]
    if len(set(names)) != len(names):
        raise InvalidQuestion(_("Two questions have the same name."))
    for position, question in enumerate(questions):
        check_condition(question, questions[:position])
    return questions


def check_fields(raw: object) -> list[dict[str, str]]:
    """The stored JSON list of fields an item shows, completed, or InvalidQuestion."""
    if not isinstance(raw, list) or not raw:
        raise InvalidQuestion(_("A project shows at least one field."))
    if len(raw) > LARGEST_SCHEMA:
        raise InvalidQuestion(
            _("A project shows at most %(largest_schema)s fields.") % {"largest_schema": LARGEST_SCHEMA}
        )
    fields = []
    for position, entry in enumerate(raw, 1):
        if not isinstance(entry, dict) or not set(entry) <= {"name", "type", "title"}:
            raise InvalidQuestion(
                _("Field %(position)s must be an object with name, type and title.") % {"position": position}
            )
        name, kind = entry.get("name"), entry.get("type", "text")
        if not isinstance(name, str) or not NAME.match(name):
            raise InvalidQuestion(
                _("Field %(position)s: a name is a lower-case word of letters, digits and underscores.")
                % {"position": position}
            )
        if not isinstance(kind, str) or kind not in FIELD_TYPES:
            raise InvalidQuestion(
                _("Field “%(name)s”: type must be one of %(names)s.") % {"name": name, "names": ", ".join(FIELD_TYPES)}
            )
        fields.append(
            {
                "name": name,
                "type": kind,
                "title": _text(entry, "title", _("Field “%(name)s”") % {"name": name}) or _title(name),
            }
        )
    if len({entry["name"] for entry in fields}) != len(fields):
        raise InvalidQuestion(_("Two fields have the same name."))
    return fields


def dump_questions(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The JSON that `parse_questions` reads back."""
    return [_dump_question(question) for question in questions]


def first_single(questions: Sequence[Question]) -> Question | None:
    """The first question with one answer among options: what is licensed, and estimated, answer by answer."""
    return next((each for each in questions if each.options and type_of(each).exclusive), None)


def clean_answers(questions: Sequence[Question], raw: object, fields: Fields) -> Answers:
    """Answers about an item that shows `fields`, as stored.

    Raises InvalidAnswer for an unknown question, one that is not asked here, a missing required one, or a bad value.
    """
    if not isinstance(raw, Mapping):
        raise InvalidAnswer("answers", _("Expected an object of question name → answer."))
    by_name = {question.name: question for question in questions}
    for name in raw:
        if name not in by_name:
            raise InvalidAnswer(
                str(name)[:80], _("This project has no question “%(name)s”.") % {"name": str(name)[:80]}
            )
    answers: Answers = {}
    for question in questions:
        value = raw.get(question.name)
        missing = value is None or value == ""
        if not is_asked(question, answers, by_name):
            # A form without script posts an empty list for every question that has lists.
            if not missing and value != []:
                raise InvalidAnswer(
                    question.name,
                    _("“%(title)s” is not asked here: %(why)s.")
                    % {"title": question.title, "why": why(question, by_name)},
                )
        elif not missing:
            answers[question.name] = type_of(question).clean(question, value, fields)
        elif question.required:
            raise InvalidAnswer(question.name, _("“%(title)s” needs an answer.") % {"title": question.title})
    if not answers:
        raise InvalidAnswer("answers", _("Answer at least one question."))
    return answers


def clean_distribution(question: Question, raw: object) -> dict[str, float]:
    """Probabilities of what an answer can hold, or InvalidAnswer; where only one can hold, they sum to 1 (± 1 %)."""
    if not isinstance(raw, Mapping) or not raw:
        raise InvalidAnswer(question.name, _("A distribution is an object of option → probability."))
    kind = type_of(question)
    for value, share in raw.items():
        if not isinstance(value, str) or not kind.is_key(question, value):
            raise InvalidAnswer(
                question.name,
                _("“%(value)s” is not an option of “%(title)s”.") % {"value": str(value)[:80], "title": question.title},
            )
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise InvalidAnswer(
                question.name, _("The probability of “%(value)s” must be between 0 and 1.") % {"value": value}
            )
    if not kind.exclusive:
        return {value: float(share) for value, share in raw.items()}
    total = sum(raw.values())
    if not 0.99 <= total <= 1.01:
        raise InvalidAnswer(
            question.name, _("The probabilities sum to %(total)s, not 1.") % {"total": format(total, ".3f")}
        )
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
        raise InvalidQuestion(_("Question %(position)s must be an object.") % {"position": position})
    name, kind = entry.get("name"), entry.get("type")
    if not isinstance(name, str) or not NAME.match(name):
        raise InvalidQuestion(
            _("Question %(position)s: a name is a lower-case word of letters, digits and underscores.")
            % {"position": position}
        )
    if not isinstance(kind, str) or kind not in TYPES:
        raise InvalidQuestion(
            _("Question “%(name)s”: type must be one of %(names)s.") % {"name": name, "names": ", ".join(TYPES)}
        )
    asked = TYPES[kind]
    unknown = set(entry) - {*COMMON_KEYS, *asked.settings}
    if unknown:
        raise InvalidQuestion(
            _("Question “%(name)s” has unknown keys: %(names)s.")
            % {"name": name, "names": ", ".join(sorted(map(str, unknown)))}
        )
    required = entry.get("required", True)
    if not isinstance(required, bool):
        raise InvalidQuestion(_("Question “%(name)s”: required is true or false.") % {"name": name})
    options = [] if entry.get("options") is None else entry["options"]
    if not isinstance(options, list):
        raise InvalidQuestion(_("Question “%(name)s”: options must be a list.") % {"name": name})
    if options and not asked.lists_options:
        raise InvalidQuestion(
            _("Question “%(name)s”: a %(kind)s question lists no options.") % {"name": name, "kind": kind}
        )
    question = Question(
        name=name,
        type=kind,
        title=_text(entry, "title", _("Question “%(name)s”") % {"name": name}) or _title(name),
        description=_text(entry, "description", _("Question “%(name)s”") % {"name": name}),
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
            _("Question “%(question)s”: an option is text, or an object with %(names)s.")
            % {"question": question, "names": ", ".join(sorted(OPTION_KEYS))}
        )
    value = entry.get("value")
    if not isinstance(value, str) or not value.strip() or len(value) > OPTION_LENGTH or UNSTORABLE.search(value):
        raise InvalidQuestion(
            _("Question “%(question)s”: an option's value is 1 to %(option_length)s characters of text.")
            % {"question": question, "option_length": OPTION_LENGTH}
        )
    where = _("Question “%(question)s”") % {"question": question}
    color, hotkey = _text(entry, "color", where), _text(entry, "hotkey", where)
    if color and color not in COLORS:
        raise InvalidQuestion(
            _("%(where)s: a color is one of %(names)s.") % {"where": where, "names": ", ".join(COLORS)}
        )
    if hotkey and not HOTKEY.match(hotkey):
        raise InvalidQuestion(_("%(where)s: a hotkey is one letter or digit.") % {"where": where})
    retired = entry.get("retired", False)
    if not isinstance(retired, bool):
        raise InvalidQuestion(_("%(where)s: retired is true or false.") % {"where": where})
    title, description = _text(entry, "title", where) or value, _text(entry, "description", where)
    return Option(value, title, description, color, hotkey, retired)


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = "" if entry.get(key) is None else entry[key]
    if not isinstance(value, str) or len(value) > TEXT_LENGTH or UNSTORABLE.search(value):
        raise InvalidQuestion(
            _("%(where)s: %(key)s must be text of at most %(text_length)s characters.")
            % {"where": where, "key": key, "text_length": number(TEXT_LENGTH)}
        )
    return value.strip()


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
