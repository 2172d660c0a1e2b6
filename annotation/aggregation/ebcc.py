"""EBCC: annotators who err together, because items of a class are not all alike.

Y. Li, B. Rubinstein & T. Cohn (2019), Exploiting worker correlation for label aggregation in crowdsourcing, ICML.
Every class has subtypes, and every annotator a distribution over labels for each subtype. Within a subtype votes are
independent; over a class they are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import digamma, gammaln

from .crowd import Crowd, Fit
from .tallying import check_size, clamped_shares, confusion_after, is_known, said

SUBTYPES = 10
STARTS = 20
# Starts are compared after so many rounds; the best few go on to the end.
SCREENING, FINALISTS = 25, 3
ROUNDS = 500
ENOUGH = 1e-6
# As in the paper: prior of the subtypes' shares, of the classes', and of the diagonal and the rest of the matrices.
SUBTYPE_PRIOR, CLASS_PRIOR, DIAGONAL, OFF_DIAGONAL = 0.1, 1.0, 4.0, 1.0
# Floats that one start may hold for its items and its annotators; with more, there are fewer subtypes, then starts.
MOST_CELLS = 5_000_000
MOST_WORK = 2_000_000_000
# Multiplications that the finalists may take together, but never fewer rounds than these.
MOST_FINAL_WORK, LEAST_ROUNDS = 2_400_000_000, 40


@dataclass(slots=True)
class _State:
    """`shares`: [items, labels · subtypes], q of class and subtype. `bound`: the evidence lower bound, nats."""

    shares: np.ndarray
    bound: float = -np.inf
    rounds: int = 0
    converged: bool = False


def ebcc(crowd: Crowd, *, subtypes: int = SUBTYPES, starts: int = STARTS, seed: int = 0) -> Fit:
    """Mean-field variational Bayes from the majority's shares, split among the subtypes by lot; of several starts the
    one with the highest evidence lower bound. Known answers are held fixed; which subtype they are is not.

    Large crowds get fewer subtypes, starts and rounds. `confusion` is that of the classes: the subtypes' average.
    Diagnostics: `bound`, in nats. Raises TooManyLabels.
    """
    check_size(crowd)
    votes = _Votes(crowd)
    cells = (crowd.item_count + votes.spoken) * crowd.label_count
    subtypes = int(min(subtypes, max(2, MOST_CELLS // max(1, cells))))
    work = max(1, (len(crowd.votes) + crowd.item_count) * crowd.label_count * subtypes)
    starts = int(min(starts, max(1, MOST_WORK // (work * SCREENING))))
    rounds = int(min(ROUNDS, max(LEAST_ROUNDS, MOST_FINAL_WORK // (work * min(starts, FINALISTS)))))
    beginning = clamped_shares(crowd)
    draw = np.random.default_rng(seed)
    states = []
    for _ in range(starts):
        split = draw.dirichlet(np.ones(subtypes), beginning.shape)
        states.append(_State((split * beginning[:, :, None]).reshape(crowd.item_count, -1)))
        votes.climb(states[-1], subtypes, SCREENING)
        # Only the best few are kept, so that many starts take no more memory.
        states = sorted(states, key=lambda state: -state.bound)[:FINALISTS]
    for state in states:
        votes.climb(state, subtypes, rounds)
    best = max(states, key=lambda state: state.bound)
    posteriors = best.shares.reshape(crowd.item_count, crowd.label_count, subtypes).sum(axis=2)
    posteriors /= posteriors.sum(axis=1, keepdims=True)
    prior = posteriors.mean(axis=0)
    diagnostics = {"bound": best.bound, "subtypes": float(subtypes), "starts": float(starts)}
    confusion = confusion_after(crowd, posteriors)
    return Fit(posteriors, prior, confusion, "ebcc", best.rounds, best.converged, diagnostics)


class _Votes:
    """Who said what of which item, with the columns nobody spoke left out."""

    def __init__(self, crowd: Crowd) -> None:
        everything = said(crowd)
        labels = crowd.label_count
        columns = np.unique(everything.indices)
        self.spoken = len(columns)
        self.matrix = sparse.csr_array(
            (everything.data, np.searchsorted(columns, everything.indices), everything.indptr),
            shape=(crowd.item_count, self.spoken),
        )
        self.transposed = self.matrix.T.tocsr()
        who, self.label = np.divmod(columns, labels)
        self.people, self.who = np.unique(who, return_inverse=True)
        self.labels = labels
        self.gather = sparse.csr_array(
            (np.ones(self.spoken), (self.who, np.arange(self.spoken))), shape=(len(self.people), self.spoken)
        )
        # [columns, labels]: the prior weight with which an annotator says this of each class.
        self.prior = np.where(self.label[:, None] == np.arange(labels), DIAGONAL, OFF_DIAGONAL)
        self.prior_sum = DIAGONAL + OFF_DIAGONAL * (labels - 1)
        self.barred = np.zeros((crowd.item_count, labels), bool)
        if crowd.clamped is not None:
            self.barred[is_known(crowd)] = True
            self.barred[is_known(crowd), np.asarray(crowd.clamped)[is_known(crowd)]] = False

    def climb(self, state: _State, subtypes: int, rounds: int) -> None:
        """So many rounds, or until the bound grows by less than enough."""
        prior = np.repeat(self.prior, subtypes, axis=1)
        barred = np.repeat(self.barred, subtypes, axis=1)
        for _ in range(0 if state.converged else rounds):
            counts = np.asarray(self.transposed @ state.shares)
            sums = np.asarray(self.gather @ counts) + self.prior_sum
            types = state.shares.sum(axis=0).reshape(self.labels, subtypes)
            bound = self._bound(state.shares, counts, sums, prior, types)
            joint = np.asarray(self.matrix @ (digamma(counts + prior) - digamma(sums)[self.who]))
            joint += _expected_logs(types)
            joint[barred] = -np.inf
            joint -= joint.max(axis=1, keepdims=True)
            state.shares = np.exp(joint)
            state.shares /= state.shares.sum(axis=1, keepdims=True)
            state.rounds += 1
            grown, state.bound = bound - state.bound, bound
            if 0 <= grown < ENOUGH * len(joint):
                state.converged = True
                break

    def _bound(
        self,
        shares: np.ndarray,
        counts: np.ndarray,
        sums: np.ndarray,
        prior: np.ndarray,
        types: np.ndarray,
    ) -> float:
        """The evidence lower bound with the best parameters for these shares, so that expectations cancel."""
        entropy = -float((shares * np.log(np.maximum(shares, np.finfo(float).tiny))).sum())
        matrices = (gammaln(counts + prior) - gammaln(prior)).sum() - (gammaln(sums) - gammaln(self.prior_sum)).sum()
        return (
            entropy
            + float(matrices)
            + _log_beta_growth(types, SUBTYPE_PRIOR)
            + _log_beta_growth(types.sum(axis=1)[None], CLASS_PRIOR)
        )


def _expected_logs(types: np.ndarray) -> np.ndarray:
    """[labels · subtypes] expected log-share of each subtype of each class."""
    subtype = digamma(types + SUBTYPE_PRIOR) - digamma((types + SUBTYPE_PRIOR).sum(axis=1, keepdims=True))
    classes = types.sum(axis=1) + CLASS_PRIOR
    return (subtype + (digamma(classes) - digamma(classes.sum()))[:, None]).reshape(-1)


def _log_beta_growth(counts: np.ndarray, prior: float) -> float:
    """Σ over rows of ln B(counts + prior) − ln B(prior)."""
    width = counts.shape[1]
    grown = (gammaln(counts + prior) - gammaln(prior)).sum() - gammaln(counts.sum(axis=1) + prior * width).sum()
    return float(grown + len(counts) * gammaln(prior * width))
