"""What the others say: each vote beside the consensus of everybody else, so that nobody is compared with themselves."""

from __future__ import annotations

from collections import Counter

import numpy as np

from .ballots import Ballots

NOBODY = -1


def others_say(votes: Ballots) -> np.ndarray:
    """int64 [v]: the number of the answer that most others gave to the vote's item; NOBODY without another vote, or
    where the others are split between the most frequent answers."""
    said = np.full(len(votes.items), NOBODY, np.int64)
    if not len(votes.items):
        return said
    begins = np.flatnonzero(np.diff(votes.items, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(votes.items)], strict=True):
        if end - begin < 2:
            continue
        codes = votes.codes[begin:end].tolist()
        counts = Counter(codes)
        for place, code in enumerate(codes):
            counts[code] -= 1
            most = max(counts.values())
            leading = [each for each, times in counts.items() if times == most]
            if len(leading) == 1:
                said[begin + place] = leading[0]
            counts[code] += 1
    return said
