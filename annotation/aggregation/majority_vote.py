"""Majority vote over a crowd: no assumption but that most are right."""

from __future__ import annotations

import numpy as np

from .crowd import Crowd, Fit
from .scattering import scattered
from .tallying import clamp, confusion_after, is_known, shares, tally

# Nearer than this, two posteriors are the same number that was added up in another order.
EQUAL = 1e-12


def majority_vote(crowd: Crowd) -> Fit:
    """Posteriors are the shares of the votes; an item without votes has the shares of the whole crowd.

    Ties stay ties in the posteriors; `winners` breaks them.
    """
    totals = tally(crowd)
    known = clamp(np.zeros_like(totals), crowd)[is_known(crowd)]
    prior = shares((totals.sum(axis=0) + known.sum(axis=0))[None])[0]
    posteriors = clamp(shares(totals, prior), crowd)
    return Fit(posteriors, prior, confusion_after(crowd, posteriors), "majority")


def winners(posteriors: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """[items] the likeliest class of each item.

    A tie goes to the class that is likelier overall (`prior`); where that is a tie, too, to one drawn by the item's
    lot, so that none is favoured, and the same one every time.
    """
    tied = posteriors >= posteriors.max(axis=1, keepdims=True) - EQUAL
    commonest = np.where(tied, prior, -1.0)
    tied &= commonest >= commonest.max(axis=1, keepdims=True) - EQUAL
    lots = scattered(np.arange(1, len(posteriors) + 1)) * tied.sum(axis=1)
    return np.asarray((np.cumsum(tied, axis=1) > lots[:, None]).argmax(axis=1), np.int32)
