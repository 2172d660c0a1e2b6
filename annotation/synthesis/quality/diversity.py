"""How much texts differ from each other.

All of these but Vendi's depend on how many texts there are, so groups are compared at one size.
"""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from annotation.lazily import Library
from annotation.synthesis.filters.tokens import grams, tokens_of

sacrebleu = Library("sacrebleu")
REPEATED = 4
# Texts whose BLEU is worked out, and against how many others each.
SCORED, REFERENCES = 50, 50


def compression_ratio(texts: Sequence[str]) -> float:
    """Bytes before ÷ bytes after gzip; more: more of the same (Shaib et al. 2024, arXiv:2403.00553). 0 without text."""
    whole = "\n".join(texts).encode()
    return len(whole) / len(gzip.compress(whole, mtime=0)) if whole else 0.0


def self_repetition(texts: Sequence[str]) -> float:
    """The mean of ln(1 + times a text's runs of four words occur in other texts, too) (Salkar et al. 2022, “Self-
    repetition in abstractive neural summarizers”). More: more formulas."""
    each = [Counter(grams(tokens_of(text), REPEATED)) for text in texts]
    holders = Counter(run for runs in each for run in runs)
    logs = [math.log1p(sum(times for run, times in runs.items() if holders[run] > 1)) for runs in each]
    return sum(logs) / len(logs) if logs else 0.0


def distinct(texts: Sequence[str], length: int) -> float:
    """Different runs of so many words ÷ all of them, in [0, 1] (Li et al. 2016, arXiv:1510.03055). 0 without any."""
    runs = [run for text in texts for run in grams(tokens_of(text), length)]
    return len(set(runs)) / len(runs) if runs else 0.0


def self_bleu(texts: Sequence[str], seed: int = 0) -> float:
    """The mean BLEU of a text against the others, in [0, 1]; more: more alike (Zhu et al. 2018, arXiv:1802.01886).

    Of many texts, 50 are scored, against 50 others each. 0 of fewer than two texts.
    """
    if len(texts) < 2:
        return 0.0
    draw = np.random.default_rng(seed)
    scores = []
    for place in draw.permutation(len(texts))[:SCORED]:
        others = draw.permutation(len(texts) - 1)[:REFERENCES]
        references = [texts[other + (other >= place)] for other in others]
        scores.append(sacrebleu.sentence_bleu(texts[place], references).score / 100)
    return float(np.mean(scores))


def vendi(vectors: np.ndarray) -> float:
    """Of [n, d] vectors: how many wholly different texts would be as diverse, in [1, n] (Friedman & Dieng 2023,
    arXiv:2210.02410): exp(H(λ)) of the eigenvalues λ of K ÷ n, K being cosines. 0 without any.
    """
    if not len(vectors):
        return 0.0
    units = unit(vectors)
    # K/n = XXᵀ/n has the eigenvalues of XᵀX/n, which is the smaller one of many texts.
    product = units.T @ units if units.shape[0] > units.shape[1] else units @ units.T
    values = np.linalg.eigvalsh(product / len(units))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def unit(vectors: np.ndarray) -> np.ndarray:
    """[n, d] each of length 1; zeros stay."""
    vectors = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
