"""What a snapshot in a format would leave out of a project, said before it is taken."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from annotation.exchange import FORMATS, Unwritable
from annotation.models import Project

from .assembling import quick_shape_of


def leaves_out(project: Project, format: str) -> list[str]:
    """Sentences; [] where the format holds all of it, or is none."""
    kind = FORMATS.get(format)
    if kind is None or not kind.writes:
        return []
    try:
        return kind.leaves_out(quick_shape_of(project))
    except Unwritable as error:
        return [str(error)]


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


def title_of(format: str) -> str:
    """What a format is called; one that is gone keeps its name."""
    return _(FORMATS[format].title) if format in FORMATS else format
