"""Where an item goes next: a pure function of the evidence and the project's policy (DESIGN §6)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotation.models import Project, Stage

# People who skip an item say that it cannot be answered as it stands; after this many a reviewer looks at it.
SKIPS_TO_REVIEW = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """What the lead decided. `overlap` people at most, `min_human` before an item may settle early."""

    overlap: int
    min_human: int
    accept_threshold: float
    licensed: bool
    judge: bool

    @classmethod
    def of(cls, project: Project, *, judge: bool) -> Policy:
        return cls(project.overlap, project.min_human, project.accept_threshold, project.licensed, judge)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one item. `posterior` is the least certain question's; `unanimous` speaks of people only.

    `wanted`: so many people have to answer whatever is known already, because somebody asked for it anew.
    """

    people: int = 0
    models: int = 0
    unheard: int = 0
    """People whose answers count nothing."""
    posterior: float = 0.0
    unanimous: bool = False
    audit: bool = False
    judged: bool = False
    skips: int = 0
    wanted: int = 0


def route(evidence: Evidence, policy: Policy) -> Stage:
    """The stage of an item that no reviewer has decided."""
    confident = evidence.posterior >= policy.accept_threshold
    used_up = evidence.people + evidence.unheard >= policy.overlap
    if evidence.people + evidence.unheard < evidence.wanted:
        return Stage.REVIEW if evidence.skips >= SKIPS_TO_REVIEW else Stage.HUMAN
    if not evidence.people:
        # Nobody else will be asked, and models have not become surer by it.
        return Stage.REVIEW if used_up else _without_people(evidence, policy, confident)
    if evidence.people >= policy.min_human and confident:
        return Stage.SETTLED
    if used_up:
        if evidence.unanimous and evidence.people >= policy.min_human:
            return Stage.SETTLED
        return Stage.REVIEW if evidence.judged or not policy.judge else Stage.DISPUTED
    if evidence.skips >= SKIPS_TO_REVIEW:
        return Stage.REVIEW
    return Stage.HUMAN


def _without_people(evidence: Evidence, policy: Policy, confident: bool) -> Stage:
    if evidence.skips >= SKIPS_TO_REVIEW:
        return Stage.REVIEW
    if not evidence.models:
        return Stage.NEW
    if policy.min_human == 0 and confident and policy.licensed and not evidence.audit:
        return Stage.SETTLED
    return Stage.HUMAN


def priority(doubts: Iterable[float]) -> float:
    """How much a human vote is worth: the doubt about the least certain question, in [0, 1]."""
    return max(doubts, default=0.0)


def entropy(shares: Mapping[str, float]) -> float:
    """Of the shares of options that exclude each other, scaled to [0, 1]."""
    if len(shares) < 2:
        return 0.0
    return -sum(share * math.log(share) for share in shares.values() if share > 0) / math.log(len(shares))
