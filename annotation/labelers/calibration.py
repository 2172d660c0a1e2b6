"""Take out of a model's scores what it would have said anyway."""

from __future__ import annotations

import numpy as np

# Unlabelled texts on which a bias is measured: from the least on they say more than words without content do (AG News,
# bundled model: .63 with 8 of them, .57 without), and beyond the most accuracy grows by half a point at most.
LEAST_SAMPLE, SAMPLE = 8, 64
CONTENT_FREE = ("N/A", "[MASK]", "", "…", "Hello.", "the")
ROUNDS, CLOSE_ENOUGH = 200, 1e-6


def bias_of(logprobs: np.ndarray) -> np.ndarray:
    """[n, k] log-probabilities on reference texts → [k] the bias b with meanᵢ softmax(sᵢ − b) = 1/k for every option.

    With content-free texts this is contextual calibration (Zhao et al. 2021, arXiv:2102.09690), with a sample of the
    task's own unlabelled texts batch calibration (Zhou et al. 2023, arXiv:2309.17249). They take a mean and divide by
    it; here the division is repeated until the mean is even, the column half of Sinkhorn's iteration. Against the mean
    of logarithms, with 64 of 2,000 AG News, 500 TREC and 300 demo texts as the sample: accuracy .695, .283 and .534
    instead of .689, .288 and .514, ECE .035, .064 and .075 instead of .035, .082 and .116. Like all of these it takes
    the options to be about equally frequent. Removing the bias also removes the handicap of longer and rarer
    labels (PMI, Holtzman et al. 2021).
    """
    scores = log_normalised(logprobs)
    options = scores.shape[1]
    bias = scores.mean(axis=0)
    for _ in range(ROUNDS):
        excess = np.log(np.exp(log_normalised(scores - bias)).mean(axis=0) * options)
        bias = bias + excess
        if np.abs(excess).max() < CLOSE_ENOUGH:
            break
    return bias


def calibrated(logprobs: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """[n, k] log-probabilities, [k] bias → [n, k] probabilities that sum to 1 per row."""
    return np.exp(log_normalised(logprobs - bias))


def log_normalised(logprobs: np.ndarray) -> np.ndarray:
    """Shifted per row so that the exponentials sum to 1."""
    top = logprobs.max(axis=-1, keepdims=True)
    return logprobs - top - np.log(np.exp(logprobs - top).sum(axis=-1, keepdims=True))
