"""Fewer, fuller forward passes: options as one token tree, prompts in batches of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OptionTree:
    """Every option's tokens, shared beginnings once, laid out to be read after a prompt in the same pass.

    Node 0 is the prompt's last token. Node j > 0 is the token of a proper beginning of some option, so that the
    model's output at a node predicts the next token of every option that passes through it (tree attention as in
    SpecInfer, Miao et al. 2024).
    """

    tokens: np.ndarray
    """[m] the tokens of nodes 1..m."""
    depths: np.ndarray
    """[m] 1 for an option's first token, and so on: positions after the prompt."""
    ancestors: np.ndarray
    """[m, m] true where the row's node may look at the column's: itself and what leads to it."""
    steps: tuple[tuple[tuple[int, int], ...], ...]
    """Per option: (node, next token) pairs whose log-probabilities add up to the option's."""


def build_tree(options: Sequence[Tokens]) -> OptionTree:
    """The tree of these options; each must have at least one token."""
    beginnings = sorted({option[:length] for option in options for length in range(1, len(option))})
    node_of: dict[Tokens, int] = {(): 0} | {beginning: node for node, beginning in enumerate(beginnings, 1)}
    ancestors = np.zeros((len(beginnings), len(beginnings)), dtype=bool)
    for row, beginning in enumerate(beginnings):
        for length in range(1, len(beginning) + 1):
            ancestors[row, node_of[beginning[:length]] - 1] = True
    return OptionTree(
        tokens=np.array([beginning[-1] for beginning in beginnings], dtype=np.int64),
        depths=np.array([len(beginning) for beginning in beginnings], dtype=np.int64),
        ancestors=ancestors,
        steps=tuple(
            tuple((node_of[option[:length]], option[length]) for length in range(len(option))) for option in options
        ),
    )


def batches(lengths: Sequence[int], *, extra: int, budget: int, rows: int) -> Iterator[list[int]]:
    """Positions of `lengths` grouped by similar length, longest first.

    A batch has at most `rows` members and at most `budget` tokens, padding and `extra` tokens per row included;
    a member too long for the budget travels alone.
    """
    batch: list[int] = []
    width = 0
    for position in sorted(range(len(lengths)), key=lambda position: (-lengths[position], position)):
        if batch and (len(batch) == rows or width * (len(batch) + 1) > budget):
            yield batch
            batch = []
        # Longest first: the first member of a batch is its width.
        width = width if batch else lengths[position] + extra
        batch.append(position)
    if batch:
        yield batch
