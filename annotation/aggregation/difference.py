"""By how much two shares differ, with the interval of the difference."""

from __future__ import annotations

from math import sqrt

from .scoring import wilson


def difference(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float, float] | None:
    """(first − second, low, high) at 95 % confidence of two (successes, trials); None where nothing was tried.

    Newcombe's hybrid score interval (1998, method 10): it stays within −1 and 1, and holds for small samples.
    """
    if not first[1] or not second[1]:
        return None
    one, other = first[0] / first[1], second[0] / second[1]
    (low, high), (other_low, other_high) = wilson(*first), wilson(*second)
    apart = one - other
    return (
        apart,
        apart - sqrt((one - low) ** 2 + (other_high - other) ** 2),
        apart + sqrt((high - one) ** 2 + (other - other_low) ** 2),
    )
