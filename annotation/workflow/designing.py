"""Where a new project's design can come from: a template, another tool's configuration, or a file of data.

Nothing is written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from annotation.exchange.label_studio_config import Conversion, UnreadableConfig, read_config
from annotation.exchange.proposing import Proposal, propose
from annotation.models import Upload
from annotation.project_templates import FOLDER, NAMES

from .errors import Refused
from .uploading import preview_of_kept


@dataclass(frozen=True, slots=True)
class Template:
    """A design to adapt; `items` shows what two items of such a project look like."""

    name: str
    title: str
    description: str
    lifecycle: str
    fields: list[dict[str, str]]
    questions: list[dict[str, Any]]
    guidelines: str
    items: list[dict[str, Any]]


@cache
def templates() -> dict[str, Template]:
    """Every template by name, in the order in which they are offered."""
    return {
        name: Template(name, title, description, **json.loads((FOLDER / f"{name}.json").read_text("utf-8")))
        for name, (title, description) in NAMES.items()
    }


def convert_label_studio(config: str) -> Conversion:
    """A Label Studio labelling configuration in our terms. Raises Refused where it asks nothing that we can ask."""
    try:
        return read_config(config)
    except UnreadableConfig as error:
        raise Refused(str(error), "config") from error


def design_for(kept: Upload) -> Proposal:
    """A project that shows and asks what a file holds. Raises Refused where the file cannot be read any more."""
    return propose(preview_of_kept(kept))
