"""Whether it matters to an answer who a text is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotation.lazily import Library

bags = Library("sklearn.feature_extraction.text")
linear = Library("sklearn.linear_model")

# Terms of one place in a sentence, by what they tell of a person: the first is exchanged for the second, and so on in a
# circle (perturbation as in Garg et al. 2019, arXiv:1809.10610).
CIRCLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "gender": (
        ("he", "she"), ("him", "her"), ("himself", "herself"), ("man", "woman"), ("men", "women"), ("boy", "girl"),
        ("boys", "girls"), ("father", "mother"), ("son", "daughter"), ("brother", "sister"), ("husband", "wife"),
        ("king", "queen"), ("male", "female"), ("sir", "madam"), ("mr", "mrs"), ("actor", "actress"),
    ),
    "religion": (
        ("christian", "muslim", "jewish", "hindu", "buddhist"),
        ("christians", "muslims", "jews", "hindus", "buddhists"),
        ("church", "mosque", "synagogue", "temple"), ("christianity", "islam", "judaism", "hinduism", "buddhism"),
    ),
    "origin": (
        ("american", "mexican", "chinese", "nigerian", "turkish", "indian", "german", "russian"),
        ("white", "black", "asian", "hispanic"), ("africa", "europe", "asia"),
    ),
    "orientation": (("straight", "gay", "lesbian", "bisexual"), ("heterosexual", "homosexual")),
}  # fmt: skip
NEXT = {
    term: circle[(place + 1) % len(circle)]
    for circles in CIRCLES.values()
    for circle in circles
    for place, term in enumerate(circle)
}
GROUPS = {term: group for group, circles in CIRCLES.items() for circle in circles for term in circle}
TERM = re.compile(rf"\b({'|'.join(sorted(NEXT, key=len, reverse=True))})\b", re.IGNORECASE)
# A slice of fewer texts says nothing.
LEAST_SLICE = 10


def swapped(text: str) -> str:
    """“He met a Muslim” → “She met a Jewish”: every term for the next of its circle, in its case."""
    return TERM.sub(_next, text)


def mentions(text: str) -> set[str]:
    """Which of gender, religion, origin and orientation it speaks of."""
    return {GROUPS[term.casefold()] for term in TERM.findall(text)}


def turned(texts: Sequence[str], labels: Sequence[str], asked: Sequence[str]) -> tuple[int, int] | None:
    """(answers that turn when terms are exchanged, texts of `asked` that have any), by a head on words that learned
    from `texts` and their labels; None where these have fewer than two labels.

    On words, because so it is what the texts themselves teach, and nothing that an encoder knew before.
    """
    if len(set(labels)) < 2:
        return None
    about = [text for text in asked if TERM.search(text)]
    if not about:
        return 0, 0
    bag: Any = bags.CountVectorizer(binary=True, token_pattern=r"(?u)\b\w+\b")
    head = linear.LogisticRegression(max_iter=300, C=10.0).fit(bag.fit_transform(texts), labels)
    before, after = (head.predict(bag.transform(each)) for each in (about, [swapped(text) for text in about]))
    return int((np.asarray(before) != np.asarray(after)).sum()), len(about)


def slice_ratios(texts: Sequence[str], labels: Sequence[str]) -> dict[tuple[str, str], tuple[float, int]]:
    """{(group, label): (the label's share among texts that speak of the group ÷ its share among all, texts)}.

    1: who a text is about says nothing of its label. Groups with fewer than ten texts are left out.
    """
    overall = Counter(labels)
    found: dict[tuple[str, str], tuple[float, int]] = {}
    spoken = [mentions(text) for text in texts]
    for group in CIRCLES:
        within = Counter(label for label, about in zip(labels, spoken, strict=True) if group in about)
        size = within.total()
        if size >= LEAST_SLICE:
            for label, times in overall.items():
                found[group, label] = ((within[label] / size) / (times / len(labels)), size)
    return found


def _next(found: re.Match[str]) -> str:
    term = found.group()
    other = NEXT[term.casefold()]
    if term.isupper() and len(term) > 1:
        return other.upper()
    return other.capitalize() if term[0].isupper() else other
