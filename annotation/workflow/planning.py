"""Whether a format can hold a project, and what it would leave out of it: said before a snapshot is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from annotation.exchange import FORMATS, Shape, Unwritable
from annotation.models import Project

from .assembling import quick_shape_of
from .errors import Refused
from .terms import FILES, Terms


def leaves_out(project: Project, format: str) -> list[str]:
    """Sentences; [] where the format holds all of it, or is none."""
    kind = FORMATS.get(format)
    if kind is None or not kind.writes:
        return []
    try:
        return kind.leaves_out(quick_shape_of(project))
    except Unwritable as error:
        return [str(error)]


def check_writable(shape: Shape, format: str, settings: Mapping[str, str]) -> None:
    """Raises Refused where the format can hold nothing that has this shape; what lies in the data shows later."""
    chosen = {name: value for name, value in settings.items() if name != FILES}
    try:
        with suppress(_Enough):
            FORMATS[format].write(_no_record(), _Nowhere(), shape, chosen)
    except Unwritable as error:
        raise Refused(str(error), "format") from error


def shape_under(terms: Terms, project: Project) -> Shape:
    """What a snapshot with these options would have, by the project alone."""
    whole = quick_shape_of(project)
    fields = [each for each in whole.shown if terms.fields is None or each["name"] in terms.fields]
    asked = [each for each in whole.asked if terms.questions is None or each.name in terms.questions]
    return replace(
        whole,
        fields=tuple(each["name"] for each in fields),
        shown=tuple(fields),
        questions=tuple(each.name for each in asked),
        asked=tuple(asked),
    )


def formats_for(project: Project) -> list[dict[str, Any]]:
    """Every format that can be written, with what it leaves to choose and what it leaves out, as JSON."""
    return [
        {
            "name": name,
            "title": kind.title,
            "extension": kind.extensions[0],
            "media_type": kind.media_type,
            "settings": [
                {"name": each.name, "title": each.title, "choices": [value for value, _title in each.choices]}
                for each in kind.settings
            ],
            "leaves_out": leaves_out(project, name),
        }
        for name, kind in FORMATS.items()
        if kind.writes
    ]


class _Enough(Exception):
    """The writer asks for records: it has accepted the shape."""


def _no_record() -> Iterator[dict[str, Any]]:
    raise _Enough
    yield


class _Nowhere:
    """A file of which only the error counts."""

    def write(self, data: bytes) -> int:
        return len(data)


def title_of(format: str) -> str:
    """What a format is called; one that is gone keeps its name."""
    return _(FORMATS[format].title) if format in FORMATS else format
