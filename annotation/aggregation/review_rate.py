"""How often somebody's settled answers are looked at: by lot, and the more often the more of them had to be changed."""

from __future__ import annotations

from .scoring import wilson

# So many changed answers in a hundred are expected of anybody; beyond that, more is looked at.
TOLERATED = 0.1
# Nobody is ever left out, and nobody's share grows beyond this many times the project's.
LEAST, MOST = 0.25, 4.0
# So many of somebody's newest answers are their record: what they did long ago says little about today.
RECORD = 200


def review_factor(accepted: int, reviewed: int) -> float:
    """How many times the project's share of this person's items is drawn, LEAST to MOST.

    `accepted` of their `reviewed` answers stood unchanged. 1 while the record allows no conclusion: the share moves
    only once the whole interval of the changed part (Wilson 1927, 95 %) lies on one side of TOLERATED.
    """
    if not 0 <= accepted <= reviewed:
        raise ValueError(f"{accepted} of {reviewed} answers")
    low, high = wilson(reviewed - accepted, reviewed)
    if low > TOLERATED:
        return min(MOST, low / TOLERATED)
    if high < TOLERATED:
        return max(LEAST, high / TOLERATED)
    return 1.0


def is_drawn(content_hash: bytes, rate: float) -> bool:
    """Whether an item of this content is among the share `rate`: the same at every look, and not that of the audits."""
    return int.from_bytes(content_hash[4:8], "big") < rate * 2**32
