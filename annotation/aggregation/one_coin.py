"""One-coin Dawid–Skene: each annotator is right with one probability, and errs evenly among the other labels.

Y. Zhang, X. Chen, D. Zhou & M. I. Jordan (2016), Spectral methods meet EM, JMLR 17, §2. For many labels or few answers.
"""

from __future__ import annotations

import numpy as np

from .crowd import Crowd, Fit
from .tallying import Tallier, clamp_logs, clamped_shares, confusion_after, normalised, weights

ROUNDS = 200
ENOUGH = 1e-7
SMOOTHING = 0.01


def one_coin(crowd: Crowd, *, smoothing: float = SMOOTHING) -> Fit:
    """EM from the majority's shares; needs memory for items · labels alone. Known answers are held fixed.

    Diagnostics: `log_likelihood` of the votes; `objective`, what EM climbs, is that plus the log prior of the skills.
    """
    labels = max(2, crowd.label_count)
    order = np.lexsort((crowd.items, crowd.annotators))
    items, who, said = crowd.items[order], crowd.annotators[order], crowd.votes[order]
    counted = weights(crowd)
    given = np.bincount(who, counted[order], minlength=crowd.annotator_count)
    tallier = Tallier(crowd)
    posteriors = clamped_shares(crowd)
    objective, history, converged = -np.inf, 0, False
    while history < ROUNDS and not converged:
        history += 1
        prior = np.maximum(posteriors.mean(axis=0), np.finfo(float).tiny)
        right = np.bincount(who, counted[order] * posteriors[items, said], minlength=crowd.annotator_count)
        # Wrong answers are spread over the other labels, so that each cell gets the same smoothing.
        skill = (right + smoothing) / (given + labels * smoothing)
        wrong = (1 - skill) / (labels - 1)
        heard = tallier.totals(counted * np.log(skill / wrong)[crowd.annotators])
        silent = tallier.totals(counted * np.log(wrong)[crowd.annotators]).sum(axis=1, keepdims=True)
        joint = clamp_logs(heard + silent + np.log(prior), crowd)
        posteriors, evidence = normalised(joint)
        likelihood = float(evidence.sum())
        after = likelihood + smoothing * float((np.log(skill) + (labels - 1) * np.log(wrong)).sum())
        converged, objective = after - objective < ENOUGH * crowd.item_count, after
    diagnostics = {"log_likelihood": likelihood, "objective": objective}
    confusion = confusion_after(crowd, posteriors)
    return Fit(posteriors, prior, confusion, "one_coin", history, converged, diagnostics)
