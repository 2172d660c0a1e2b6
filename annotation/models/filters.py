"""Which items are meant: one allow-list of filters for pages, API, saved views and changes of many items."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .consensus import DecidedBy
from .item import ReviewReason, Source, Stage
from .project import Project

LARGEST_ID = 2**63 - 1
SEARCH_LENGTH = 200
MEANING_LENGTH = 500
METADATA_LENGTH = 400

WORDS, LITERAL = "words", "literal"
MATCHES = {WORDS: gettext_lazy("Words"), LITERAL: gettext_lazy("Exact text")}
ORDERS = {
    "oldest": gettext_lazy("Oldest first"),
    "newest": gettext_lazy("Newest first"),
    "least_sure": gettext_lazy("Least sure first"),
    "most_disagreed": gettext_lazy("Most disagreed first"),
    "priority": gettext_lazy("Next for people first"),
}
WAITING, FLAGGED = "waiting", "flagged"
# Why a reviewer is asked: any reason, one of those that routing has, or what somebody flagged, at whatever stage.
REASONS: dict[str, Any] = {
    WAITING: gettext_lazy("Any reason"),
    ReviewReason.DISPUTED.value: gettext_lazy("Disputed"),
    ReviewReason.LOW_CONFIDENCE.value: gettext_lazy("Low confidence"),
    ReviewReason.SKIPPED.value: gettext_lazy("Skipped"),
    ReviewReason.SAMPLED.value: gettext_lazy("Sampled"),
    ReviewReason.RETURNED.value: gettext_lazy("Returned"),
    FLAGGED: gettext_lazy("Flagged"),
}
YES_NO = {"yes": True, "no": False}
# What only those see who decide which items are hidden checks.
MANAGERS_ONLY = ("audit", "gold")
# And what would tell a reviewer who answered, where that is not for reviewers to know.
NAMING = ("answered_by", "not_answered_by")


class InvalidFilter(ValueError):
    """What was asked for is no filter; `errors` says of each parameter what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Filters:
    """All have to fit. What is empty or None is not asked; the names are those of the parameters."""

    search: str = ""
    match: str = WORDS
    stage: str = ""
    label: str = ""
    decided_by: str = ""
    sure_from: float | None = None
    sure_to: float | None = None
    disagreement: float | None = None
    answered_by: int | None = None
    not_answered_by: int | None = None
    metadata: str = ""
    imported_from: date | None = None
    imported_to: date | None = None
    settled_from: date | None = None
    settled_to: date | None = None
    answered_from: date | None = None
    answered_to: date | None = None
    source: str = ""
    parent: int | None = None
    child: int | None = None
    split: str = ""
    flagged: bool | None = None
    audit: bool | None = None
    gold: bool | None = None
    reason: str = ""

    @property
    def asked(self) -> dict[str, str]:
        """What is asked for, as an address says it; `parse_filters` reads it back."""
        given: dict[str, Any] = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        if not self.search or self.match == WORDS:
            given.pop("match", None)
        return {name: _spelled(value) for name, value in given.items()}


PARAMETERS = tuple(each.name for each in fields(Filters))


def parse_filters(asked: Mapping[str, str], project: Project, *, may_manage: bool) -> Filters:
    """The filters among `asked`; what else is in there is left to the caller. Raises InvalidFilter."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in PARAMETERS:
        raw = asked.get(name, "")
        if not raw.strip():
            continue
        try:
            if not may_manage and (name in MANAGERS_ONLY or (name in NAMING and project.anonymous_review)):
                raise ValueError(_("Only managers of this project may ask for this."))
            values[name] = READERS[name](raw, project)
        except ValueError as error:
            errors[name] = str(error)
    for first, last in (
        ("sure_from", "sure_to"),
        ("imported_from", "imported_to"),
        ("settled_from", "settled_to"),
        ("answered_from", "answered_to"),
    ):
        if first in values and last in values and values[first] > values[last]:
            errors[last] = _("This lies before %(first)s.") % {"first": first}
    if errors:
        raise InvalidFilter(errors)
    return Filters(**values)


def split_label(label: str, project: Project) -> tuple[str, str]:
    """(question, key): “intent:refund”; the question is empty where the label names a key of any question."""
    question, separator, key = label.partition(":")
    if separator and question in {each.name for each in project.question_list}:
        return question, key
    return "", label


def clean_order(raw: str) -> str:
    """Raises InvalidFilter."""
    if raw and raw not in ORDERS:
        raise InvalidFilter({"order": _("An order is one of %(names)s.") % {"names": ", ".join(ORDERS)}})
    return raw or "oldest"


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(limit: int, *, strip: bool = False) -> Callable[[str, Project], str]:
    def read(raw: str, project: Project) -> str:
        if "\0" in raw:
            raise ValueError(_("This contains a NUL character."))
        if len(raw) > limit:
            raise ValueError(_("This has at most %(limit)s characters.") % {"limit": limit})
        return raw.strip() if strip else raw

    return read


def _one_of(values: Any, said: Any) -> Callable[[str, Project], str]:
    def read(raw: str, project: Project) -> str:
        if raw not in values:
            raise ValueError(said % {"names": ", ".join(values)})
        return raw

    return read


def _share(raw: str, project: Project) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise ValueError(_("This is a number from 0 to 1."))
    return value


def _id(raw: str, project: Project) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20 and int(raw) <= LARGEST_ID):
        raise ValueError(_("This is a number."))
    return int(raw)


def _day(raw: str, project: Project) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise ValueError(_("This is a day, such as 2026-03-31.")) from error


def _flag(raw: str, project: Project) -> bool:
    if raw not in YES_NO:
        raise ValueError(_("This is yes or no."))
    return YES_NO[raw]


def _label(raw: str, project: Project) -> str:
    value = _text(300)(raw, project)
    question, key = split_label(value, project)
    named = [each for each in project.question_list if each.name == question]
    if named and named[0].options and key not in [option.value for option in named[0].options]:
        raise ValueError(_("“%(title)s” has no option “%(key)s”.") % {"title": named[0].title, "key": key})
    return value


def _metadata(raw: str, project: Project) -> str:
    key, separator, _value = _text(METADATA_LENGTH)(raw, project).partition("=")
    if not separator or not key.strip():
        raise ValueError(_("Write key=value, such as channel=mail."))
    return raw


def _annotator(raw: str, project: Project) -> int:
    pk = _id(raw, project)
    if not project.annotators.filter(pk=pk).exists():
        raise ValueError(_("Nobody in this project has this number."))
    return pk


def _item(raw: str, project: Project) -> int:
    pk = _id(raw, project)
    if not project.items.filter(pk=pk).exists():
        raise ValueError(_("This project has no item with this number."))
    return pk


READERS: dict[str, Callable[[str, Project], Any]] = {
    "search": _text(SEARCH_LENGTH),
    "match": _one_of(MATCHES, gettext_lazy("A match is one of %(names)s.")),
    "stage": _one_of(Stage.values, gettext_lazy("A stage is one of %(names)s.")),
    "label": _label,
    "decided_by": _one_of(DecidedBy.values, gettext_lazy("Who decides is one of %(names)s.")),
    "sure_from": _share,
    "sure_to": _share,
    "disagreement": _share,
    "answered_by": _annotator,
    "not_answered_by": _annotator,
    "metadata": _metadata,
    "imported_from": _day,
    "imported_to": _day,
    "settled_from": _day,
    "settled_to": _day,
    "answered_from": _day,
    "answered_to": _day,
    "source": _one_of(Source.values, gettext_lazy("A source is one of %(names)s.")),
    "parent": _item,
    "child": _item,
    "split": _text(20),
    "flagged": _flag,
    "audit": _flag,
    "gold": _flag,
    "reason": _one_of(REASONS, gettext_lazy("A reason for review is one of %(names)s.")),
}
