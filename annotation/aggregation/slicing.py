"""Where somebody fails: accuracy slice by slice, and whether a slice is worse than the rest by more than chance."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import scipy

from .scoring import wilson

# Of a smaller slice, or a smaller rest, nothing can be said.
LEAST = 10
SUSPICIOUS = 0.05


@dataclass(frozen=True, slots=True)
class Slice:
    """Of `cases` in the slice `right` are right, and `rest` is the share right of all others; `low` to `high` is the
    95 % interval of its share. `p_value`: of as few right ones where the slice is no worse, with so many slices looked
    at (Benjamini & Yekutieli 2001: slices overlap). `worse`: it is at most 5 %.
    """

    name: Hashable
    cases: int
    right: int
    low: float
    high: float
    rest: float
    p_value: float
    worse: bool


def slices_of(right: Sequence[bool], members: Mapping[Hashable, Sequence[int]]) -> list[Slice]:
    """`members`: {slice: places in `right`}. The worst first; slices and rests of less than LEAST are left out.

    The test is Fisher's exact one, one-sided: the slice's cases are drawn from all.
    """
    total, good = len(right), sum(right)
    kept = {name: places for name, places in members.items() if LEAST <= len(places) <= total - LEAST}
    if not kept:
        return []
    found = {name: sum(right[place] for place in places) for name, places in kept.items()}
    chances = [float(scipy.stats.hypergeom.cdf(found[name], total, good, len(places))) for name, places in kept.items()]
    adjusted = scipy.stats.false_discovery_control([min(1.0, chance) for chance in chances], method="by")
    slices = [
        Slice(
            name,
            len(places),
            found[name],
            *wilson(found[name], len(places)),
            rest=(good - found[name]) / (total - len(places)),
            p_value=float(p_value),
            worse=bool(p_value <= SUSPICIOUS),
        )
        for (name, places), p_value in zip(kept.items(), adjusted, strict=True)
    ]
    return sorted(slices, key=lambda each: (each.p_value, each.right / each.cases))
