"""How many of a group to look at before the rest of it can be taken on trust."""

from __future__ import annotations

from functools import cache

from .scoring import wilson

# A target near 1 would take thousands; then a sample proves less, and more groups are reviewed whole.
MOST = 500


@cache
def sample_size(target: float) -> int:
    """The smallest sample that proves a share of `target`, by Wilson's lower bound (1927), with one miss in it."""
    return next((size for size in range(2, MOST) if wilson(size - 1, size)[0] >= target), MOST)


def is_proven(right: int, checked: int, target: float) -> bool:
    """Whether the share's lower bound reaches the target; look once, when all of the sample has been decided."""
    return bool(checked) and wilson(right, checked)[0] >= target
