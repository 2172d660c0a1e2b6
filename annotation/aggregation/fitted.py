"""What a fit knows of the annotators, kept so that the votes on one item are fused in microseconds.

Where an answer is one option, or any of them, each annotator has a confusion matrix and votes are independent given
the truth (Dawid & Skene 1979); a model whose probabilities are calibrated speaks by those instead (Kerrigan, Smyth &
Steyvers 2021, Combining human predictions with model probabilities). Spans are decided word by word likewise
(`fitted_spans`). Elsewhere votes are shares, weighed by how much an annotator is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from annotation.questions import Answer, Distribution, Fields, Question, type_of

from .majority import Outcome
from .tallying import normalised

# Never is not impossible: matrices are kept above the first, and a calibrated model is never surer than the second
# allows.
LEAST = 1e-9
LEAST_STATED = 1e-3
# Where all who answered are worthless, the majority of them is still all there is.
LEAST_WEIGHT = 1e-3
# Until a model is measured against people, its whole distribution weighs half a person's answer.
MODEL_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Said:
    """One annotator's vote on one question. `shares`: the answer as its type's `vote` gives it.

    `weight` is the lead's, of a person; `calibrated` says that `shares` are probabilities that were held against
    people's answers.
    """

    annotator: int
    human: bool
    answer: Answer
    shares: Distribution
    weight: float = 1.0
    calibrated: bool = False


class Knowledge(Protocol):
    """How the votes on one question are fused."""

    @property
    def method(self) -> str:
        """What the consensus is told to come from."""

    def suits(self, question: Question) -> bool:
        """Whether it was fitted on the options that are offered today."""

    def fuse(self, question: Question, said: Sequence[Said], fields: Fields) -> Outcome:
        """At least one vote on an item that shows `fields` → the outcome."""

    def worth(self, question: Question, shares: Distribution | None) -> float | None:
        """What one more person's vote is expected to tell about an item whose outcome has these shares, or about one
        without votes, in [0, 1]; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Votes are added up as shares; `weights`: annotator → how much theirs count beside a person's 1."""

    method: str = "majority"
    weights: Mapping[int, float] = field(default_factory=dict)
    people: float = 1.0
    models: float = MODEL_WEIGHT

    def suits(self, question: Question) -> bool:
        return True

    def fuse(self, question: Question, said: Sequence[Said], fields: Fields) -> Outcome:
        return _outcome(question, [(each.shares, self._weight(each)) for each in said], fields, len(said), self.method)

    def worth(self, question: Question, shares: Distribution | None) -> float | None:
        return None

    def _weight(self, said: Said) -> float:
        worth = self.weights.get(said.annotator, self.people if said.human else self.models)
        return said.weight * max(worth, LEAST_WEIGHT)


@dataclass(frozen=True, slots=True)
class Trusted:
    """One annotator's answer stands wherever there is one; the others are heard where there is none.

    `accuracy` on known answers is how sure that answer is; None where nothing was measured. Then a person's is certain,
    because the lead says so, and a model is as sure as it says.
    """

    annotator: int
    accuracy: float | None = None
    method: str = "trust_one"

    def suits(self, question: Question) -> bool:
        return True

    def fuse(self, question: Question, said: Sequence[Said], fields: Fields) -> Outcome:
        one = next((each for each in said if each.annotator == self.annotator), None)
        if one is None:
            return Shares().fuse(question, said, fields)
        kind = type_of(question)
        alone = kind.aggregate(question, [(kind.vote(question, one.answer, None), 1.0)], fields)
        stated = kind.aggregate(question, [(one.shares, 1.0)], fields).posterior
        sure = self.accuracy if self.accuracy is not None else (1.0 if one.human else stated)
        return Outcome(one.answer, sure, alone.distribution, len(said), self.method)

    def worth(self, question: Question, shares: Distribution | None) -> float | None:
        return None


@dataclass(frozen=True, slots=True)
class Matrices:
    """A confusion matrix per annotator and decision: one decision where one option is the answer, and one per option
    (no, yes) where any of them can be.

    `options`: the question's, in order. `prior`: [d, k]. `confusion`: annotator → [d, k, k], what they say (last axis)
    of a class. `people`, `models`: [d, k, k], the same of somebody who is not known yet; `models` is None where the
    fit heard no model. `sharpness`: the power of a vote's likelihood, below 1 where votes err together.
    """

    method: str
    options: tuple[str, ...]
    prior: np.ndarray
    confusion: Mapping[int, np.ndarray]
    people: np.ndarray
    models: np.ndarray | None = None
    sharpness: float = 1.0

    def suits(self, question: Question) -> bool:
        return question.values == self.options

    def fuse(self, question: Question, said: Sequence[Said], fields: Fields) -> Outcome:
        shares = dict(zip(self.options, self.probabilities(question, said).tolist(), strict=True))
        return _outcome(question, [(shares, 1.0)], fields, len(said), self.method)

    def probabilities(self, question: Question, said: Sequence[Said]) -> np.ndarray:
        """[options] of each that it is the answer, or that it is among the answers."""
        decisions = np.arange(len(self.prior))
        heard = np.zeros_like(self.prior)
        stated: list[np.ndarray] = []
        for each in said:
            if each.calibrated:
                stated.append(self._stated(each.shares))
                continue
            vote = self._vote(question, each.answer)
            if vote is None:
                continue
            known = self.confusion.get(each.annotator)
            weight = each.weight * self.sharpness
            if known is None and not each.human and self.models is None:
                # Nothing is known of any model: it weighs what one does that was never measured.
                weight *= MODEL_WEIGHT
            matrix = known if known is not None else self._anybody(each.human)
            heard += weight * np.log(np.maximum(matrix[decisions, :, vote], LEAST))
        # Calibrated models are read together, and stand in the prior's place: three that say the same have mostly
        # learned the same, and are not three witnesses.
        before = np.mean(stated, axis=0) if stated else np.log(np.maximum(self.prior, LEAST))
        joint = before + heard
        posterior, _ = normalised(joint)
        return np.asarray(posterior[0] if self._is_one else posterior[:, 1])

    def worth(self, question: Question, shares: Distribution | None) -> float | None:
        """The mutual information of a person's vote and the truth, as a share of what there is to know at most: high
        where votes so far leave a doubt that somebody of this crowd's competence can settle."""
        now = self.prior if shares is None else self._chances([shares.get(option, 0.0) for option in self.options])
        sums = now.sum(axis=1, keepdims=True)
        now = np.where(sums > 0, now / np.where(sums > 0, sums, 1.0), 1 / now.shape[1])
        joint = now[:, :, None] * self.people
        told = joint.sum(axis=1, keepdims=True)
        apart = now[:, :, None] * told
        gained = np.where(joint > 0, joint * np.log(np.where(joint > 0, joint, 1) / np.where(apart > 0, apart, 1)), 0)
        return float(np.clip(gained.sum(axis=(1, 2)) / np.log(now.shape[1]), 0.0, 1.0).max())

    def accuracy(self, annotator: int) -> float:
        """The expected share of right answers of somebody the fit knows."""
        return float(np.mean(np.einsum("dk,dkk->d", self.prior, self.confusion[annotator])))

    @property
    def _is_one(self) -> bool:
        return len(self.prior) == 1

    def _anybody(self, human: bool) -> np.ndarray:
        return self.people if human or self.models is None else self.models

    def _vote(self, question: Question, answer: Answer) -> np.ndarray | None:
        """[d] what was said of each decision; None where that is no option any more."""
        keys = type_of(question).keys(question, answer)
        if not self._is_one:
            return np.array([option in keys for option in self.options], dtype=np.intp)
        return np.array([self.options.index(keys[0])]) if keys and keys[0] in self.options else None

    def _stated(self, shares: Distribution) -> np.ndarray:
        """[d, k] logarithms of a calibrated model's probabilities."""
        stated = [shares.get(option, 0.0) for option in self.options]
        return np.log(self._chances(np.clip(stated, LEAST_STATED, 1 - LEAST_STATED)))

    def _chances(self, each: Sequence[float] | np.ndarray) -> np.ndarray:
        """[options] probabilities → [d, k]"""
        chances = np.asarray(each)
        return chances[None] if self._is_one else np.stack([1 - chances, chances], axis=1)


def _outcome(
    question: Question, votes: list[tuple[Distribution, float]], fields: Fields, count: int, method: str
) -> Outcome:
    fused = type_of(question).aggregate(question, votes, fields)
    return Outcome(fused.answer, fused.posterior, fused.distribution, count, method)


MAJORITY: Knowledge = Shares()
