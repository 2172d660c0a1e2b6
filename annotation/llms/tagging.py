"""Models on this machine that label the words of a text, as transformers' token-classification pipeline does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForTokenClassification

from .base import Permanent
from .classifiers import Found
from .computing import Arithmetic, computing, threads_allowed
from .packing import batches
from .pretrained import load_pretrained
from .windows import encode_windows, words_of

# A long text is read in windows that overlap by this share, so many of them.
OVERLAP, MOST_WINDOWS = 4, 16
BATCH_TOKENS, BATCH_ROWS = 4_096, 64
OUTSIDE = "O"


class TokenClassifier:
    """A model with one logit per token and label, such as B-PER, I-PER and O. Raises Permanent.

    A word has the label of its first token. Words of one label that follow each other are one stretch, unless the
    second begins anew (B-); its probability is the mean of its words'.
    """

    def __init__(self, source: str) -> None:
        loaded = load_pretrained(source, AutoModelForTokenClassification)
        self._tokenizer, self._network, self._longest = loaded.tokenizer, loaded.network, loaded.longest
        if not self._tokenizer.is_fast:
            raise Permanent(f"The classifier “{source}” has no fast tokenizer, so its words have no place in a text.")
        self._own, self.digest = loaded.labels, loaded.digest
        self.labels = tuple(dict.fromkeys(name for _, name in map(_parted, self._own) if name != OUTSIDE))

    def tag(self, texts: Sequence[str]) -> list[tuple[list[Found], int, float]]:
        """Per text what was found, in order, the tokens read and the share of the text that was read."""
        if not texts:
            return []
        encoded, windows = encode_windows(
            self._tokenizer, texts, longest=self._longest, stride=self._longest // OVERLAP, most=MOST_WINDOWS
        )
        shares = self._shares(encoded, [row for rows in windows for row in rows])
        results = []
        for text, rows in zip(texts, windows, strict=True):
            words = _words(encoded, rows, shares)
            tokens = sum(len(encoded["input_ids"][row]) for row in rows)
            end = max((place[1] for place, _ in words), default=0)
            whole = end >= len(text.rstrip()) or not words
            results.append((self._stretches(words), tokens, 1.0 if whole else end / len(text)))
        return results

    def _shares(self, encoded: Any, rows: Sequence[int]) -> dict[int, np.ndarray]:
        """Window → [tokens, labels] probabilities."""
        lengths = [len(encoded["input_ids"][row]) for row in rows]
        found = {}
        for batch in batches(lengths, extra=0, budget=BATCH_TOKENS, rows=BATCH_ROWS):
            chosen = [rows[position] for position in batch]
            names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in encoded]
            padded = self._tokenizer.pad(
                {name: [encoded[name][row] for row in chosen] for name in names}, return_tensors="pt"
            )
            with computing(Arithmetic(threads=threads_allowed())):
                logits = self._network(**padded).logits.double()
            for row, each in zip(chosen, torch.softmax(logits, dim=-1).numpy(), strict=True):
                found[row] = each[: len(encoded["input_ids"][row])]
        return found

    def _stretches(self, words: Sequence[tuple[tuple[int, int], np.ndarray]]) -> list[Found]:
        found: list[tuple[int, int, str, list[float]]] = []
        open_name = OUTSIDE
        for (start, end), shares in words:
            best = int(shares.argmax())
            mark, name = _parted(self._own[best])
            if name == OUTSIDE:
                open_name = OUTSIDE
                continue
            if name == open_name and mark != "B":
                begun, _, _, sure = found[-1]
                found[-1] = (begun, end, name, [*sure, float(shares[best])])
            else:
                found.append((start, end, name, [float(shares[best])]))
            open_name = name
        return [Found(start, end, name, float(np.mean(sure))) for start, end, name, sure in found]


def _words(
    encoded: Any, rows: Sequence[int], shares: dict[int, np.ndarray]
) -> list[tuple[tuple[int, int], np.ndarray]]:
    """(place, [labels] probabilities) of each word; of one that two windows hold, where it stands farther inside."""
    found: dict[int, tuple[int, tuple[int, int], np.ndarray]] = {}
    for row in rows:
        size = len(encoded["input_ids"][row])
        for word, place, positions in words_of(encoded, row):
            inside = min(positions[0], size - 1 - positions[-1])
            if word not in found or inside > found[word][0]:
                found[word] = inside, place, shares[row][positions[0]]
    return [(place, each) for _, place, each in sorted(found.values(), key=lambda word: word[1][0])]


def _parted(label: str) -> tuple[str, str]:
    """“B-PER” → (B, PER); a label without a mark is inside."""
    mark, dash, name = label.partition("-")
    return (mark, name) if dash and mark in ("B", "I", "E", "L", "S", "U") else ("I", label)
