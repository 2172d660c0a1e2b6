"""Votes in columns, whatever the answers are: the same answers have the same number."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from annotation.questions import Answer

SEED = 20_110_125


@dataclass(frozen=True, slots=True)
class Ballots:
    """`items`, `annotators`, `codes`: int64 [v], sorted by item; below the lengths of the names and of `answers`."""

    items: np.ndarray
    annotators: np.ndarray
    codes: np.ndarray
    item_names: tuple[Hashable, ...]
    annotator_names: tuple[Hashable, ...]
    answers: tuple[Answer, ...]

    def only(self, chosen: np.ndarray) -> Ballots:
        """The votes where `chosen`, bool [v], with the numbers that they have."""
        return Ballots(
            self.items[chosen],
            self.annotators[chosen],
            self.codes[chosen],
            self.item_names,
            self.annotator_names,
            self.answers,
        )

    def sizes(self) -> np.ndarray:
        """How many votes each item has: int [items]."""
        return np.bincount(self.items, minlength=len(self.item_names))

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The places (first, second) of every two votes on one item, each two once: int [p], int [p]."""
        firsts, seconds = [], []
        for apart in range(1, int(self.sizes().max(initial=0))):
            first = np.flatnonzero(self.items[apart:] == self.items[:-apart])
            firsts.append(first)
            seconds.append(first + apart)
        if not firsts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        return np.concatenate(firsts), np.concatenate(seconds)


def ballots(votes: Iterable[tuple[Hashable, Hashable, Answer]]) -> Ballots:
    """(item, annotator, answer) in any order → columns. Answers are the same where their JSON is."""
    items: dict[Hashable, int] = {}
    annotators: dict[Hashable, int] = {}
    keys: dict[Hashable, int] = {}
    answers: list[Answer] = []
    rows = []
    for item, annotator, answer in votes:
        # Text and numbers are their own keys: to write 300,000 of them as JSON would take longer than all the rest.
        key = answer if isinstance(answer, str | int | float) else (json.dumps(answer, sort_keys=True),)
        code = keys.setdefault(key, len(keys))
        if code == len(answers):
            answers.append(answer)
        rows.append((items.setdefault(item, len(items)), annotators.setdefault(annotator, len(annotators)), code))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    columns = columns[np.argsort(columns[:, 0], kind="stable")]
    return Ballots(columns[:, 0], columns[:, 1], columns[:, 2], tuple(items), tuple(annotators), tuple(answers))


def kinds_of(votes: Ballots) -> tuple[np.ndarray, csr_array, np.ndarray]:
    """Items with two votes or more by what was given on them: (values, given, times).

    `values`: int [k], the numbers of the answers that occur. `given`: sparse int [kinds, k], how often each was given.
    `times`: int [kinds], how many items are of the kind. Of classes there are few kinds, however many items.
    """
    votes = votes.only((votes.sizes() > 1)[votes.items]) if len(votes.items) else votes
    values, codes = np.unique(votes.codes, return_inverse=True)
    _, items = np.unique(votes.items, return_inverse=True)
    shape = (int(items.max(initial=-1)) + 1, len(values))
    given = csr_array((np.ones(len(codes), np.int64), (items, codes)), shape=shape)
    first, times = distinct_rows(given)
    return values, given[first], times


def distinct_rows(given: csr_array, *beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(first, times): one row of each kind, and how many there are. `beside`: float64 columns of it."""
    # Sums of large odd numbers tell rows apart as a hash does: in 64 bits, and without comparing them.
    marks = np.random.default_rng(SEED).integers(1, 2**62, size=given.shape[1] + len(beside), dtype=np.int64) | 1
    hashed = given.astype(np.int64) @ marks[len(beside) :]
    for mark, column in zip(marks, beside, strict=False):
        hashed = hashed + column.view(np.int64) * mark
    _, first, times = np.unique(hashed, return_index=True, return_counts=True)
    return first, times
