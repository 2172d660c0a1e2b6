"""The versions of a project's guidelines, and what changed from one to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from annotation.models import Project, ProjectRevision

PARAGRAPHS = re.compile(r"\n\s*\n")
# A page shows this many of the latest versions.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of Markdown; `kind` is "kept", "added" or "removed"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class GuidelinesVersion:
    """`changes` compares it with the version before; empty for the first."""

    number: int
    text: str
    at: datetime
    changes: list[Passage]


def changes(old: str, new: str) -> list[Passage]:
    """`old` → `new`, paragraph by paragraph, in reading order; what was taken out stands before what replaced it."""
    before, after = _paragraphs(old), _paragraphs(new)
    passages: list[Passage] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            passages += [Passage("kept", text) for text in after[k:m]]
        else:
            passages += [Passage("removed", text) for text in before[i:j]]
            passages += [Passage("added", text) for text in after[k:m]]
    return passages


def find_guidelines(project: Project, version: int) -> str | None:
    """The text of a version; None where it was not kept."""
    kept = ProjectRevision.objects.filter(project=project, guidelines_version=version)
    return kept.order_by("pk").values_list("guidelines", flat=True).first()


def guidelines_versions(project: Project) -> list[GuidelinesVersion]:
    """The newest first. A changed schema keeps a revision too: only the first of each version counts."""
    kept = ProjectRevision.objects.filter(project=project).order_by("guidelines_version", "pk")
    rows = list(kept.distinct("guidelines_version").values_list("guidelines_version", "guidelines", "created_at"))
    rows = rows[-SHOWN - 1 :]
    versions = [
        GuidelinesVersion(number, text, at, changes(rows[place - 1][1], text) if place else [])
        for place, (number, text, at) in enumerate(rows)
    ]
    return versions[::-1][:SHOWN]


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip("\n") for paragraph in PARAGRAPHS.split(text.strip()) if paragraph.strip()]
