"""Spans as tags of tokens, and back: BIO, where B begins a span, I goes on with it and O is outside.

Tags are numbers: 0 is O, 1 + 2·label is B, 2 + 2·label is I.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

Marked = tuple[int, int, int]
"""(start, end, label): half-open, in tokens; the label is an index."""


def tag_count(labels: int) -> int:
    return 1 + 2 * labels


def tags_of(spans: Iterable[Marked], length: int) -> np.ndarray:
    """[length] tags of spans; where spans overlap, the longer one is kept, of equally long ones the first."""
    tags = np.zeros(length, np.int32)
    taken = np.zeros(length, bool)
    for start, end, label in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if start < end and not taken[start:end].any():
            taken[start:end] = True
            tags[start] = 1 + 2 * label
            tags[start + 1 : end] = 2 + 2 * label
    return tags


def repaired(tags: np.ndarray) -> np.ndarray:
    """An I that continues nothing of its label begins a span, as readers of CoNLL files take it."""
    tags = np.asarray(tags, np.int32).copy()
    inside = (tags > 0) & (tags % 2 == 0)
    before = np.concatenate([[0], tags[:-1]])
    # The one before is the same I, or the B that it follows; else it is a beginning. What it then is changes no other.
    stray = inside & (before != tags) & (before != tags - 1)
    tags[stray] -= 1
    return tags


def spans_of(tags: Sequence[int] | np.ndarray) -> list[Marked]:
    """Sorted spans of tags, repaired first."""
    fixed = repaired(np.asarray(tags, np.int32))
    starts = np.flatnonzero(fixed % 2 == 1)
    spans = []
    for start in starts:
        label = int(fixed[start]) // 2
        end = int(start) + 1
        while end < len(fixed) and fixed[end] == 2 + 2 * label:
            end += 1
        spans.append((int(start), end, label))
    return spans


def may_follow(labels: int) -> np.ndarray:
    """[tags, tags] whether the second may come after the first."""
    size = tag_count(labels)
    allowed = np.ones((size, size), bool)
    for label in range(labels):
        inside = 2 + 2 * label
        allowed[:, inside] = False
        allowed[[inside - 1, inside], inside] = True
    return allowed
