"""Where an item goes next: the table is the specification."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from annotation.models import ReviewReason, Stage
from annotation.workflow.routing import SKIPS_TO_REVIEW, Evidence, Policy, entropy, priority, reason_for, route

PLAIN = Policy(overlap=1, min_human=1, accept_threshold=0.8, licensed=False, judge=False)
THREE = replace(PLAIN, overlap=3, min_human=3)
EARLY = replace(PLAIN, overlap=3, min_human=1)
JUDGED = replace(THREE, judge=True)
ALONE = replace(PLAIN, min_human=0, licensed=True)
SKIPPED = SKIPS_TO_REVIEW

TABLE = [
    # Nobody has said anything, or only models have.
    (PLAIN, Evidence(), Stage.NEW),
    (PLAIN, Evidence(models=1, posterior=1.0), Stage.HUMAN),
    (PLAIN, Evidence(skips=SKIPPED - 1), Stage.NEW),
    (PLAIN, Evidence(skips=SKIPPED), Stage.REVIEW),
    (PLAIN, Evidence(models=1, posterior=1.0, skips=SKIPPED), Stage.REVIEW),
    # One person suffices where one is asked, whatever the models think.
    (PLAIN, Evidence(people=1, posterior=1.0, unanimous=True), Stage.SETTLED),
    (PLAIN, Evidence(people=1, models=3, posterior=0.5, unanimous=True), Stage.SETTLED),
    # Three are asked and all of them have to answer.
    (THREE, Evidence(people=1, posterior=1.0, unanimous=True), Stage.HUMAN),
    (THREE, Evidence(people=2, posterior=1.0, unanimous=True), Stage.HUMAN),
    (THREE, Evidence(people=3, posterior=1.0, unanimous=True), Stage.SETTLED),
    (THREE, Evidence(people=3, models=5, posterior=0.6, unanimous=True), Stage.SETTLED),
    (THREE, Evidence(people=3, posterior=0.67), Stage.REVIEW),
    (THREE, Evidence(people=3, models=2, posterior=0.8), Stage.SETTLED),
    (THREE, Evidence(people=2, skips=SKIPPED), Stage.REVIEW),
    (THREE, Evidence(people=2, skips=SKIPPED - 1), Stage.HUMAN),
    # More answers than asked for came with an import.
    (THREE, Evidence(people=5, posterior=0.6), Stage.REVIEW),
    # A judge advises before the reviewer decides, once.
    (JUDGED, Evidence(people=3, posterior=0.67), Stage.DISPUTED),
    (JUDGED, Evidence(people=3, posterior=0.67, judged=True), Stage.REVIEW),
    (JUDGED, Evidence(people=3, posterior=0.8), Stage.SETTLED),
    (JUDGED, Evidence(people=2, posterior=0.5), Stage.HUMAN),
    # Fewer suffice where the fused posterior passes.
    (EARLY, Evidence(people=1, models=1, posterior=0.79, unanimous=True), Stage.HUMAN),
    (EARLY, Evidence(people=1, models=1, posterior=0.8, unanimous=True), Stage.SETTLED),
    (EARLY, Evidence(people=2, posterior=0.5), Stage.HUMAN),
    # Models alone: only with min_human 0, a licence, confidence, and no audit.
    (ALONE, Evidence(models=1, posterior=0.8), Stage.SETTLED),
    (ALONE, Evidence(models=1, posterior=0.79), Stage.HUMAN),
    (ALONE, Evidence(models=1, posterior=1.0, audit=True), Stage.HUMAN),
    (replace(ALONE, licensed=False), Evidence(models=9, posterior=1.0), Stage.HUMAN),
    (replace(ALONE, min_human=1), Evidence(models=9, posterior=1.0), Stage.HUMAN),
    (ALONE, Evidence(people=1, models=1, posterior=0.9, audit=True, unanimous=True), Stage.SETTLED),
]


@pytest.mark.parametrize(("policy", "evidence", "stage"), TABLE)
def test_route(policy: Policy, evidence: Evidence, stage: Stage) -> None:
    assert route(evidence, policy) is stage


AGREED = Evidence(people=2, posterior=1.0, unanimous=True)


@pytest.mark.parametrize(
    ("evidence", "stage", "returned", "reason"),
    [
        (AGREED, Stage.SETTLED, False, ""),
        (replace(AGREED, sampled=True), Stage.REVIEW, False, ReviewReason.SAMPLED),
        # What somebody sent back is looked at for that.
        (replace(AGREED, sampled=True), Stage.REVIEW, True, ReviewReason.RETURNED),
        (Evidence(people=2, posterior=0.5), Stage.DISPUTED, False, ReviewReason.DISPUTED),
        (Evidence(people=2, posterior=0.5, skips=SKIPS_TO_REVIEW), Stage.REVIEW, False, ReviewReason.DISPUTED),
        (Evidence(skips=SKIPS_TO_REVIEW), Stage.REVIEW, False, ReviewReason.SKIPPED),
        (Evidence(people=1, posterior=0.6, unanimous=True), Stage.REVIEW, False, ReviewReason.LOW_CONFIDENCE),
        (Evidence(people=1), Stage.HUMAN, True, ""),
    ],
)
def test_a_reviewer_is_told_why(evidence: Evidence, stage: Stage, returned: bool, reason: str) -> None:
    assert reason_for(evidence, stage, returned=returned) == reason


def test_what_was_drawn_goes_to_review_where_people_settled_it_and_nowhere_else() -> None:
    policy = Policy(2, 2, 0.8, licensed=True, judge=False)
    assert route(replace(AGREED, sampled=True), policy) is Stage.REVIEW
    assert route(AGREED, policy) is Stage.SETTLED
    assert route(replace(AGREED, people=1, sampled=True), policy) is Stage.HUMAN
    alone = Evidence(models=3, posterior=0.99, sampled=True)
    assert route(alone, Policy(2, 0, 0.8, licensed=True, judge=False)) is Stage.SETTLED


def test_without_a_licence_no_evidence_from_models_settles_anything() -> None:
    for min_human in (0, 1, 3):
        for posterior in (0.0, 0.5, 0.8, 1.0):
            for audit in (False, True):
                policy = Policy(3, min_human, 0.5, licensed=False, judge=True)
                assert route(Evidence(models=20, posterior=posterior, audit=audit), policy) is Stage.HUMAN


@pytest.mark.parametrize(
    ("distributions", "worth"),
    [
        ([], 0.0),
        ([{}], 0.0),
        ([{"a": 1.0}], 0.0),
        ([{"a": 1.0, "b": 0.0}], 0.0),
        ([{"a": 0.5, "b": 0.5}], 1.0),
        ([dict.fromkeys("abcd", 0.25)], 1.0),
        ([{"a": 0.9, "b": 0.1}], -(0.9 * log(0.9) + 0.1 * log(0.1)) / log(2)),
        # The least certain question speaks for the item.
        ([{"a": 1.0, "b": 0.0}, {"x": 0.5, "y": 0.5}], 1.0),
    ],
)
def test_a_vote_is_worth_most_where_models_are_least_sure(distributions: list[dict[str, float]], worth: float) -> None:
    assert priority(map(entropy, distributions)) == pytest.approx(worth)
