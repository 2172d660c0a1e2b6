"""From the start of a file to a project that shows and asks what it holds: fields and questions to adapt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from annotation.questions import InvalidQuestion, check_fields, dump_questions, parse_questions
from annotation.questions.speech import gettext as _

from .annotated import GOLD
from .base import Preview, SourceQuestion
from .mapping import GOLD_NAMES, ID_NAMES, METADATA_PREFIX, TEXT_NAMES, plain_name

WORDY = 30.0  # characters
MOST_FIELDS = 5
MOST_OPTIONS = 50
OPTION_LENGTH = 60
PREFIX = re.compile(r"fields\.")
ALONE = 2  # options that a choice has at least


@dataclass(frozen=True, slots=True)
class Proposal:
    """Fields and questions as `create_project` takes them; `losses`: what the file asks and we cannot."""

    fields: list[dict[str, str]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)


def propose(preview: Preview) -> Proposal:
    """What the file's annotations answer becomes questions; without any, a column that is called like labels does."""
    shown = _fields(preview)
    if not shown:
        return Proposal(losses=[_("The beginning of the file holds no record that can be read.")])
    fields = check_fields(list(shown.values()))
    wanted = [_question(each, shown) for each in preview.questions] or _labelled(preview, shown)
    questions: list[dict[str, Any]] = []
    losses: list[str] = []
    for each in wanted:
        try:
            taken = {question["name"] for question in questions}
            named = {**each, "name": _free(each["name"], taken)}
            questions += dump_questions(parse_questions([named], fields))
        except InvalidQuestion as error:
            losses.append(_("“%(name)s” is no question here: %(error)s") % {"name": each["name"], "error": error})
    return Proposal(fields, questions, losses)


def _fields(preview: Preview) -> dict[str, dict[str, str]]:
    """Column → field: conversations and tables, columns of running text, what spans lie in; else the longest."""
    marked = {question.field for question in preview.questions}
    exported = [column for column in preview.columns if PREFIX.match(column)]
    kinds: dict[str, str] = {}
    lengths: dict[str, float] = {}
    for column in exported or preview.columns:
        values = [value for row in preview.rows if (value := row.values.get(column)) not in (None, "", [])]
        kind = _kind(values)
        if kind and column.strip().casefold() not in ID_NAMES and not column.startswith((METADATA_PREFIX, GOLD)):
            kinds[column] = kind
            lengths[column] = fmean(len(str(value)) for value in values)
    chosen = [
        column
        for column, kind in kinds.items()
        if exported
        or column in marked
        or kind in ("chat", "table")
        or column.strip().casefold() in TEXT_NAMES
        or lengths[column] >= WORDY
    ][:MOST_FIELDS]
    if not chosen:
        chosen = sorted(lengths, key=lambda column: -lengths[column])[:1] or preview.columns[:1]
    fields: dict[str, dict[str, str]] = {}
    for column in chosen:
        bare = PREFIX.sub("", column)
        name = _free(plain_name(bare) or "text", {each["name"] for each in fields.values()})
        fields[column] = {"name": name, "type": kinds.get(column, "text"), "title": bare[:100].strip()}
    return fields


def _kind(values: Sequence[Any]) -> str:
    """The type of field that shows all of them; empty where none does."""
    if not values:
        return ""
    if all(isinstance(value, str) for value in values):
        return "text"
    if all(isinstance(value, list) and value and all(_is_turn(each) for each in value) for value in values):
        return "chat"
    if all(isinstance(value, list) and value and all(isinstance(each, dict) for each in value) for value in values):
        return "table"
    return ""


def _is_turn(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"role", "content"}


def _question(asked: SourceQuestion, shown: dict[str, dict[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": plain_name(asked.name) or "label", "type": asked.type, "required": False}
    made["title"] = asked.title or asked.name
    options = list(asked.options)
    if asked.type == "rating":
        numbers = [int(each) for each in options if re.fullmatch(r"-?\d{1,4}", each)]
        if numbers:
            low, high = min(0 if 0 in numbers else 1, *numbers), max(5, *numbers)
            made |= {"min": low, "max": high}
    elif asked.type != "text":
        made["options"] = _enough(options) if asked.type == "choice" else options
    if asked.type == "spans" and asked.field in shown:
        made["field"] = shown[asked.field]["name"]
    return made


def _labelled(preview: Preview, shown: Collection[str]) -> list[dict[str, Any]]:
    for column in preview.columns:
        if column in shown or column.strip().casefold() not in GOLD_NAMES:
            continue
        values = [row.values.get(column) for row in preview.rows]
        several = any(isinstance(value, list) for value in values)
        words = [word for value in values for word in (value if isinstance(value, list) else [value])]
        if several and not all(isinstance(word, str) for word in words if word is not None):
            continue
        counts = Counter(word.strip() for word in words if isinstance(word, str) and word.strip())
        if 0 < len(counts) <= MOST_OPTIONS and all(len(value) <= OPTION_LENGTH for value in counts):
            options = _enough([value for value, _count in counts.most_common()])
            kind = "multichoice" if several else "choice"
            return [{"name": plain_name(column) or "label", "type": kind, "title": column, "options": options}]
    return []


def _enough(options: list[str]) -> list[str]:
    """A choice has a second option, whatever the file's beginning holds."""
    if len(options) >= ALONE:
        return options
    return [*options, *(each for each in (_("other"), _("none")) if each not in options)][:ALONE]


def _free(name: str, taken: Collection[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name[:55]}_{number}"
        number += 1
    return free
