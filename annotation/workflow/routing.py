"""Where an item goes next: a pure function of the evidence and the project's policy (DESIGN §6)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from annotation.models import REVIEW_STAGES, Project, ReviewReason, Stage

# People who skip an item say that it cannot be answered as it stands; after this many a reviewer looks at it.
SKIPS_TO_REVIEW = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """What the lead decided, and what audits allow. `overlap` people at most, `min_human` before an item may settle
    early; `thresholds`: from which posterior on models settle alone, by the answer, or under "" for all of them."""

    overlap: int
    min_human: int
    accept_threshold: float
    licensed: bool
    judge: bool
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, *, judge: bool) -> Policy:
        return cls(
            project.overlap,
            project.min_human,
            project.accept_threshold,
            project.licensed,
            judge,
            project.licence_thresholds,
        )

    def licenses(self, label: str, posterior: float) -> bool:
        """Whether models alone may settle this answer, being so sure of it."""
        # A licence from before thresholds were kept was for the lead's own.
        otherwise = math.inf if self.thresholds else self.accept_threshold
        return self.licensed and posterior >= self.thresholds.get(label, self.thresholds.get("", otherwise))


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
    ruled: float = 0.0
    """How sure a judge is of its verdict that may settle items; 0 where there is none."""
    skips: int = 0
    wanted: int = 0
    label: str = ""
    """The answer that a licence would have to be for, where there is one for each."""
    sampled: bool = False
    """Drawn by lot: a reviewer looks at it although people settled it."""


def route(evidence: Evidence, policy: Policy) -> Stage:
    """The stage of an item that no reviewer has decided."""
    stage = _by_votes(evidence, policy)
    return Stage.REVIEW if stage == Stage.SETTLED and evidence.sampled and evidence.people else stage


def takes_ruling(evidence: Evidence, policy: Policy) -> bool:
    """Whether it is the judge's verdict that settles the item: people alone do not."""
    return bool(evidence.ruled) and _by_votes(replace(evidence, ruled=0.0), policy) != Stage.SETTLED


def reason_for(evidence: Evidence, stage: str, *, returned: bool = False) -> str:
    """Why it waits for a reviewer; empty where it does not."""
    if stage not in REVIEW_STAGES:
        return ""
    if returned:
        return ReviewReason.RETURNED
    if evidence.sampled:
        return ReviewReason.SAMPLED
    if evidence.people and not evidence.unanimous:
        return ReviewReason.DISPUTED
    return ReviewReason.SKIPPED if evidence.skips >= SKIPS_TO_REVIEW else ReviewReason.LOW_CONFIDENCE


def _by_votes(evidence: Evidence, policy: Policy) -> Stage:
    confident = evidence.posterior >= policy.accept_threshold
    used_up = evidence.people + evidence.unheard >= policy.overlap
    if evidence.people + evidence.unheard < evidence.wanted:
        return Stage.REVIEW if evidence.skips >= SKIPS_TO_REVIEW else Stage.HUMAN
    if not evidence.people:
        # Nobody else will be asked, and models have not become surer by it.
        return Stage.REVIEW if used_up else _without_people(evidence, policy)
    if evidence.people >= policy.min_human and confident:
        return Stage.SETTLED
    if used_up:
        if evidence.unanimous and evidence.people >= policy.min_human:
            return Stage.SETTLED
        # Audits are settled by people, whatever models say.
        if evidence.ruled >= policy.accept_threshold and not evidence.audit:
            return Stage.SETTLED
        return Stage.REVIEW if evidence.judged or not policy.judge else Stage.DISPUTED
    if evidence.skips >= SKIPS_TO_REVIEW:
        return Stage.REVIEW
    return Stage.HUMAN


def _without_people(evidence: Evidence, policy: Policy) -> Stage:
    if evidence.skips >= SKIPS_TO_REVIEW:
        return Stage.REVIEW
    if not evidence.models:
        return Stage.NEW
    licensed = policy.licenses(evidence.label, evidence.posterior)
    if policy.min_human == 0 and licensed and not evidence.audit:
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
