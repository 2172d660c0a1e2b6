"""Models on this machine that label the words of a text, as transformers' token-classification pipeline does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from .base import Permanent
from .classifiers import Found
from .computing import Arithmetic, computing, threads_allowed
from .packing import batches
from .weights import weights_digest

LONGEST = 512  # tokens, where the model's own limit is higher or unknown
CHARACTERS_PER_TOKEN = 32
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
        # A folder stays a folder: nothing is fetched for it.
        local = Path(source).is_dir()
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(source, local_files_only=local)
            self._network: Any = AutoModelForTokenClassification.from_pretrained(
                source, local_files_only=local, dtype=torch.float32
            ).eval()
        except (OSError, ValueError) as error:
            raise Permanent(f"The classifier “{source}” cannot be loaded: {error}") from error
        if not self._tokenizer.is_fast:
            raise Permanent(f"The classifier “{source}” has no fast tokenizer, so its words have no place in a text.")
        config = self._network.config
        positions = int(getattr(config, "max_position_embeddings", None) or LONGEST)
        self._longest = min(int(self._tokenizer.model_max_length), positions, LONGEST)
        self._own = [str(config.id2label[index]) for index in range(config.num_labels)]
        self.labels = tuple(dict.fromkeys(name for _, name in map(_parted, self._own) if name != OUTSIDE))
        self.digest = hashlib.sha256(f"{weights_digest(self._network)} {self._own}".encode()).hexdigest()[:16]

    def tag(self, texts: Sequence[str]) -> list[tuple[list[Found], int, float]]:
        """Per text what was found, in order, the tokens read and the share of the text that was read."""
        if not texts:
            return []
        # Cut before tokenising, so that ten megabytes in one field cost no more than a book's page.
        shown = [text[: self._longest * CHARACTERS_PER_TOKEN * MOST_WINDOWS] for text in texts]
        encoded = self._tokenizer(
            shown,
            truncation=True,
            max_length=self._longest,
            stride=self._longest // OVERLAP,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        windows: list[list[int]] = [[] for _ in texts]
        for row, text in enumerate(encoded["overflow_to_sample_mapping"]):
            if len(windows[text]) < MOST_WINDOWS:
                windows[text].append(row)
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
    found: dict[int, tuple[int, int, int, np.ndarray]] = {}
    for row in rows:
        places, size = encoded["offset_mapping"][row], len(encoded["input_ids"][row])
        pieces: dict[int, list[int]] = {}
        for position, word in enumerate(encoded.word_ids(row)):
            if word is not None:
                pieces.setdefault(word, []).append(position)
        for word, positions in pieces.items():
            inside = min(positions[0], size - 1 - positions[-1])
            if word not in found or inside > found[word][0]:
                start, end = places[positions[0]][0], places[positions[-1]][1]
                found[word] = inside, start, end, shares[row][positions[0]]
    return [((start, end), each) for _, start, end, each in sorted(found.values(), key=lambda word: word[1])]


def _parted(label: str) -> tuple[str, str]:
    """“B-PER” → (B, PER); a label without a mark is inside."""
    mark, dash, name = label.partition("-")
    return (mark, name) if dash and mark in ("B", "I", "E", "L", "S", "U") else ("I", label)
