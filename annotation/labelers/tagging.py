"""Spans as tags of words: what a trained labeler learns of them, and how tags become spans again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotation.questions import Distribution, Question

from . import fitting
from .heads import Head
from .similarity import read_words

# Words that nobody marked teach the same over and over: so many of them are kept, each weighing more.
MOST_PLAIN = 20_000
# A run of words that are so likely is proposed, though not marked: it is what the model doubts.
FAINT = 0.1
# How much a word's looks weigh beside its vector of length 1.
LOOKS, LOOKS_WIDTH = 1.0, 7
# How much its neighbours' vectors weigh.
NEIGHBOURS = 0.5
STRETCH = 10.0
ENDS = frozenset(".!?…")


def learn_tags(question: Question, texts: Sequence[str], answers: Sequence[Distribution]) -> Head:
    """A head over words from what people marked in `texts`: per text the share of its people per span.

    Each option by itself, inside or not: overlapping spans of different options are learned as they are; passages of
    one option that touch become one.
    """
    words = read_words(texts)
    targets = [_targets(question, found.places, shares) for found, shares in zip(words, answers, strict=True)]
    features = [described(text, found) for text, found in zip(texts, words, strict=True)]
    stacked, wanted = np.concatenate(features), np.concatenate(targets)
    plain = np.flatnonzero(~wanted.any(axis=1))
    weights = np.ones(len(wanted))
    if len(plain) > MOST_PLAIN:
        dropped = np.random.default_rng(0).permutation(plain)[MOST_PLAIN:]
        weights[plain] = len(plain) / MOST_PLAIN
        weights[dropped] = 0.0
    kept = weights > 0
    return fitting.independent(stacked[kept], wanted[kept], weights[kept], STRETCH)


def tagged(question: Question, head: Head, texts: Sequence[str]) -> list[Distribution]:
    """Per text the spans that the head proposes, each with its probability: the mean of its words'."""
    found = read_words(texts)
    return [
        _spans(question, words.places, head.probabilities(described(text, words)))
        for text, words in zip(texts, found, strict=True)
    ]


def described(text: str, words: Any) -> np.ndarray:
    """[w, 2 · 384 + 3 · looks] each word's vector and its neighbours', and how all of them look: the encoder reads no
    capitals."""
    spelled = [text[start:end] for start, end in words.places]
    opens = [True, *(word in ENDS for word in spelled[:-1])]
    looks = np.array([_looks(word, opening) for word, opening in zip(spelled, opens, strict=False)])
    looks = looks.reshape(len(words.places), LOOKS_WIDTH)
    beside = NEIGHBOURS * (_shifted(words.states, 1) + _shifted(words.states, -1)) / 2
    return np.hstack(
        [words.states, beside, *(LOOKS * each for each in (looks, _shifted(looks, 1), _shifted(looks, -1)))]
    )


def _shifted(rows: np.ndarray, by: int) -> np.ndarray:
    """Each row in the place of the next one (1) or the one before (−1); at the edge nothing."""
    moved = np.roll(rows, by, axis=0)
    moved[: 1 if by > 0 else 0] = 0.0
    moved[len(moved) + min(by, 0) :] = 0.0
    return moved


def _looks(word: str, opens: bool) -> list[float]:
    alphabetic = word.isalpha()
    return [
        float(alphabetic and word[0].isupper()),
        float(alphabetic and word[0].isupper() and opens),
        float(alphabetic and len(word) > 1 and word.isupper()),
        float(alphabetic and word.islower()),
        float(word.isdigit()),
        float(any(each.isdigit() for each in word) and not word.isdigit()),
        float(not word[0].isalnum()),
    ]


def _targets(question: Question, places: np.ndarray, shares: Mapping[str, float]) -> np.ndarray:
    """[w, options] the share of people who marked each word with each option."""
    targets = np.zeros((len(places), len(question.values)))
    for key, share in shares.items():
        start, end, label = key.split(":", 2)
        inside = (places[:, 0] < int(end)) & (places[:, 1] > int(start))
        column = question.values.index(label)
        targets[inside, column] = np.minimum(1.0, np.maximum(targets[inside, column], share))
    return targets


def _spans(question: Question, places: np.ndarray, shares: np.ndarray) -> Distribution:
    found: list[tuple[float, int, int, str]] = []
    for column, label in enumerate(question.values):
        marked = _runs(shares[:, column] > 0.5)
        faint = [
            run
            for run in _runs(shares[:, column] > FAINT)
            if not any(run[0] < end and start < run[1] for start, end in marked)
        ]
        for start, end in [*marked, *faint]:
            sure = float(shares[start:end, column].mean())
            found.append((sure, int(places[start, 0]), int(places[end - 1, 1]), label))
    found.sort(key=lambda each: -each[0])
    if not question.settings["overlap"]:
        found = _apart(found)
    return {f"{start}:{end}:{label}": round(sure, 6) for sure, start, end, label in found}


def _runs(inside: np.ndarray) -> list[tuple[int, int]]:
    """Half-open stretches of what is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _apart(found: Sequence[tuple[float, int, int, str]]) -> list[tuple[float, int, int, str]]:
    """Of spans that overlap, the likeliest."""
    kept: list[tuple[float, int, int, str]] = []
    for each in found:
        if all(each[2] <= other[1] or other[2] <= each[1] for other in kept):
            kept.append(each)
    return kept
