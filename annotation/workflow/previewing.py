"""Show what a model annotator would be asked, before it exists; nothing is written and no model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.labelers import InvalidConfig, ItemText
from annotation.labelers.previewing import preview
from annotation.models import Item, Project
from annotation.questions import as_texts

from .connecting import reachable
from .errors import Refused
from .exemplifying import brief_as_drawn, draw


def preview_prompts(project: Project, kind: str, config: dict[str, Any], items: Sequence[Item]) -> list[str]:
    """Per item the words it would be asked with; empty texts for a kind that asks none. Raises Refused.

    Examples are as many as asked for, out of those that may be shown; which of them is decided when a run begins.
    """
    # To choose the examples takes the encoder, which a page does not wait for.
    drawn = draw(project, config, embedding=False)
    try:
        texts = [ItemText(item.pk, as_texts(project.fields, item.fields)) for item in items]
        return preview(kind, reachable(config), brief_as_drawn(project, drawn), texts)
    except InvalidConfig as error:
        raise Refused(str(error), "config") from error
