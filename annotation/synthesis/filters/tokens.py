"""Texts as filters compare them: words without case and punctuation, and what is worked out once for a company."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from annotation.questions import as_texts
from annotation.synthesis.base import Candidate, Seed
from annotation.synthesis.texts import shown_text

from .base import Company

# Where words are not set apart, every character is one.
UNSPACED = "\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f"
TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")

Kept = TypeVar("Kept")


class Once(Generic[Kept]):
    """Something about a company that is worked out when it is first needed and goes when the company goes."""

    def __init__(self, make: Callable[[Company], Kept]) -> None:
        self._make = make
        self._known: WeakKeyDictionary[Company, Kept] = WeakKeyDictionary()

    def of(self, company: Company) -> Kept:
        if company not in self._known:
            self._known[company] = self._make(company)
        return self._known[company]


@lru_cache(maxsize=4_096)
def tokens_of(text: str) -> tuple[str, ...]:
    """As ROUGE counts them (Lin 2004) in English, and in other scripts too."""
    return tuple(TOKEN.findall(text.casefold()))


def text_of(candidate: Candidate | Seed, company: Company) -> str:
    return shown_text(company.fields, candidate.fields)


def texts_in(candidate: Candidate, company: Company) -> dict[str, str]:
    """Field by field; those without a text are left out."""
    return {name: text for name, text in as_texts(company.fields, candidate.fields).items() if text.strip()}


def parents_of(candidate: Candidate, company: Company) -> list[Seed]:
    """Those that the company knows."""
    return [company.seeds[parent] for parent in candidate.parents if parent in company.seeds]


def changed_texts(candidate: Candidate, company: Company) -> list[tuple[str, str]]:
    """(text of the first parent, text of the candidate) of every field in which they differ; none without a parent."""
    parents = parents_of(candidate, company)
    if not parents:
        return []
    before: Mapping[str, str] = as_texts(company.fields, parents[0].fields)
    return [
        (before.get(name, ""), text) for name, text in texts_in(candidate, company).items() if before.get(name) != text
    ]


def grams(tokens: Sequence[Any], length: int) -> Iterator[tuple[Any, ...]]:
    return zip(*(tokens[start:] for start in range(length)), strict=False)
