"""Correct a model's stated probabilities by how often it was right: Platt scaling, or isotonic regression.

What is corrected is the probability of the top option alone, as a question with two outcomes, right or wrong (top-label
calibration, Gupta & Ramdas 2022, arXiv:2107.08353): a few dozen answers are enough for it, where a fit per option would
need as many for each. The other options share what is left in the proportions that the model gave them.

An answer in parts is right where all of it is, and as sure as its least sure part: the odds of all parts are raised to
the one power that gives that part the corrected probability, so that what was likelier than not stays so.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy
from scipy.special import expit, logit

from annotation.questions import Distribution

from .scattering import scattered

ISOTONIC_FROM = 200
FOLDS = 10
CLIP = 1e-6
# How far the top option stays above the others where calibration would make them equal.
MARGIN = 1e-6
STEPS = 100
STEEPEST, HALVINGS = 1_000.0, 40


class Calibrator(Protocol):
    """A rising function from stated to observed probability."""

    method: str

    def __call__(self, confidence: np.ndarray) -> np.ndarray:
        """[n] stated probabilities → [n] corrected ones."""

    def at(self, confidence: float) -> float:
        """The same for one probability, without the price of an array: votes are corrected one by one."""

    @property
    def parameters(self) -> dict[str, Any]:
        """As JSON, for `calibrator_of`."""


@dataclass(frozen=True, slots=True)
class Platt:
    """p = 1 / (1 + exp(−(slope · logit(confidence) + intercept)))."""

    slope: float
    intercept: float
    method = "platt"

    def __call__(self, confidence: np.ndarray) -> np.ndarray:
        return expit(self.slope * logit(np.clip(confidence, CLIP, 1 - CLIP)) + self.intercept)

    def at(self, confidence: float) -> float:
        clipped = min(max(confidence, CLIP), 1 - CLIP)
        return 1 / (1 + math.exp(-self.slope * math.log(clipped / (1 - clipped)) - self.intercept))

    @property
    def parameters(self) -> dict[str, Any]:
        return {"slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Linear between the knots (stated, observed), level beyond them."""

    stated: tuple[float, ...]
    observed: tuple[float, ...]
    method = "isotonic"

    def __call__(self, confidence: np.ndarray) -> np.ndarray:
        return np.interp(confidence, self.stated, self.observed)

    def at(self, confidence: float) -> float:
        above = bisect_right(self.stated, confidence)
        if above in (0, len(self.stated)):
            return self.observed[min(above, len(self.stated) - 1)]
        left, right = self.stated[above - 1], self.stated[above]
        low, high = self.observed[above - 1], self.observed[above]
        return low + (high - low) * (confidence - left) / (right - left)

    @property
    def parameters(self) -> dict[str, Any]:
        return {"stated": list(self.stated), "observed": list(self.observed)}


def fit(confidence: np.ndarray, right: np.ndarray, *, isotonic_from: int = ISOTONIC_FROM) -> Calibrator:
    """[n] stated probabilities, [n] whether they were right → Platt below `isotonic_from` cases, isotonic from there.

    Isotonic regression takes any rising shape but overfits few cases (Niculescu-Mizil & Caruana 2005). ValueError
    without a case.
    """
    if not len(confidence) or len(confidence) != len(right):
        raise ValueError(f"{len(confidence)} probabilities with {len(right)} outcomes")
    return fit_isotonic(confidence, right) if len(confidence) >= isotonic_from else fit_platt(confidence, right)


def fit_platt(confidence: np.ndarray, right: np.ndarray) -> Platt:
    """Maximum likelihood with Platt's smoothed targets (Platt 1999), by Newton's method (Lin, Lin & Weng 2007).

    A slope below 0 would make the surest answers the least trusted ones; then, and where all probabilities are the
    same, every answer gets the share that was right.
    """
    hits = int(np.sum(right))
    misses = len(right) - hits
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    scores = logit(np.clip(confidence, CLIP, 1 - CLIP))
    level = Platt(0.0, float(logit(targets.mean())))
    if np.ptp(scores) < CLIP:
        return level
    slope, intercept = _newton(scores, targets)
    return Platt(slope, intercept) if slope > 0 else level


def fit_isotonic(confidence: np.ndarray, right: np.ndarray) -> Isotonic:
    """Pool-adjacent-violators over the sorted cases, equal probabilities being one case; linear between the pools.

    A knot is a pool's mean probability, so that the curve rises instead of stepping: steps make ties, which cost AUROC,
    and few cases place their edges badly (Jiang et al. 2011, smooth isotonic regression). The observed shares are kept
    as far from 0 and 1 as n cases can tell (Platt's targets): no answer becomes certain.
    """
    stated, inverse, weights = np.unique(confidence, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, weights=np.asarray(right, float)) / weights
    pooled = scipy.optimize.isotonic_regression(means, weights=weights.astype(float))
    starts = np.asarray(pooled.blocks)[:-1]
    centres = np.add.reduceat(stated * weights, starts) / np.add.reduceat(weights, starts)
    observed = np.clip(np.asarray(pooled.x)[starts], 1 / (len(right) + 2), 1 - 1 / (len(right) + 2))
    return Isotonic(tuple(centres.tolist()), tuple(observed.tolist()))


def cross_fitted(confidence: np.ndarray, right: np.ndarray, keys: Sequence[int]) -> np.ndarray:
    """[n] corrected probabilities, each by a fit that did not see its case: ten folds, dealt by `keys` (item ids).

    The method is the one that all cases together get, so that what is measured is what is used.
    """
    calibrated = np.empty(len(confidence))
    ranks = np.argsort(np.argsort(scattered(keys), kind="stable"))
    folds = ranks % min(FOLDS, len(confidence))
    threshold = 0 if len(confidence) >= ISOTONIC_FROM else len(confidence)
    for fold in np.unique(folds):
        held = folds == fold
        rest = ~held if len(confidence) > 1 else held
        calibrated[held] = fit(confidence[rest], right[rest], isotonic_from=threshold)(confidence[held])
    return calibrated


def calibrator_of(method: str, parameters: Mapping[str, Any]) -> Calibrator:
    """The calibrator whose `method` and `parameters` these are."""
    if method == Platt.method:
        return Platt(parameters["slope"], parameters["intercept"])
    if method == Isotonic.method:
        return Isotonic(tuple(parameters["stated"]), tuple(parameters["observed"]))
    raise ValueError(f"There is no calibration method “{method}”.")


def recalibrated(distribution: Mapping[str, float], options: Iterable[str], calibrator: Calibrator) -> Distribution:
    """The distribution over all `options` with its top option's probability corrected; it sums to 1.

    The others keep their proportions, or share alike where they had nothing. The order of the options never changes:
    the top option gets at least 1/k, and where the proportions would lift another one above it, they are drawn
    towards equal shares as far as it takes.
    """
    shares = dict.fromkeys(options, 0.0) | dict(distribution)
    top = max(shares, key=shares.__getitem__)
    others = len(shares) - 1
    total = sum(shares.values())
    if not others or total <= 0:
        return shares
    least = (1 + MARGIN) / (others + 1)
    share = min(max(least, calibrator.at(shares[top] / total)), 1 - CLIP)
    # Added up, not total less the top: the difference of two near-equal numbers has no digits left.
    rest = sum(value for option, value in shares.items() if option != top)
    if rest <= 0:
        return {option: share if option == top else (1 - share) / others for option in shares}
    largest = max(value for option, value in shares.items() if option != top) / rest
    # The largest other one may have at most as much as the top option, less the margin.
    cap, even = (1 - MARGIN / 2) * share / (1 - share), 1 / others
    drawn = 1.0 if largest <= cap else max(0.0, (cap - even) / (largest - even))
    return {
        option: share if option == top else (1 - share) * (drawn * value / rest + (1 - drawn) * even)
        for option, value in shares.items()
    }


def recalibrated_parts(
    distribution: Mapping[str, float],
    alternatives: Callable[[str], Sequence[str]],
    calibrator: Calibrator,
) -> Distribution:
    """The distribution of an answer in parts with the probability of its least sure part corrected.

    `alternatives`: a key → the keys of which exactly one holds; the key alone where it holds or does not.
    """
    groups = {tuple(alternatives(key)): None for key in distribution}
    shares = {group: _with_rest([distribution.get(key, 0.0) for key in group]) for group in groups}
    if not shares:
        return dict(distribution)
    least = min(shares.values(), key=max)
    wanted = min(max(calibrator.at(max(least)), (1 + MARGIN) / len(least)), 1 - CLIP)
    power = _power(least, wanted)
    raised = {group: _raised(each, power) for group, each in shares.items()}
    return {key: share for group, each in raised.items() for key, share in zip(group, each, strict=False)}


def _with_rest(shares: list[float]) -> list[float]:
    """Of a part that holds or does not, both; of alternatives their proportions."""
    clipped = [min(max(share, CLIP), 1 - CLIP) for share in shares]
    if len(clipped) == 1:
        return [clipped[0], 1 - clipped[0]]
    total = sum(clipped)
    return [share / total for share in clipped]


def _raised(shares: Sequence[float], power: float) -> list[float]:
    logs = [power * math.log(share) for share in shares]
    powers = [math.exp(each - max(logs)) for each in logs]
    return [each / sum(powers) for each in powers]


def _power(shares: Sequence[float], wanted: float) -> float:
    """The exponent with which the likeliest of some alternatives gets the probability `wanted`, by halving."""
    if max(shares) - min(shares) < CLIP:
        return 1.0
    low, high = 0.0, 1.0
    while max(_raised(shares, high)) < wanted and high < STEEPEST:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if max(_raised(shares, middle)) < wanted else (low, middle)
    return high


def _newton(scores: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """(slope, intercept) of the least cross-entropy; every step is halved until it lowers it."""
    design = np.stack([scores, np.ones_like(scores)])
    weights = np.array([0.0, float(logit(targets.mean()))])
    loss = _cross_entropy(design, targets, weights)
    for _ in range(STEPS):
        probabilities = expit(weights @ design)
        gradient = design @ (probabilities - targets)
        if np.abs(gradient).max() < 1e-8 * len(targets):
            break
        curvature = (design * (probabilities * (1 - probabilities))) @ design.T + 1e-12 * np.eye(2)
        step, scale = np.linalg.solve(curvature, gradient), 1.0
        while scale > 1e-10 and (lower := _cross_entropy(design, targets, weights - scale * step)) >= loss:
            scale /= 2
        if scale <= 1e-10:
            break
        weights, loss = weights - scale * step, lower
    return float(weights[0]), float(weights[1])


def _cross_entropy(design: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
    margins = weights @ design
    return float(np.sum(np.logaddexp(0.0, margins) - targets * margins))
