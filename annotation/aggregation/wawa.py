"""Worker agreement with aggregate (Wawa; Appen, 2021): votes weighed by how often an annotator agrees with the rest."""

from __future__ import annotations

import numpy as np

from .crowd import Crowd, Fit
from .majority_vote import winners
from .tallying import clamped_shares, confusion_after, shares, tally, weights


def wawa(crowd: Crowd) -> Fit:
    """One round: the majority's winners, each annotator's share of votes that agree with them, and a weighted vote.

    Known answers count as winners. Who agrees with nobody weighs nothing.
    """
    prior = shares(tally(crowd).sum(axis=0, keepdims=True))[0]
    agreed = winners(clamped_shares(crowd), prior)[crowd.items] == crowd.votes
    counted = weights(crowd)
    order = np.lexsort((crowd.items, crowd.annotators))
    who = crowd.annotators[order]
    given = np.bincount(who, counted[order], minlength=crowd.annotator_count)
    right = np.bincount(who, (counted * agreed)[order], minlength=crowd.annotator_count)
    skill = right / np.where(given > 0, given, 1.0)
    posteriors = clamped_shares(crowd, counted * skill[crowd.annotators])
    return Fit(posteriors, posteriors.mean(axis=0), confusion_after(crowd, posteriors), "wawa")
