"""Which texts an experiment learns from: the same seed, the same texts, whatever else is varied."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from .base import Example


def drawn(examples: Sequence[Example], count: int, *, seed: int) -> list[Example]:
    """So many of them by lot, one of every label at least; larger draws hold the smaller ones of the same seed."""
    order = random.Random(f"drawn {seed}").sample(list(examples), len(examples))
    first = list({example.label: example for example in reversed(order)}.values())
    chosen = {id(example) for example in first}
    return [*first, *(example for example in order if id(example) not in chosen)][: max(count, len(first))]


def of_each(examples: Sequence[Example], count: int, *, seed: int) -> dict[str, list[Example]]:
    """By label, so many texts each, by lot; fewer where there are fewer."""
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for example in random.Random(f"of each {seed}").sample(list(examples), len(examples)):
        if len(found[example.label]) < count:
            found[example.label].append(example)
    return dict(found)


def sizes_of(wanted: Sequence[int], there: int) -> list[int]:
    """The sizes up to what there is; the whole where a wanted one is beyond it."""
    return sorted({min(size, there) for size in wanted})
