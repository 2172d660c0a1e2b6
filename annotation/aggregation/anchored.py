"""Dawid–Skene held to known answers: for crowds whose members err together, such as language models.

Free EM takes whatever most annotators share for the truth, errors included. Here known answers are clamped (Raykar et
al. 2010, Learning from crowds, §3), items without one count for less (EM-λ; Nigam et al. 2000, Text classification from
labeled and unlabeled documents using EM), a vote's likelihood is raised to a power below 1 where votes repeat each
other, and annotators with few anchors are drawn towards what is known of their skill and of the whole crowd. How far
each of these goes is measured on anchors that are held out, not assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import sparse

from .crowd import Crowd, Fit
from .scattering import scattered
from .tallying import (
    as_confusion,
    check_size,
    clamp_logs,
    clamped_shares,
    confusion_counts,
    is_known,
    normalised,
    pooled,
    said,
)

ROUNDS, ENOUGH = 60, 1e-6
# Which settings are better shows before a fit has settled.
TRIAL_ROUNDS, TRIAL_ENOUGH = 20, 1e-3
FOLDS = 5
# With fewer anchors there is nothing to hold out, and annotators are taken to be independent.
LEAST_ANCHORS = 10
# Settings are compared on so many anchors and so many other items at most.
MOST_ANCHORS, MOST_OTHERS = 400, 2_000
SKILL_PRIOR = 4.0
MOST_SKILL = 0.98
CLASS_PRIOR = 2.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`open_weight`: of an item without a known answer, beside an anchor's 1. `power`: of a vote's likelihood.
    `strength`: how many answers per class the expectation of an annotator's matrix is worth."""

    open_weight: float = 1.0
    power: float = 1.0
    strength: float = 8.0


GRID = tuple(Settings(*each) for each in product((0.03, 0.5), (0.2, 0.45, 1.0), (4.0, 16.0)))


def anchored(crowd: Crowd, settings: Settings | None = None) -> Fit:
    """EM with `settings`; without them, with those that predict held-out anchors best, averaged by how well they do.

    Works without anchors, too, and then shrinks matrices but trusts every vote. Diagnostics: the settings, `anchors`,
    and `held_out`, the mean log-probability of held-out anchors (nats) under the best settings. Raises TooManyLabels.
    """
    check_size(crowd)
    diagnostics = {"anchors": float(is_known(crowd).sum())}
    if settings is None:
        settings, held_out = choose(crowd)
        diagnostics |= {} if held_out is None else {"held_out": held_out}
    diagnostics |= {
        "open_weight": settings.open_weight,
        "power": settings.power,
        "strength": settings.strength,
    }
    posteriors, prior, confusion, rounds, converged = _climb(crowd, settings, ROUNDS, ENOUGH)
    return Fit(posteriors, prior, confusion, "anchored", rounds, converged, diagnostics, settings.power)


def choose(crowd: Crowd) -> tuple[Settings, float | None]:
    """Settings, each the mean over GRID weighed by the likelihood of anchors that were held out (geometric, because
    they are factors); and the best mean log-likelihood. Without enough anchors the defaults, and None."""
    known = np.flatnonzero(is_known(crowd))
    if len(known) < LEAST_ANCHORS:
        return Settings(), None
    sample, anchors = _sampled(crowd, known)
    truth = np.asarray(sample.clamped)
    likelihoods = np.zeros(len(GRID))
    for fold in range(FOLDS):
        held = anchors[fold::FOLDS]
        hidden = truth.copy()
        hidden[held] = -1
        rest = replace(sample, clamped=hidden)
        for place, settings in enumerate(GRID):
            posteriors, *_ = _climb(rest, settings, TRIAL_ROUNDS, TRIAL_ENOUGH)
            chances = posteriors[held, truth[held]]
            likelihoods[place] += np.log(np.maximum(chances, 1e-9)).sum()
    worth = np.exp(likelihoods - likelihoods.max())
    logs = np.log([(each.open_weight, each.power, each.strength) for each in GRID])
    mean = np.exp(worth / worth.sum() @ logs)
    return Settings(*(float(each) for each in mean)), float(likelihoods.max()) / len(anchors)


def _sampled(crowd: Crowd, known: np.ndarray) -> tuple[Crowd, np.ndarray]:
    """A crowd small enough to be fitted often, and which of its items are anchors, in an order drawn by lot."""
    drawn = known[np.argsort(scattered(known + 1), kind="stable")][:MOST_ANCHORS]
    others = np.flatnonzero(~is_known(crowd))
    others = others[np.argsort(scattered(others + 1), kind="stable")][:MOST_OTHERS]
    place = np.full(crowd.item_count, -1)
    kept = np.concatenate([drawn, others])
    place[kept] = np.arange(len(kept))
    votes = np.flatnonzero(place[crowd.items] >= 0)
    people, annotators = np.unique(crowd.annotators[votes], return_inverse=True)
    small = Crowd(
        items=place[crowd.items[votes]],
        annotators=annotators,
        votes=crowd.votes[votes],
        item_count=len(kept),
        annotator_count=len(people),
        label_count=crowd.label_count,
        clamped=np.asarray(crowd.clamped)[kept],
        weights=None if crowd.weights is None else np.asarray(crowd.weights)[votes],
    )
    return small, np.arange(len(drawn))


def _climb(
    crowd: Crowd, settings: Settings, most: int, enough: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool]:
    """(posteriors, prior, confusion, rounds, whether no posterior changes by `enough` any more)."""
    matrix = said(crowd)
    weight = np.where(is_known(crowd), 1.0, settings.open_weight)[:, None]
    posteriors = clamped_shares(crowd)
    rounds, converged = 0, False
    while rounds < most and not converged:
        rounds += 1
        prior, confusion = _estimate(crowd, matrix, posteriors * weight, settings.strength)
        after = _expect(crowd, matrix, prior, confusion, settings.power)
        converged = bool(np.abs(after - posteriors).max(initial=0.0) < enough)
        posteriors = after
    return posteriors, prior, confusion, rounds, converged


def _expect(
    crowd: Crowd, matrix: sparse.csr_array, prior: np.ndarray, confusion: np.ndarray, power: float
) -> np.ndarray:
    annotators, labels, _ = confusion.shape
    spoken = power * np.log(confusion).transpose(0, 2, 1).reshape(annotators * labels, labels)
    return normalised(clamp_logs(np.asarray(matrix @ spoken) + np.log(prior), crowd))[0]


def _estimate(
    crowd: Crowd, matrix: sparse.csr_array, posteriors: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """([labels], [annotators, labels, labels]) what weighted classes tell of the prior and the annotators."""
    labels = crowd.label_count
    prior = posteriors.sum(axis=0) + CLASS_PRIOR / labels
    counts = confusion_counts(matrix, posteriors, crowd.annotator_count)
    return prior / prior.sum(), as_confusion(counts, strength * expected(counts))


def expected(counts: np.ndarray) -> np.ndarray:
    """[annotators, labels, labels] what to expect of an annotator before any class is looked at alone: half what the
    crowd says of a class, half what one says who knows the answer with a certain skill, and else speaks by habit (as in
    MACE; Hovy et al. 2013). Skill is agreement beyond chance, drawn towards the crowd's.
    """
    labels = counts.shape[1]
    met = counts.sum(axis=2)
    total = met.sum(axis=1)
    habits = counts.sum(axis=1) + 1 / labels
    habits /= habits.sum(axis=1, keepdims=True)
    right = np.trace(counts, axis1=1, axis2=2)
    by_chance = (met * habits).sum(axis=1)
    everything = max(float(total.sum()), np.finfo(float).tiny)
    right = (right + SKILL_PRIOR * right.sum() / everything) / (total + SKILL_PRIOR)
    by_chance = (by_chance + SKILL_PRIOR * by_chance.sum() / everything) / (total + SKILL_PRIOR)
    skill = np.clip((right - by_chance) / np.maximum(1 - by_chance, 1e-3), 0.0, MOST_SKILL)[:, None, None]
    knowing = skill * np.eye(labels) + (1 - skill) * habits[:, None, :]
    return np.asarray((knowing + pooled(counts)) / 2)
