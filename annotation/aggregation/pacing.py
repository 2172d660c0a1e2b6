"""Does somebody answer faster than one can read, or the same again and again?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

# People read some 240 words a minute (Brysbaert 2019, 190 studies), about 24 characters a second. Whoever needs less
# than two fifths of that has not read the text.
FASTEST = 60.0
# The crowd's pace that one answer in twenty is quicker than.
QUANTILE = 0.05


@dataclass(frozen=True, slots=True)
class Pace:
    """Of `answers` with a known time, how many were quicker than reading allows (`unread`), and how many than the
    crowd's 5 % quantile of seconds per character (`quick`). `p_value`: of so many quick ones by chance."""

    answers: int
    unread: int
    quick: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Streak:
    """The longest run of one answer among `answers` in their order; `chance`: at most the probability that somebody who
    answers as the crowd does would have one as long."""

    answer: int | None
    length: int
    answers: int
    chance: float


def crowd_pace(seconds: np.ndarray, characters: np.ndarray) -> float:
    """Seconds per character that one answer in twenty is quicker than; float [n], int [n]."""
    return float(np.quantile(seconds / np.maximum(characters, 1), QUANTILE)) if len(seconds) else 0.0


def pace(seconds: np.ndarray, characters: np.ndarray, quickest: float) -> Pace:
    """One person's answers against the crowd's `quickest` pace."""
    count = len(seconds)
    quick = int((seconds / np.maximum(characters, 1) < quickest).sum())
    unread = int((seconds < characters / FASTEST).sum())
    return Pace(count, unread, quick, float(scipy.stats.binom.sf(quick - 1, count, QUANTILE)))


def streak(codes: Sequence[int], shares: Mapping[int, float]) -> Streak:
    """One person's answers in the order they were given, against each answer's share in the crowd.

    A run of L begins at a given place with probability Σ pᴸ; over all places that bounds the chance of any (Boole).
    """
    answer, length, begun = None, 0, 0
    for place in range(1, len(codes) + 1):
        if place == len(codes) or codes[place] != codes[begun]:
            if place - begun > length:
                answer, length = codes[begun], place - begun
            begun = place
    places = len(codes) - length + 1
    chance = places * sum(share**length for share in shares.values()) if length else 1.0
    return Streak(answer, length, len(codes), min(1.0, chance))
