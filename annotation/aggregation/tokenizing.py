"""A text in the pieces that spans are made of: its words, cut further where somebody's span begins or ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .tagging_spans import Marked, tags_of

WORD = re.compile(r"\w+|[^\w\s]")
Place = tuple[int, int, str]
"""(start, end, label): half-open, in code points of the text."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """`cuts`: [(start, end)] of the pieces, ascending, in code points. `starts`, `ends`: where which piece begins, and
    where it ends."""

    cuts: list[tuple[int, int]]
    starts: Mapping[int, int]
    ends: Mapping[int, int]

    def __len__(self) -> int:
        return len(self.cuts)

    def marked(self, spans: Iterable[Place], labels: Mapping[str, int]) -> list[Marked]:
        """Spans in pieces; those of other labels are left out."""
        return [
            (self.starts[start], self.ends[end] + 1, labels[label]) for start, end, label in spans if label in labels
        ]

    def tags(self, spans: Iterable[Place], labels: Mapping[str, int]) -> np.ndarray:
        """[pieces] BIO tags of spans with these labels; of overlapping ones the longer is kept."""
        return tags_of(self.marked(spans, labels), len(self))


def pieces_of(text: str, spans: Iterable[Place]) -> Pieces:
    """No span ends within a piece. White space is one only where a span begins or ends with it."""
    begun, ended = set(), set()
    for start, end, _ in spans:
        begun.add(start)
        ended.add(end)
    edges = sorted({edge for word in WORD.finditer(text) for edge in word.span()} | begun | ended)
    cuts = [
        (start, end)
        for start, end in pairwise(edges)
        if start in begun or end in ended or not text[start:end].isspace()
    ]
    return Pieces(
        cuts,
        {start: place for place, (start, _) in enumerate(cuts)},
        {end: place for place, (_, end) in enumerate(cuts)},
    )
