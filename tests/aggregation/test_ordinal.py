"""Ratings, rankings and texts: the middle, strengths and the nearest answer, against what is worked out by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from annotation.aggregation.bradley_terry import bradley_terry, wins_of
from annotation.aggregation.medoid import medoid
from annotation.aggregation.ordinal import biases, mean, median, ordinal

from .crowds import crowd_of


def test_the_middle_and_the_mean_of_votes() -> None:
    shares = np.array([[0.2, 0.3, 0.5, 0.0], [0.5, 0.0, 0.0, 0.5], [0.1, 0.1, 0.1, 0.7]])
    assert median(shares).tolist() == [1, 0, 3]
    np.testing.assert_allclose(mean(shares), [1.3, 1.5, 2.4])
    np.testing.assert_allclose(mean(shares, np.array([1, 2, 3, 4])), [2.3, 2.5, 3.4])


def test_a_strict_rater_is_read_as_one() -> None:
    draw = np.random.default_rng(0)
    truth = draw.integers(1, 4, size=300)
    rows = []
    for item, true in enumerate(truth):
        for who, (bias, spread) in enumerate([(0, 0.4), (-1, 0.3), (0, 0.6), (1, 1.5)]):
            rows.append((item, who, int(np.clip(round(true + bias + draw.normal(0, spread)), 0, 4))))
    crowd = crowd_of(rows, labels=5)
    fit = ordinal(crowd)
    assert np.abs(biases(fit)[:3] - [0, -1, 0]).max() < 0.35
    right = (fit.posteriors.argmax(axis=1) == truth).mean()
    votes = np.array(rows)[:, 2].reshape(300, 4)
    assert right > (np.median(votes, axis=1).astype(int) == truth).mean() + 0.03


def test_strengths_are_the_most_likely_ones() -> None:
    """Two alternatives with a flat prior: the log-odds of the wins; a tie counts half."""
    found = bradley_terry(np.array([[0.0, 30.0], [10.0, 0.0]]), spread=1_000)
    np.testing.assert_allclose(found.values[0] - found.values[1], np.log(3), atol=1e-4)
    np.testing.assert_allclose(found.before(0, 1), 0.75, atol=1e-4)
    wins = wins_of([[[0], [1, 2]], [[2], [0], [1]]], 3)
    assert wins.tolist() == [[0, 2, 1], [0, 0, 0.5], [1, 1.5, 0]]
    assert bradley_terry(wins).order == (0, 2, 1)
    lone = bradley_terry(np.array([[0, 5, 0], [0, 0, 0], [0, 0, 0.0]]))
    assert lone.converged
    assert np.isfinite(lone.values).all()
    assert lone.order == (0, 2, 1)


def test_the_nearest_text_is_chosen_whatever_the_order() -> None:
    def apart(one: str, other: str) -> float:
        return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)

    texts = ["aaaa", "aaab", "aabb", "zzzz"]
    # Total distances: 1.75, 1.5, 1.75, 3.
    for order in permutations(texts):
        assert order[medoid(order, apart).index] == "aaab"
    found = medoid(texts, apart)
    np.testing.assert_allclose(found.closeness, 1 - 1.5 / 4)
    np.testing.assert_allclose(sum(found.shares), 1)
    assert texts[medoid(texts, apart, [1, 1, 1, 9]).index] == "zzzz"
