"""What an Argilla dataset asks (`settings.json`), in our terms and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.questions import Question

from .base import Shape, SourceQuestion
from .label_studio_template import tag_names
from .tool_records import list_in, object_in

SETTINGS = ".argilla/settings.json"
TYPES = {
    "label_selection": "choice",
    "multi_label_selection": "multichoice",
    "rating": "rating",
    "ranking": "ranking",
    "span": "spans",
    "text": "text",
}
# What its server takes; it refuses a dataset that goes beyond.
LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_GUIDELINES = 500, 1_000, 10_000
LOWEST, HIGHEST = 0, 10


def source_questions(settings: Mapping[str, Any]) -> list[SourceQuestion]:
    """The questions of a settings file that have a counterpart."""
    return [question for each in list_in(settings, "questions") if (question := _question(each))]


def settings_of(shape: Shape) -> dict[str, Any]:
    """The settings of a dataset that shows and asks the same."""
    names, required = tag_names(shape), required_in(shape)
    return {
        "guidelines": shape.guidelines[:LONGEST_GUIDELINES] or None,
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "fields": [_field(field, first=place == 0) for place, field in enumerate(shape.shown)],
        "questions": [
            _asked(question, names[question.name], required=question.name in required) for question in shape.asked
        ],
        "metadata": [],
        "vectors": [],
    }


def required_in(shape: Shape) -> set[str]:
    """The questions that Argilla insists on: it needs one, and has no empty answer for those that may stay empty."""
    required = {
        question.name
        for question in shape.asked
        if question.required and not question.condition and question.settings.get("at_least") != 0
    }
    return required or {question.name for question in shape.asked[:1]}


def is_scale(question: Question) -> bool:
    """Whether Argilla has such a rating; of others the numbers are labels."""
    settings = question.settings
    return question.type == "rating" and LOWEST <= settings["min"] <= settings["max"] <= HIGHEST


def _question(raw: object) -> SourceQuestion | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        return None
    inner: dict[str, Any] = object_in(raw, "settings") or raw
    kind = TYPES.get(str(inner.get("type")))
    if kind is None:
        return None
    return SourceQuestion(
        name=raw["name"],
        type=kind,
        title=raw["title"] if isinstance(raw.get("title"), str) else "",
        options=tuple(
            str(each.get("value")) if isinstance(each, dict) else str(each) for each in list_in(inner, "options")
        ),
        field=inner["field"] if isinstance(inner.get("field"), str) else "",
    )


def _field(field: Mapping[str, str], *, first: bool) -> dict[str, Any]:
    kind = field["type"]
    settings = {"type": "chat" if kind == "chat" else "text", "use_markdown": kind in ("markdown", "chat")}
    return {
        "name": field["name"],
        "title": (field.get("title") or field["name"])[:LONGEST_TITLE],
        "required": first,
        "settings": settings,
    }


def _asked(question: Question, name: str, *, required: bool) -> dict[str, Any]:
    # Also those that are not offered any more: somebody may have chosen them.
    options = [
        {
            "value": option.value,
            "text": option.title[:LONGEST_TITLE],
            "description": option.description[:LONGEST_DESCRIPTION] or None,
        }
        for option in question.options
    ]
    settings: dict[str, Any] = {"type": next(name for name, ours in TYPES.items() if ours == question.type)}
    match question.type:
        case "rating" if is_scale(question):
            settings["options"] = [{"value": int(value)} for value in question.values]
        case "rating":
            settings["type"] = "label_selection"
            settings["options"] = [{"value": value, "text": value, "description": None} for value in question.values]
        case "spans":
            settings |= {"field": question.settings["field"], "allow_overlapping": question.settings["overlap"]}
            settings |= {"options": options, "visible_options": None}
        case "text":
            settings["use_markdown"] = False
        case _:
            settings["options"] = options
    return {
        "name": name,
        "title": question.title[:LONGEST_TITLE],
        "description": question.description[:LONGEST_DESCRIPTION] or None,
        "required": required,
        "settings": settings,
    }
