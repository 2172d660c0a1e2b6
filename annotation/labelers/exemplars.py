"""Which answered items stand before the one that is asked about, label by label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

import numpy as np

from annotation.questions import Answers, Fields, InvalidAnswer, Question, type_of

from .base import Example, ItemText
from .similarity import embed

MOST = 16

Label = tuple[str, ...]
"""The options that an answer holds: what examples are balanced by."""


class Exemplars:
    """Examples of one question: the same for every item, or each item's nearest. An item never sees itself.

    `pool`: what they are taken from, the best first; `text_of`: how an example or item reads.
    """

    def __init__(
        self,
        question: Question,
        pool: Sequence[Example],
        count: int,
        *,
        nearest: bool,
        text_of: Callable[[Example | ItemText], str],
    ) -> None:
        self._question, self._count, self._nearest = question, count, nearest
        self._pool = [example for example in pool if is_answered(question, example.answers, example.fields)]
        self._text_of = text_of

    def beside(self, items: Sequence[ItemText]) -> list[tuple[Example, ...]]:
        """The examples for each item, in the order in which the model reads them."""
        if not (self._count and self._pool and items):
            return [()] * len(items)
        if not self._nearest:
            return [tuple(each for each in self._fixed if each.item != item.id) for item in items]
        similarities = self._vectors_of(items) @ self._vectors.T
        return [self._nearest_to(item, row) for item, row in zip(items, similarities, strict=True)]

    @cached_property
    def _labels(self) -> list[Label]:
        return [label_of(self._question, example) for example in self._pool]

    @cached_property
    def _fixed(self) -> tuple[Example, ...]:
        return tuple(self._pool[row] for row in by_turns(self._labels)[: self._count])

    def _vectors_of(self, items: Sequence[ItemText]) -> np.ndarray:
        """[n, 384] the stored vectors; what has none is embedded."""
        missing = [item for item in items if item.vector is None]
        made = iter(embed([self._text_of(item) for item in missing])) if missing else iter(())
        return np.stack([next(made) if item.vector is None else item.vector for item in items])

    @cached_property
    def _vectors(self) -> np.ndarray:
        return embed([self._text_of(example) for example in self._pool])

    def _nearest_to(self, item: ItemText, similarities: np.ndarray) -> tuple[Example, ...]:
        order = [row for row in np.argsort(-similarities, kind="stable") if self._pool[row].item != item.id]
        turns = by_turns([self._labels[row] for row in order])
        chosen = [order[turn] for turn in turns[: self._count]]
        # The most similar one last, where a model heeds it most (Liu et al. 2022, arXiv:2101.06804).
        return tuple(self._pool[row] for row in sorted(chosen, key=lambda row: similarities[row]))


def is_answered(question: Question, answers: Answers, fields: Fields) -> bool:
    """Whether the question has an answer that can be given today: an option may have been retired since."""
    try:
        type_of(question).clean(question, answers.get(question.name), fields)
    except InvalidAnswer:
        return False
    return True


def label_of(question: Question, example: Example) -> Label:
    return type_of(question).keys(question, example.answers[question.name])


def by_turns(labels: Sequence[Hashable]) -> list[int]:
    """Positions such that every label has its turn before any has a second one; within a label, as they came."""
    seen: dict[Hashable, int] = defaultdict(int)
    turns = []
    for label in labels:
        turns.append(seen[label])
        seen[label] += 1
    return sorted(range(len(labels)), key=lambda position: (turns[position], position))


def representative(labels: Sequence[Hashable], vectors: np.ndarray, count: int) -> list[int]:
    """`count` positions, label by label: first each label's medoid, then whatever is farthest from those chosen.

    `vectors`: [n, d] of unit length. Farthest-first is the greedy k-centre of Gonzalez 1985.
    """
    members: dict[Hashable, list[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        members[label].append(position)
    ranked = {label: _spread_out(vectors[rows], count) for label, rows in members.items()}
    flat = [(members[label][row], label) for label, rows in ranked.items() for row in rows]
    return [flat[turn][0] for turn in by_turns([label for _, label in flat])[:count]]


def _spread_out(vectors: np.ndarray, count: int) -> list[int]:
    """Rows of [n, d]: the medoid, then one by one the row whose nearest chosen one is farthest."""
    chosen = [int((vectors @ vectors.mean(axis=0)).argmax())]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < min(count, len(vectors)):
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen
