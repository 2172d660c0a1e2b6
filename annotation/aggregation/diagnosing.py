"""What is wrong with a crowd or with a fit of it, in sentences: collapsed fits, near-copies, mechanical answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from .crowd import Crowd, Fit
from .tallying import is_known, normalised, said, shares, tally, weights

# A class that so large a share of the votes names, but (almost) no item is given, was swallowed by another.
NAMED, GIVEN = 0.1, 0.01
# With less than so many votes, or items in common, chance explains a lot.
LEAST_VOTES = 20
# Near-copies agree on this share, and beyond what their accuracies explain by this much and by so many standard
# errors, on items of which the others are this sure.
ALIKE, BEYOND, ERRORS = 0.85, 0.1, 5.0
SURE = 0.9
# Who says one label this often, of items of which so few should have it.
MONOTONOUS, VARIED = 0.95, 0.75
# Who is this many standard errors worse than chance has misunderstood something.
CONTRARY = 4.0
MOST_ANNOTATORS = 1_500
MOST_TOLD = 10
MOST_PAIRS = 5_000


def diagnose(crowd: Crowd, fit: Fit, names: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Sentences that name annotators ([annotators] names) and classes ([labels] names); empty when all is well."""
    return [
        *collapse(crowd, fit, labels),
        *near_copies(crowd, fit, names),
        *one_label(crowd, fit, names, labels),
        *by_chance(crowd, fit, names),
    ]


def collapse(crowd: Crowd, fit: Fit, labels: Sequence[str]) -> list[str]:
    """Whether classes that many votes name were lost in the fit, as EM does where most annotators err alike."""
    named = shares(tally(crowd).sum(axis=0, keepdims=True))[0]
    given = np.bincount(fit.posteriors.argmax(axis=1), minlength=crowd.label_count) / max(1, crowd.item_count)
    lost = np.flatnonzero((named >= NAMED) & (given < GIVEN))
    if not len(lost) or crowd.item_count < LEAST_VOTES:
        return []
    taken = int(given.argmax())
    told = ", ".join(f"“{labels[each]}” ({named[each]:.0%} of the votes)" for each in lost[:MOST_TOLD])
    return [
        f"The fit has collapsed: {given[taken]:.0%} of the items are “{labels[taken]}”, and hardly any are {told}."
        " Annotators seem to err together; known answers (gold) would hold the fit."
    ]


def near_copies(crowd: Crowd, fit: Fit, names: Sequence[str]) -> list[str]:
    """Pairs that agree far more often than two independent annotators would.

    A fit takes copies for experts, because each confirms the other. So a pair is looked at on the items of which the
    others alone are sure: there experts are right together, and copies wrong together.
    """
    if not len(fit.confusion):
        return []
    found = []
    pairs = _Pairs(crowd, fit)
    for one, other in _alike(crowd):
        seen, agreement, expected, error = pairs.compared(one, other)
        if seen >= LEAST_VOTES and agreement - expected > max(BEYOND, ERRORS * error):
            found.append((agreement - expected, one, other, seen, agreement, expected))
    found.sort(key=lambda each: (-round(each[0], 9), each[1], each[2]))
    sentences = [
        f"{names[one]} and {names[other]} are near-copies: they agree on {agreement:.0%} of {seen:,} items, where their"
        f" accuracies explain {expected:.0%}. Together they are little more than one vote."
        for _, one, other, seen, agreement, expected in found[:MOST_TOLD]
    ]
    return sentences + _more(len(found), "pairs of near-copies")


def one_label(crowd: Crowd, fit: Fit, names: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Annotators who say one label whatever they are shown."""
    given, counts = _given(crowd)
    favourite = given.argmax(axis=1)
    share = given.max(axis=1) / np.maximum(counts, 1)
    deserved = _met(crowd, fit)[np.arange(crowd.annotator_count), favourite]
    found = np.flatnonzero((counts >= LEAST_VOTES) & (share >= MONOTONOUS) & (deserved <= VARIED))
    sentences = [
        f"{names[one]} says “{labels[favourite[one]]}” in {share[one]:.0%} of {counts[one]:,.0f} answers, where"
        f" {deserved[one]:.0%} of these items seem to be that."
        for one in found[:MOST_TOLD]
    ]
    return sentences + _more(len(found), "annotators who say one label")


def by_chance(crowd: Crowd, fit: Fit, names: Sequence[str]) -> list[str]:
    """Annotators whose answers agree with the outcome no more often than their habits alone would."""
    given, counts = _given(crowd)
    habits = given / np.maximum(counts, 1)[:, None]
    right = fit.posteriors[crowd.items, crowd.votes]
    agreed = np.bincount(crowd.annotators, right, minlength=crowd.annotator_count) / np.maximum(counts, 1)
    luck = (habits * _met(crowd, fit)).sum(axis=1)
    error = np.sqrt(np.maximum(luck * (1 - luck), 1e-12) / np.maximum(counts, 1))
    varied = habits.max(axis=1, initial=0.0) < MONOTONOUS
    found = np.flatnonzero((counts >= 2 * LEAST_VOTES) & varied & (agreed <= luck + error))
    contrary = agreed < luck - CONTRARY * error
    sentences = [
        f"{names[one]} answers {'against the others' if contrary[one] else 'as if by chance'}: {agreed[one]:.0%} of"
        f" {counts[one]:,.0f} answers agree with the outcome, where guessing with the same habits would reach"
        f" {luck[one]:.0%}."
        for one in found[:MOST_TOLD]
    ]
    return sentences + _more(len(found), "annotators who seem to answer by chance, or against the others")


def _given(crowd: Crowd) -> tuple[np.ndarray, np.ndarray]:
    """[annotators, labels] how often each said what, and [annotators] how often anything."""
    cells = crowd.annotators.astype(np.int64) * crowd.label_count + crowd.votes
    given = np.bincount(cells, minlength=crowd.annotator_count * crowd.label_count)
    table = given.reshape(crowd.annotator_count, crowd.label_count)
    return table, table.sum(axis=1)


def _met(crowd: Crowd, fit: Fit) -> np.ndarray:
    """[annotators, labels] shares of the classes among the items that each annotator answered."""
    size = (crowd.annotator_count, crowd.item_count)
    met = sparse.csr_array((np.ones(len(crowd.votes)), (crowd.annotators, crowd.items)), shape=size)
    return shares(np.asarray(met @ fit.posteriors))


def _alike(crowd: Crowd) -> list[tuple[int, int]]:
    """Pairs among the busiest annotators that agree on most of what both answered."""
    counts = np.bincount(crowd.annotators, minlength=crowd.annotator_count)
    busiest = np.argsort(-counts, kind="stable")[:MOST_ANNOTATORS]
    busiest = np.sort(busiest[counts[busiest] >= LEAST_VOTES])
    columns = (busiest[:, None] * crowd.label_count + np.arange(crowd.label_count)).reshape(-1)
    spoken = said(crowd).tocsc()[:, columns]
    spoken.data = np.ones_like(spoken.data)
    who = np.repeat(np.arange(len(busiest)), crowd.label_count)
    people = sparse.csr_array((np.ones(len(who)), (np.arange(len(who)), who)), shape=(len(who), len(busiest)))
    answered = (spoken @ people).tocsc()
    common = (answered.T @ answered).toarray()
    same = np.zeros_like(common)
    for label in range(crowd.label_count):
        each = spoken[:, np.arange(label, len(columns), crowd.label_count)]
        same += (each.T @ each).toarray()
    ones, others = np.nonzero(np.triu((common >= LEAST_VOTES) & (same >= ALIKE * common), 1))
    alike = np.argsort(-np.round(same[ones, others] / common[ones, others], 9), kind="stable")[:MOST_PAIRS]
    ones, others = ones[alike], others[alike]
    return [(int(busiest[one]), int(busiest[other])) for one, other in zip(ones, others, strict=True)]


class _Pairs:
    """What two annotators said of the same items, and what all others make of these."""

    def __init__(self, crowd: Crowd, fit: Fit) -> None:
        self.crowd = crowd
        self.known = is_known(crowd)
        order = np.lexsort((crowd.items, crowd.annotators))
        self.items, self.votes = crowd.items[order], crowd.votes[order]
        self.weights = weights(crowd)[order]
        self.bounds = np.searchsorted(crowd.annotators[order], np.arange(crowd.annotator_count + 1))
        self.spoken = fit.power * np.log(np.maximum(fit.confusion, np.finfo(float).tiny))
        prior = np.log(np.maximum(fit.prior, np.finfo(float).tiny))
        columns = self.spoken.transpose(0, 2, 1).reshape(-1, crowd.label_count)
        self.joint = np.asarray(said(crowd) @ columns) + prior

    def compared(self, one: int, other: int) -> tuple[int, float, float, float]:
        """(items in common of which the others are sure, share on which the two agree, expected share, its error)."""
        mine, theirs = (slice(self.bounds[each], self.bounds[each + 1]) for each in (one, other))
        common, first, second = np.intersect1d(self.items[mine], self.items[theirs], return_indices=True)
        said_one, said_other = self.votes[mine][first], self.votes[theirs][second]
        joint = self.joint[common] - self.weights[mine][first, None] * self.spoken[one][:, said_one].T
        joint -= self.weights[theirs][second, None] * self.spoken[other][:, said_other].T
        known = self.known[common]
        if known.any():
            joint[known] = -np.inf
            joint[known, np.asarray(self.crowd.clamped)[common[known]]] = 0.0
        truth, _ = normalised(joint)
        sure = truth.max(axis=1, initial=0.0) >= SURE
        if not sure.any():
            return 0, 0.0, 0.0, 0.0
        truth, said_one, said_other = truth[sure], said_one[sure], said_other[sure]
        each = truth @ self._together(truth, said_one, said_other)
        error = float(np.sqrt((each * (1 - each)).sum())) / len(each)
        return len(each), float((said_one == said_other).mean()), float(each.mean()), error

    def _together(self, truth: np.ndarray, said_one: np.ndarray, said_other: np.ndarray) -> np.ndarray:
        """[labels] how often two who answer by these records, independently, say the same of a class."""
        names = np.eye(self.crowd.label_count)
        ours, theirs = (shares(truth.T @ names[votes]) for votes in (said_one, said_other))
        return np.asarray((ours * theirs).sum(axis=1))


def _more(count: int, what: str) -> list[str]:
    return [f"There are {count - MOST_TOLD:,} more {what}."] if count > MOST_TOLD else []
