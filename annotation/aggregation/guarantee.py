"""How sure an audit makes us: exact bounds on an accuracy, and from which confidence on a model is proved right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, log

import numpy as np
from scipy.special import betaincinv

# The record is looked at when it is long enough to prove anything, and then whenever it has doubled: so often.
LOOKS = 8
# How many thresholds one look may try, and how much of its risk the middle one of them has.
THRESHOLDS = 20
MIDDLE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Licence:
    """What the audits prove. `threshold` is None while they prove nothing; `reason` then says why, in a sentence.

    `accepted` of the `audits` read at the last look were at least as sure as the threshold, and `accepted_right` of
    those were right; `bound` is the accuracy that this proves. Without a threshold the three speak of the one that
    came nearest. `looks`: how often the record has been looked at; `next_look`: at how many audits it will be again,
    None after the last.
    """

    threshold: float | None
    accepted_right: int
    accepted: int
    bound: float
    looks: int
    audits: int
    next_look: int | None
    reason: str = ""


def clopper_pearson_lower(successes: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided lower bound on a proportion that holds with `confidence` (Clopper & Pearson 1934).

    0 when nothing was tried: no evidence licenses nothing.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if successes == 0:
        return 0.0
    return float(betaincinv(successes, trials - successes + 1, 1 - confidence))


def choose_threshold(
    confidence: Sequence[float] | np.ndarray,
    right: Sequence[bool] | np.ndarray,
    *,
    target: float,
    delta: float = 0.05,
    grid: Sequence[float] | None = None,
    looks: int = LOOKS,
) -> Licence:
    """The lowest threshold from which answers are proved to be right with probability `target` or more.

    `confidence`, `right`: [n], the blind audits in the order in which they were answered: how sure the model was, and
    whether it was right. `delta`: the risk that what is accepted under this licence, or under any that the same audits
    gave earlier, misses the target. `grid`: the thresholds to try, chosen without knowing who was right; by default
    quantiles of the audits' own confidences.

    Each threshold is an exact binomial test, and tests share their risk as in the fallback procedure (Wiens 2003): from
    the strictest down, one that is proved leaves its risk to the next, one that is not loses it. So trying many takes
    nothing from the guarantee, whatever the confidences are worth (Learn then Test, Angelopoulos et al. 2021). It may
    be asked at any time: only `looks` lengths of the record are ever looked at, which share the risk evenly
    (Bonferroni), and between them the answer stays. With `looks` 1, the audits are read once, all of them.
    """
    if not (0 < target < 1 and 0 < delta < 1 and looks > 0):
        raise ValueError(f"target {target}, risk {delta}: both have to lie between 0 and 1, and one look is needed")
    sure, correct = np.asarray(confidence, dtype=float), np.asarray(right, dtype=bool)
    if sure.shape != correct.shape or sure.ndim != 1:
        raise ValueError(f"{sure.shape} confidences of {correct.shape} audits")
    if np.isnan(sure).any():
        raise ValueError("a confidence is not a number")
    risk = delta / looks
    least = answers_needed(target, risk)
    looked, audits, after = _looks(sure.size, least, looks)
    none = Licence(None, 0, 0, 0.0, looked, audits, after)
    if not looked:
        return replace(none, reason=f"At least {least} audits are needed; there are {sure.size}.")
    sure, correct = sure[:audits], correct[:audits]
    thresholds = _quantiles(sure, least) if grid is None else np.unique(np.asarray(grid, dtype=float))[::-1]
    passed = sure >= thresholds[:, None]
    # How many are accepted says nothing about who was right: to leave out what cannot be proved is no choice.
    provable = passed.sum(axis=1) >= least
    if not provable.any():
        most = int(passed.sum(axis=1).max(initial=0))
        return replace(none, reason=f"At least {least} audits have to reach a threshold; {most} do.")
    tried = passed[provable]
    counts = zip(thresholds[provable].tolist(), (tried & correct).sum(axis=1), tried.sum(axis=1), strict=True)
    candidates = [replace(none, threshold=at, accepted_right=int(k), accepted=int(n)) for at, k, n in counts]
    return _lowest_proved(candidates, target, risk)


def choose_thresholds(
    confidence: Sequence[float] | np.ndarray,
    right: Sequence[bool] | np.ndarray,
    labels: Sequence[str],
    classes: Sequence[str],
    *,
    target: float,
    delta: float = 0.05,
    looks: int = LOOKS,
) -> dict[str, Licence]:
    """A licence for each of `classes`: what the model calls so is right as often as wanted; at risk `delta` in all.

    `labels`: [n], what the model said of each audit. The classes share the risk evenly (Bonferroni), so each of them
    takes more audits than all of them together would.
    """
    sure, correct, said = np.asarray(confidence, dtype=float), np.asarray(right, dtype=bool), np.asarray(labels)
    risk = delta / max(1, len(classes))
    return {
        label: choose_threshold(sure[said == label], correct[said == label], target=target, delta=risk, looks=looks)
        for label in classes
    }


def answers_needed(target: float, risk: float) -> int:
    """How many answers, all of them right, prove an accuracy of `target` at this risk."""
    return ceil(log(risk) / log(target))


def _looks(answered: int, least: int, looks: int) -> tuple[int, int, int | None]:
    """(looks so far, audits read at the last of them, audits at the next)."""
    if looks == 1 and answered >= least:
        return 1, answered, None
    lengths = [least * 2**look for look in range(looks)]
    done = [length for length in lengths if length <= answered]
    return len(done), done[-1] if done else 0, lengths[len(done)] if len(done) < looks else None


def _quantiles(sure: np.ndarray, least: int) -> np.ndarray:
    """Thresholds that accept from `least` audits to all, each by the same factor more: the strictest first."""
    counts = np.unique(np.geomspace(least, sure.size, THRESHOLDS).round().astype(int))
    return np.unique(np.sort(sure)[::-1][counts - 1])[::-1]


def _lowest_proved(candidates: list[Licence], target: float, risk: float) -> Licence:
    """The last one proved of candidates from the strictest down; one without a threshold where none is.

    The middle one has most of the risk: much stricter ones rest on few audits, and seldom prove anything alone.
    """
    middle = len(candidates) // 2
    handed, proved, nearest = 0.0, None, candidates[middle]
    for place, candidate in enumerate(candidates):
        own = MIDDLE_SHARE if place == middle else (1 - MIDDLE_SHARE) / (len(candidates) - 1)
        share = handed + risk * (own if len(candidates) > 1 else 1.0)
        bound = clopper_pearson_lower(candidate.accepted_right, candidate.accepted, 1 - share)
        shown = replace(candidate, bound=bound)
        handed, proved = (share, shown) if bound >= target else (0.0, proved)
        nearest = max(nearest, shown, key=lambda each: each.bound)
    if proved:
        return proved
    reason = f"The audits prove that {nearest.bound:.1%} are right at best; {target:.1%} is wanted."
    return replace(nearest, threshold=None, reason=reason)
