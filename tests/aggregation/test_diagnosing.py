"""Sentences about crowds and fits that went wrong, and none about those that did not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annotation.aggregation.crowd import Crowd, Fit
from annotation.aggregation.dawid_skene import dawid_skene
from annotation.aggregation.diagnosing import diagnose

from .crowds import drawn, skilled

NAMES = [f"worker {number}" for number in range(10)]
LABELS = ["no", "maybe", "yes"]


def with_votes(crowd: Crowd, votes: np.ndarray) -> Crowd:
    """And one annotator more, who says `votes` ([items])."""
    items = np.arange(crowd.item_count, dtype=np.int32)
    return replace(
        crowd,
        items=np.concatenate([crowd.items, items]),
        annotators=np.concatenate([crowd.annotators, np.full(crowd.item_count, crowd.annotator_count, np.int32)]),
        votes=np.concatenate([crowd.votes, votes.astype(np.int32)]),
        annotator_count=crowd.annotator_count + 1,
    )


def told(crowd: Crowd, fit: Fit | None = None) -> list[str]:
    return diagnose(crowd, fit or dawid_skene(crowd), NAMES, LABELS)


def test_an_ordinary_crowd_is_spoken_of_not_at_all() -> None:
    for seed in range(5):
        crowd, _ = drawn(skilled([0.95, 0.95, 0.8, 0.7, 0.6], 3), 300, seed=seed)
        assert told(crowd) == []


def test_near_copies_spammers_and_guessers_are_named() -> None:
    crowd, _ = drawn(skilled([0.85, 0.8, 0.8, 0.75], 3), 300)
    draw = np.random.default_rng(1)
    third = crowd.votes[crowd.annotators == 3][np.argsort(crowd.items[crowd.annotators == 3])]
    copied = np.where(draw.random(300) < 0.03, draw.integers(3, size=300), third)
    crowd = with_votes(crowd, copied)
    crowd = with_votes(crowd, np.where(np.arange(300) % 50 == 0, 0, 2))
    crowd = with_votes(crowd, draw.integers(3, size=300))
    sentences = told(crowd)
    assert [sentence for sentence in sentences if "near-copies" in sentence] == [
        next(each for each in sentences if each.startswith("worker 3 and worker 4 are near-copies: they agree on 9"))
    ]
    assert any(each.startswith("worker 5 says “yes” in 98% of 300 answers") for each in sentences)
    assert any(each.startswith("worker 6 answers as if by chance") for each in sentences)
    assert len(sentences) == 3


def test_who_means_the_opposite_is_named() -> None:
    crowd, truth = drawn(skilled([0.9, 0.9, 0.85], 2), 300)
    sentences = told(with_votes(crowd, 1 - truth))
    assert sentences[0].startswith("worker 3 answers against the others")


def test_a_fit_that_swallowed_a_class_is_said() -> None:
    crowd, _ = drawn(skilled([0.7, 0.7, 0.7], 3), 200)
    posteriors = np.tile([0.04, 0.95, 0.01], (200, 1))
    collapsed = Fit(posteriors, posteriors[0], np.tile(posteriors[0], (3, 3, 1)), "dawid_skene")
    sentence = told(crowd, collapsed)[0]
    assert sentence.startswith("The fit has collapsed: 100% of the items are “maybe”, and hardly any are “no”")
    assert "“yes”" in sentence
