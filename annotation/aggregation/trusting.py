"""Trust one annotator: the one whose record on known answers is the best, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .crowd import Crowd, Fit
from .majority_vote import majority_vote
from .scoring import wilson
from .tallying import clamp, confusion_after, is_known

# The others are heard where the trusted one is silent, but never so loudly.
LEAST_ACCURACY = 1e-3


@dataclass(frozen=True, slots=True)
class Trusted:
    """`annotator` was right on `right` of `answered` known answers, so at least on `bound` of all, with 95 %."""

    annotator: int
    right: int
    answered: int
    bound: float

    def why(self, names: Sequence[str]) -> str:
        return (
            f"{names[self.annotator]} is trusted: right on {self.right} of {self.answered} known answers, which is at"
            f" least {self.bound:.1%} with 95 % confidence; nobody else's record proves as much."
        )


def choose_trusted(crowd: Crowd) -> Trusted | None:
    """Whose Wilson lower bound on known answers is the highest; None where nobody met one.

    The bound, not the share: three of three prove less than ninety of a hundred. Of equal ones the first in order.
    """
    known = is_known(crowd)[crowd.items]
    if not known.any():
        return None
    who = crowd.annotators[known]
    hits = crowd.votes[known] == np.asarray(crowd.clamped)[crowd.items[known]]
    answered = np.bincount(who, minlength=crowd.annotator_count)
    right = np.bincount(who, hits, minlength=crowd.annotator_count)
    bounds = [wilson(int(hit), int(count), 0.9)[0] for hit, count in zip(right, answered, strict=True)]
    # Nobody right yet: the longest record is at least the best known one.
    best = max(range(crowd.annotator_count), key=lambda one: (bounds[one], right[one], answered[one], -one))
    return Trusted(best, int(right[best]), int(answered[best]), bounds[best])


def trust_one(crowd: Crowd) -> Fit:
    """The trusted annotator's answers, as sure as their record; the majority where they gave none.

    Raises ValueError where there is no known answer to choose by.
    """
    trusted = choose_trusted(crowd)
    if trusted is None:
        raise ValueError("Whom to trust is chosen on known answers, and no annotator has met one.")
    others = majority_vote(crowd)
    posteriors = others.posteriors.copy()
    theirs = crowd.annotators == trusted.annotator
    items, votes = crowd.items[theirs], crowd.votes[theirs]
    sure = max((trusted.right + 1) / (trusted.answered + 2), LEAST_ACCURACY)
    # What they may have missed is shared out by what the others say, so that their doubts still rank the items.
    rest = posteriors[items] + 1 / crowd.label_count
    rest[np.arange(len(items)), votes] = 0.0
    left = rest.sum(axis=1, keepdims=True)
    posteriors[items] = (1 - sure) * np.divide(rest, left, out=np.zeros_like(rest), where=left > 0)
    posteriors[items, votes] = sure if crowd.label_count > 1 else 1.0
    posteriors = clamp(posteriors, crowd)
    diagnostics = {"annotator": float(trusted.annotator), "bound": trusted.bound}
    return Fit(posteriors, others.prior, confusion_after(crowd, posteriors), "trust_one", diagnostics=diagnostics)
