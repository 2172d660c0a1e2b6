"""Spans as a tag for each token: IOB1, IOB2, BIOES (BILOU) and plain labels are told apart by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .span_labels import Span

TAG = re.compile(r"O|[BIESLUM]-\S.*")
OUTSIDE = "O"
SCHEMES = ("IOB2", "BIOES", "IOB1")


def spans_of(tags: Iterable[str]) -> list[Span]:
    """(first token, behind the last, label) of every span in any scheme: an I or E that continues nothing begins."""
    spans: list[Span] = []
    is_open = False
    for place, tag in enumerate(tags):
        if tag == OUTSIDE:
            is_open = False
            continue
        prefix, label = (tag[0], tag[2:]) if TAG.fullmatch(tag) else ("I", tag)
        if is_open and prefix in "IEML" and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], place + 1, label)
        else:
            spans.append((place, place + 1, label))
        is_open = prefix in "BIM"
    return spans


def tags_of(spans: Sequence[Span], length: int, scheme: str) -> list[str]:
    """A tag for each of `length` tokens; spans are in order and do not overlap."""
    tags = [OUTSIDE] * length
    before: Span = (0, -1, "")
    for start, end, label in spans:
        begins = "B" if scheme != "IOB1" or (before[1] == start and before[2] == label) else "I"
        tags[start:end] = [f"{begins}-{label}", *[f"I-{label}"] * (end - start - 1)]
        if scheme == "BIOES":
            tags[end - 1] = f"{'S' if end - start == 1 else 'E'}-{label}"
        before = (start, end, label)
    return tags
