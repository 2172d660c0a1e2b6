"""Krippendorff's α: agreement beyond chance for any number of annotators and missing votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """`alpha` is None where it is undefined, and `undefined` then says why. `raw` is the share of agreeing pairs."""

    alpha: float | None
    raw: float | None
    items: int
    undefined: str = ""


def nominal_alpha(units: Iterable[Sequence[str]]) -> Agreement:
    """α over units (one unit = the votes on one item) with the nominal distance (Krippendorff 2011).

    Units with fewer than two votes carry no pairs and are left out.
    """
    totals: Counter[str] = Counter()
    observed = 0.0
    items = 0
    agreeing = pairs = 0
    for unit in units:
        size = len(unit)
        if size < 2:
            continue
        items += 1
        counts = Counter(unit)
        totals.update(counts)
        same = sum(count * (count - 1) for count in counts.values())
        observed += (size * (size - 1) - same) / (size - 1)
        agreeing += same
        pairs += size * (size - 1)
    if not items:
        return Agreement(None, None, 0, "No item has two answers yet.")
    votes = sum(totals.values())
    expected = (votes * votes - sum(count * count for count in totals.values())) / (votes - 1)
    raw = agreeing / pairs
    if expected == 0:
        return Agreement(None, raw, items, "Everyone gave the same answer to everything, so chance cannot be told.")
    return Agreement(1 - observed / expected, raw, items)
