"""MACE: each annotator either knows the answer or speaks by habit.

D. Hovy, T. Berg-Kirkpatrick, A. Vaswani & E. Hovy (2013), Learning whom to trust with MACE, NAACL-HLT.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .crowd import Crowd, Fit
from .tallying import Tallier, clamp_logs, clamped_shares, confusion_after, normalised, weights

STARTS, LEAST_STARTS = 10, 2
# Of all starts together: large crowds get fewer.
MOST_VOTES = 1_000_000
ROUNDS = 200
SCREENING = 20
ENOUGH = 1e-7
# Answers that habits and competence are taken to have behind them before anything was seen; as the authors' smoothing.
SMOOTHING = 0.1


@dataclass(slots=True)
class _State:
    """`competence`: [annotators] how often one knows; `habits`: [annotators, labels] what one says otherwise."""

    competence: np.ndarray
    habits: np.ndarray
    posteriors: np.ndarray
    objective: float = -np.inf
    rounds: int = 0
    converged: bool = False


def mace(crowd: Crowd, *, starts: int = STARTS, seed: int = 0) -> Fit:
    """EM with smoothing, once from the majority and otherwise from competences drawn by lot; the likeliest counts.

    All classes are equally likely beforehand, as in the paper. Known answers are held fixed. Diagnostics: `objective`,
    the log-likelihood of the votes plus the log prior that smoothing amounts to.
    """
    climber = _Climber(crowd)
    starts = min(starts, max(LEAST_STARTS, MOST_VOTES // max(1, len(crowd.votes))))
    draw = np.random.default_rng(seed)
    even = np.full((crowd.annotator_count, crowd.label_count), 1 / crowd.label_count)
    states = []
    for number in range(starts):
        competence = np.full(crowd.annotator_count, 0.5) if number == 0 else draw.beta(2, 1, crowd.annotator_count)
        state = _State(competence, even.copy(), clamped_shares(crowd))
        if number:
            climber.expect(state)
        states.append(state)
        climber.climb(state, SCREENING)
    best = max(states, key=lambda state: state.objective)
    climber.climb(best, ROUNDS)
    diagnostics = {"objective": best.objective, "starts": float(starts)}
    prior = best.posteriors.mean(axis=0)
    confusion = confusion_after(crowd, best.posteriors)
    return Fit(best.posteriors, prior, confusion, "mace", best.rounds, best.converged, diagnostics)


class _Climber:
    def __init__(self, crowd: Crowd) -> None:
        order = np.lexsort((crowd.annotators, crowd.items))
        self.crowd = crowd
        self.items, self.who, self.said = crowd.items[order], crowd.annotators[order], crowd.votes[order]
        self.weights = weights(crowd)[order]
        self.sorted = Crowd(
            self.items,
            self.who,
            self.said,
            crowd.item_count,
            crowd.annotator_count,
            crowd.label_count,
            crowd.clamped,
            self.weights,
        )
        self.tallier = Tallier(self.sorted)
        self.spoken = self.who.astype(np.int64) * crowd.label_count + self.said

    def climb(self, state: _State, rounds: int) -> None:
        """So many rounds, or until the objective grows by less than enough."""
        for _ in range(rounds):
            if state.converged:
                return
            self._estimate(state)
            before = state.objective
            self.expect(state)
            state.rounds += 1
            state.converged = state.objective - before < ENOUGH * self.crowd.item_count

    def expect(self, state: _State) -> None:
        """What each vote says of its item, and the objective."""
        by_habit = (1 - state.competence)[self.who] * state.habits.reshape(-1)[self.spoken]
        knowing = by_habit + state.competence[self.who]
        labels = self.crowd.label_count
        heard = self.tallier.totals(self.weights * (np.log(knowing) - np.log(by_habit)))
        silent = np.bincount(self.items, self.weights * np.log(by_habit), minlength=self.crowd.item_count)
        joint = clamp_logs(heard + silent[:, None] - np.log(labels), self.crowd)
        state.posteriors, evidence = normalised(joint)
        habits = np.log(state.habits).sum() + np.log(state.competence).sum() + np.log(1 - state.competence).sum()
        state.objective = float(evidence.sum() + SMOOTHING * habits)

    def _estimate(self, state: _State) -> None:
        """Competence and habits from how likely each vote was made by knowing."""
        knows = state.competence[self.who]
        by_habit = (1 - knows) * state.habits.reshape(-1)[self.spoken]
        knew = self.weights * state.posteriors[self.items, self.said] * knows / (knows + by_habit)
        people, labels = self.crowd.annotator_count, self.crowd.label_count
        known = np.bincount(self.who, knew, minlength=people)
        guessed = np.bincount(self.who, self.weights - knew, minlength=people)
        state.competence = (known + SMOOTHING) / (known + guessed + 2 * SMOOTHING)
        spoken = np.bincount(self.spoken, self.weights - knew, minlength=people * labels).reshape(people, labels)
        habits = np.asarray(spoken, float) + SMOOTHING
        state.habits = habits / habits.sum(axis=1, keepdims=True)
