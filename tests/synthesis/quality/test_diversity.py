"""Diversity is what its definitions say, and copies lower it."""

from __future__ import annotations

import gzip
import math

import numpy as np
import pytest
import sacrebleu

from annotation.synthesis.quality.diversity import compression_ratio, distinct, self_bleu, self_repetition, vendi

VARIED = [
    "the cat sat on the mat today",
    "rain falls softly over distant hills",
    "she fixed an old radio yesterday",
    "trains leave from platform nine at noon",
]
COPIES = ["the cat sat on the mat today"] * 4


def test_the_measures_are_what_counting_by_hand_gives() -> None:
    assert distinct(["a b a b", "b a"], 1) == pytest.approx(2 / 6)
    assert distinct(["a b a b", "b a"], 2) == pytest.approx(2 / 4)
    whole = "\n".join(VARIED).encode()
    assert compression_ratio(VARIED) == len(whole) / len(gzip.compress(whole, mtime=0))
    # One run of four words is in both, another in one alone.
    assert self_repetition(["a b c d e", "a b c d"]) == pytest.approx(math.log(2))
    expected = [
        sacrebleu.sentence_bleu(text, [each for other, each in enumerate(VARIED) if other != place]).score / 100
        for place, text in enumerate(VARIED)
    ]
    assert self_bleu(VARIED) == pytest.approx(np.mean(expected))
    # Of two orthogonal pairs of equals there are two; of n different ones, n; of equals, one (Friedman & Dieng, §3).
    pairs = np.array([[1, 0, 0.0], [2, 0, 0], [0, 1, 0], [0, 3, 0]])
    assert vendi(pairs) == pytest.approx(2)
    assert vendi(np.eye(7)) == pytest.approx(7)
    assert vendi(np.ones((5, 3))) == pytest.approx(1)
    many = np.random.default_rng(0).normal(size=(60, 8))
    units = many / np.linalg.norm(many, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(units @ units.T / 60)
    values = values[values > 1e-12]
    assert vendi(many) == pytest.approx(math.exp(-(values * np.log(values)).sum()))


def test_copies_are_less_diverse_by_every_measure_and_no_text_is_none() -> None:
    for more_is_alike in (compression_ratio, self_repetition, self_bleu):
        assert more_is_alike(COPIES) > more_is_alike(VARIED)
        assert more_is_alike([]) == 0
    assert self_bleu(COPIES) == pytest.approx(1)
    assert distinct(COPIES, 2) < distinct(VARIED, 2) and distinct([], 2) == 0
    assert vendi(np.zeros((0, 3))) == 0
