"""Sentence embeddings with the bundled all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from . import probing
from .computing import Arithmetic, computing, threads_allowed
from .packing import batches
from .probing import Deviation, Probe
from .weights import find_embedding_model, weights_digest
from .windows import encode_windows, words_of

MAX_TOKENS = 256
BATCH_TOKENS, BATCH_ROWS = 8_192, 128
# Of a text whose words are wanted: pieces so far into the next window, and windows.
STRIDE, MOST_WINDOWS = 64, 32
PROBE_TEXTS = ("I want my money back.", "The weather is lovely in May, and so is the garden.")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text as the encoder splits it: marks of punctuation are words, and so are Chinese characters."""

    places: np.ndarray
    """[w, 2] half-open, in code points of the text, in order."""
    states: np.ndarray
    """[w, 384] unit vectors: the mean of the states of a word's pieces, in their context."""


class SentenceEncoder:
    """Mean-pooled token states of unit length (Reimers & Gurevych 2019), of whole texts or of their words."""

    def __init__(self) -> None:
        folder = find_embedding_model()
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
        self._arithmetic = probing.remembered(weights_digest(self._model), self._probe).arithmetic

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """[n, 384] unit vectors; what lies beyond 256 tokens is not read."""
        with computing(self._arithmetic):
            return self._embed(texts)

    def read_words(self, texts: Sequence[str]) -> list[Words]:
        """The words of each text; long texts in windows that overlap, of which the first MOST_WINDOWS are read."""
        with computing(self._arithmetic):
            return self._read_words(texts)

    def _read_words(self, texts: Sequence[str]) -> list[Words]:
        encoded, windows = encode_windows(self._tokenizer, texts, longest=MAX_TOKENS, stride=STRIDE, most=MOST_WINDOWS)
        sums: list[dict[tuple[int, int], tuple[np.ndarray, int]]] = [{} for _ in texts]
        rows = [row for of_text in windows for row in of_text]
        lengths = [len(encoded["input_ids"][row]) for row in rows]
        for batch in batches(lengths, extra=0, budget=BATCH_TOKENS, rows=BATCH_ROWS):
            chosen = [rows[position] for position in batch]
            padded = self._tokenizer.pad(
                {"input_ids": [encoded["input_ids"][row] for row in chosen]}, return_tensors="pt"
            )
            states = self._model(**padded).last_hidden_state.numpy()
            for row, found in zip(chosen, states, strict=True):
                self._add(sums[encoded["overflow_to_sample_mapping"][row]], encoded, row, found)
        return [_words(found, self._model.config.hidden_size) for found in sums]

    def _add(self, sums: dict[tuple[int, int], tuple[np.ndarray, int]], encoded: Any, row: int, states: Any) -> None:
        """Sum the states of each word's pieces by its place; of what two windows share, both count."""
        for _, place, positions in words_of(encoded, row):
            before, count = sums.get(place, (0.0, 0))
            sums[place] = before + states[positions].sum(axis=0), count + len(positions)

    def _probe(self) -> Probe:
        """Measure this machine with this model; how far its unit vectors stray stands in for nats."""
        config = self._model.config
        with computing(Arithmetic(threads=threads_allowed())):
            wanted = self._embed(PROBE_TEXTS)

        def deviation(way: Arithmetic) -> Deviation:
            with computing(way):
                together = self._embed(PROBE_TEXTS)
                alone = np.concatenate([self._embed([text]) for text in PROBE_TEXTS])
            return Deviation(float(np.abs(together - wanted).max()), float(np.abs(together - alone).max()))

        return probing.fastest((config.hidden_size, config.intermediate_size), deviation, ("float32",))

    def _embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        if not texts:
            return vectors
        encoded = self._tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)
        lengths = [len(ids) for ids in encoded["input_ids"]]
        for batch in batches(lengths, extra=0, budget=BATCH_TOKENS, rows=BATCH_ROWS):
            padded = self._tokenizer.pad({"input_ids": [encoded["input_ids"][i] for i in batch]}, return_tensors="pt")
            states = self._model(**padded).last_hidden_state
            weights = padded["attention_mask"].unsqueeze(-1).to(states.dtype)
            means = (states * weights).sum(1) / weights.sum(1)
            vectors[batch] = torch.nn.functional.normalize(means, dim=-1).numpy()
        return vectors


def _words(sums: dict[tuple[int, int], tuple[np.ndarray, int]], width: int) -> Words:
    # The longest of those that begin in one place first: a window's edge may have cut a word in two.
    places: list[tuple[int, int]] = []
    for start, end in sorted(sums, key=lambda place: (place[0], -place[1])):
        if not places or start >= places[-1][1]:
            places.append((start, end))
    states = np.array([sums[place][0] / sums[place][1] for place in places], dtype=np.float32).reshape(-1, width)
    lengths = np.linalg.norm(states, axis=1, keepdims=True)
    return Words(np.array(places, dtype=np.int64).reshape(-1, 2), states / np.where(lengths > 0, lengths, 1.0))
