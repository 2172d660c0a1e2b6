"""Which split an item belongs to: drawn by family, so that an item and what derives from it never straddle.

Without strata it is drawn from the content of the family's root alone, so that every snapshot agrees. With strata, each
stratum is split by systematic sampling of its families in the order of that draw: every split has the shares of every
stratum to within one family (Cochran 1977, §5 and §8).
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from .errors import Refused

NAME = re.compile(r"[A-Za-z0-9_-]{1,20}\Z")
MOST = 10
# Splits that models are examined on.
HELD_OUT = frozenset({"test", "eval", "evaluation", "holdout", "held-out", "heldout"})


def clean_splits(raw: Mapping[str, Any]) -> dict[str, float]:
    """{name: share} in the order given, shares summing to 1. Raises Refused."""
    if len(raw) > MOST:
        raise Refused(_("A dataset has at most %(most)s splits.") % {"most": MOST}, "splits")
    for name, share in raw.items():
        if not NAME.match(name):
            raise Refused(_("A split's name has at most 20 letters, digits, - and _."), "splits")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise Refused(_("The share of “%(name)s” is a number above 0 and at most 1.") % {"name": name}, "splits")
    if raw and abs(sum(raw.values()) - 1) > 1e-6:
        raise Refused(
            _("The shares of the splits sum to %(sum)s, not to 1.") % {"sum": format(sum(raw.values()), "g")},
            "splits",
        )
    return {name: float(share) for name, share in raw.items()}


def split_of(content_hash: bytes, splits: Mapping[str, float], seed: int = 0) -> str:
    """The split whose interval of [0, 1) the family's draw falls into."""
    return _at(draw(content_hash, seed) / 2**32, splits)


def draw(content_hash: bytes, seed: int = 0) -> int:
    """A number in [0, 2³²) that the root's content and the seed decide."""
    if seed:
        content_hash = hashlib.sha256(b"%d:" % seed + content_hash).digest()
    # Bytes 4 to 8: the first four decide about the audit (workflow/storing.py), and the two draws are independent.
    return int.from_bytes(content_hash[4:8], "big")


def is_held_out(split: str) -> bool:
    return split.casefold() in HELD_OUT


class Strata:
    """Families by stratum; `split` draws. 20 bytes a family, which is all that a million of them take."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._families = array("q")
        self._draws = array("L")
        self._strata = array("l")
        self._codes: dict[str, int] = {}

    def add(self, family: int, content_hash: bytes, stratum: str | None) -> None:
        """One item; None: it has no label. The first label met is its family's."""
        self._families.append(family)
        self._draws.append(draw(content_hash, self.seed))
        self._strata.append(-1 if stratum is None else self._codes.setdefault(stratum, len(self._codes)))

    def drawn(self, splits: Mapping[str, float]) -> Drawn:
        families, draws, strata = (
            np.array(each, dtype=np.int64) for each in (self._families, self._draws, self._strata)
        )
        # Stable: of equals the first that came; what has a label comes before what has none.
        order = np.lexsort((strata < 0, families))
        families, first = np.unique(families[order], return_index=True)
        draws, strata = draws[order][first], strata[order][first]
        offsets = np.array([self._offset(name) for name in ("", *self._codes)])
        by_stratum = np.lexsort((families, draws, strata))
        ranks = np.empty(len(families))
        sizes = np.bincount(strata + 1, minlength=len(offsets))
        ends = np.cumsum(sizes)
        ranks[by_stratum] = np.arange(len(families)) - np.repeat(ends - sizes, sizes)
        places = (ranks + offsets[strata + 1]) / sizes[strata + 1] if len(families) else ranks
        edges = np.cumsum(list(splits.values()))[:-1]
        return Drawn(families, np.searchsorted(edges, places, side="right").astype(np.uint8), tuple(splits))

    def _offset(self, stratum: str) -> float:
        """Where sampling begins: a stratum of one family is not always the first split's."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}:{stratum}".encode()).digest()[:4], "big") / 2**32


class Drawn:
    """What was drawn: the split of each family."""

    def __init__(self, families: np.ndarray, codes: np.ndarray, names: tuple[str, ...]) -> None:
        self._families, self._codes, self._names = families, codes, names

    def splits_of(self, families: Iterable[int]) -> list[str]:
        """“” for a family that was not added."""
        wanted = np.fromiter(families, dtype=np.int64)
        if not len(self._families):
            return [""] * len(wanted)
        places = np.minimum(np.searchsorted(self._families, wanted), len(self._families) - 1)
        there = self._families[places] == wanted
        return [self._names[code] if known else "" for code, known in zip(self._codes[places], there, strict=True)]


def _at(place: float, splits: Mapping[str, float]) -> str:
    reached, name = 0.0, ""
    for name, share in splits.items():
        reached += share
        if place < reached:
            return name
    return name
