"""Generated rationales, step by step, and what people found in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Count, Q

from annotation.models import Candidate, Fate, SynthesisRun

# Numbered or bulleted lines and lines of their own are steps; in running text sentences are.
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[\u3002\uff01\uff1f])\s*(?=\S)")
MOST = 100


def steps_of(rationale: str) -> list[str]:
    """At most MOST of them; the last one holds what is left."""
    lines = [line.strip() for line in rationale.splitlines() if line.strip()]
    steps = lines if len(lines) > 1 else [part for line in lines for part in SENTENCE.split(line)]
    return steps if len(steps) <= MOST else [*steps[: MOST - 1], "\n".join(steps[MOST - 1 :])]


@dataclass(frozen=True, slots=True)
class Rationales:
    """Of a run's items. `known`: their writer knew the answer; `faulty`: a person found a wrong step in them."""

    items: int
    checked: int
    faulty: int
    known: int
    known_checked: int
    known_faulty: int


def rationales_of(run: SynthesisRun) -> Rationales:
    written = Candidate.objects.filter(run=run, fate=Fate.KEPT).exclude(rationale="")
    checked, faulty, hinted = ~Q(steps=[]), Q(steps__contains=[False]), Q(hinted=True)
    counted = written.aggregate(
        items=Count("pk"),
        checked=Count("pk", filter=checked),
        faulty=Count("pk", filter=faulty),
        known=Count("pk", filter=hinted),
        known_checked=Count("pk", filter=hinted & checked),
        known_faulty=Count("pk", filter=hinted & faulty),
    )
    return Rationales(**counted)
