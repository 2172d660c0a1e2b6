"""A long text that shares most of its passages with another one."""

from __future__ import annotations

import heapq
import zlib
from collections import Counter, defaultdict

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import Once, grams, text_of, tokens_of

SHINGLE = 5
SKETCH = 64
THRESHOLD = 0.8
NEAREST = 10  # By what sketches share: so many are compared.


class Sketches:
    """The 64 least hashes of each text's runs of five words: what two texts share of the least 64 of both together
    estimates Jaccard's coefficient (Broder 1997, “On the resemblance and containment of documents”, §3), exactly where
    both have no more than that.
    """

    def __init__(self) -> None:
        self._holders: dict[int, list[int]] = defaultdict(list)
        self._sketches: list[frozenset[int]] = []

    def catch_up(self, pool: list[str]) -> None:
        for place in range(len(self._sketches), len(pool)):
            self._sketches.append(sketch_of(pool[place]))
            for each in self._sketches[place]:
                self._holders[each].append(place)

    def nearest(self, text: str) -> float:
        """The greatest coefficient with any text of the pool."""
        sketch = sketch_of(text)
        shared = Counter(place for each in sketch for place in self._holders.get(each, ()))
        return max(
            (resemblance(sketch, self._sketches[place]) for place, _count in shared.most_common(NEAREST)), default=0.0
        )


def sketch_of(text: str) -> frozenset[int]:
    """Of a text of fewer than five words, one run."""
    tokens = tokens_of(text)
    runs = {zlib.crc32(" ".join(run).encode()) for run in grams(tokens, SHINGLE)}
    return frozenset(heapq.nsmallest(SKETCH, runs) if runs else [zlib.crc32(" ".join(tokens).encode())])


def resemblance(first: frozenset[int], second: frozenset[int]) -> float:
    least = heapq.nsmallest(SKETCH, first | second)
    return len(first & second & set(least)) / len(least)


class LookAlike:
    name = "look_alike"
    title = gettext_noop("Look-alike")
    note = gettext_noop(
        "Shares less than 0.8 of its runs of five words with any text (Lee et al. 2022, arXiv:2107.06499)."
    )

    def __init__(self) -> None:
        self._sketches = Once(lambda company: Sketches())

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        sketches = self._sketches.of(company)
        sketches.catch_up(company.pool)
        score = sketches.nearest(text_of(candidate, company))
        passed = score < THRESHOLD
        reason = (
            "" if passed else _("It shares %(share)s of its passages with another text.") % {"share": f"{score:.0%}"}
        )
        return Verdict(self.name, passed, round(score, 3), reason)
