"""Heads: what the names alone tell, and weights that are read back as they were written."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.labelers.heads import Head, UnreadableHead, blend, cold_start, dump, parse, unit


def clusters(count: int, *, spread: float = 0.4, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(texts [3·count, 16], their cluster, the cluster's name [3, 16]): texts lie about centres near the names."""
    draw = np.random.default_rng(seed)
    centres = unit(draw.normal(size=(3, 16)))
    where = np.repeat(np.arange(3), count)
    texts = unit(centres[where] + spread * draw.normal(size=(3 * count, 16)) / 4)
    return texts, where, unit(centres + 0.8 * draw.normal(size=(3, 16)) / 4)


def test_a_cold_start_finds_the_clusters_behind_the_names() -> None:
    texts, where, names = clusters(60)
    guesses = cold_start(texts, names[None]).probabilities(texts)
    assert (guesses.argmax(axis=1) == where).mean() > 0.95
    assert guesses.sum(axis=1) == pytest.approx(np.ones(len(texts)))


def test_a_name_that_is_near_every_text_does_not_take_them_all() -> None:
    texts, where, names = clusters(60)
    names[0] = unit(names[0] + 2 * texts.mean(axis=0))
    guesses = cold_start(texts, names[None]).probabilities(texts).argmax(axis=1)
    assert (guesses == where).mean() > 0.9


@pytest.mark.parametrize("count", [0, 1])
def test_a_cold_start_needs_no_texts(count: int) -> None:
    texts, _, names = clusters(1)
    guesses = cold_start(texts[:count], names[None]).probabilities(texts)
    assert np.isfinite(guesses).all()


def test_a_pool_of_one_head_alone_is_that_head() -> None:
    first, second = (Head(np.full((2, 3), number), np.full(2, number)) for number in (1.0, 5.0))
    assert blend(first, second, 1.0).coefficients == pytest.approx(first.coefficients)
    assert blend(first, second, 0.25).intercepts == pytest.approx(np.full(2, 4.0))


def test_weights_come_back_as_they_were_written() -> None:
    texts, _, names = clusters(5)
    heads = [cold_start(texts, names[None]), cold_start(texts, names[None, :2])]
    again = parse(dump(heads), [3, 2])
    for head, copy in zip(heads, again, strict=True):
        assert copy.probabilities(texts) == pytest.approx(head.probabilities(texts), abs=1e-5)


@pytest.mark.parametrize(("weights", "shapes"), [(b"", [3]), (b"\x80pickle", [3]), (None, [4]), (None, [3, 3])])
def test_weights_of_something_else_are_refused(weights: bytes | None, shapes: list[int]) -> None:
    texts, _, names = clusters(5)
    with pytest.raises(UnreadableHead):
        parse(dump([cold_start(texts, names[None])]) if weights is None else weights, shapes)
