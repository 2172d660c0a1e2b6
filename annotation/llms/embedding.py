"""Sentence embeddings with the bundled all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from . import probing
from .computing import Arithmetic, computing, threads_allowed
from .packing import batches
from .probing import Deviation, Probe
from .weights import find_embedding_model, weights_digest

MAX_TOKENS = 256
BATCH_TOKENS, BATCH_ROWS = 8_192, 128
PROBE_TEXTS = ("I want my money back.", "The weather is lovely in May, and so is the garden.")


class SentenceEncoder:
    """Mean-pooled token states of unit length (Reimers & Gurevych 2019)."""

    def __init__(self) -> None:
        folder = find_embedding_model()
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
        self._arithmetic = probing.remembered(weights_digest(self._model), self._probe).arithmetic

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """[n, 384] unit vectors; what lies beyond 256 tokens is not read."""
        with computing(self._arithmetic):
            return self._embed(texts)

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
