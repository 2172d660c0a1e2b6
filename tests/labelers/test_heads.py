"""Heads: what the names alone tell, and weights that are read back as they were written."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.labelers.heads import Head, UnreadableHead, along_scale, blend, cold_start, dump, freed, parse, unit


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


def test_options_that_are_freed_hold_as_often_as_expected() -> None:
    texts, where, names = clusters(60)
    shares = freed(cold_start(texts, names[None]), texts, 1.0).probabilities(texts)
    assert shares.mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    assert ((shares > 0.5) == np.eye(3, dtype=bool)[where]).mean() > 0.9
    nothing = freed(cold_start(texts[:0], names[None]), texts[:0], 1.0).probabilities(texts)
    assert np.isfinite(nothing).all()


def test_a_scale_lies_between_the_names_of_its_ends() -> None:
    draw = np.random.default_rng(0)
    low, high = unit(draw.normal(size=(2, 16)))
    where = draw.uniform(0, 1, 200)
    texts = unit(np.outer(1 - where, low) + np.outer(where, high) + 0.1 * draw.normal(size=(200, 16)))
    shares = along_scale(low, high, texts, 5).probabilities(texts)
    assert shares.sum(axis=1) == pytest.approx(np.ones(200))
    assert np.corrcoef(shares @ np.arange(5), where)[0, 1] > 0.9
    assert np.isfinite(along_scale(low, high, texts[:0], 5).probabilities(texts)).all()


def test_weights_come_back_as_they_were_written() -> None:
    texts, _, names = clusters(5)
    heads = {"one": cold_start(texts, names[None]), "two": freed(cold_start(texts, names[None, :2]), texts, 1)}
    again = parse(dump(heads))
    assert again.keys() == heads.keys()
    for name, head in heads.items():
        assert again[name].probabilities(texts) == pytest.approx(head.probabilities(texts), abs=1e-5)
    assert parse(dump({})) == {}


@pytest.mark.parametrize("weights", [b"", b"\x80pickle"])
def test_weights_of_something_else_are_refused(weights: bytes) -> None:
    with pytest.raises(UnreadableHead):
        parse(weights)
