"""What a filter sees of a candidate, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from annotation.questions import Question
from annotation.synthesis.base import Candidate, Seed, Verdict


@dataclass(slots=True, eq=False, weakref_slot=True)
class Company:
    """What a candidate is compared with; itself and no other, so that filters can keep what they work out about it.

    `pool`: texts of the project, and of the candidates that passed so far, as they pass: it only grows; `protected`:
    texts that must not leak into a training set, such as hidden checks and test items.
    """

    fields: Sequence[dict[str, str]]
    questions: Sequence[Question]
    seeds: Mapping[int, Seed] = field(default_factory=dict)
    pool: list[str] = field(default_factory=list)
    protected: Sequence[str] = ()


class Filter(Protocol):
    """One reason to leave a candidate out. To add one: write its file, name it in `filters/registry`."""

    name: str
    title: str
    note: str
    """What it measures and where its threshold comes from, in a sentence."""

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        """Pure and quick: no model is asked. Checks that ask a model are a recipe's own (`Candidate.verdicts`)."""
