"""Examinations: what was made of a test text is not learned, and labels that contradict are held back."""

from __future__ import annotations

import numpy as np

from annotation.synthesis.quality.heads import held_back
from annotation.synthesis.quality.utility import Taught, examined

DRAW = np.random.default_rng(5)


def texts(count: int, first_family: int, wrong: bool = False) -> Taught:
    """Of two classes that are told apart easily."""
    labels = np.arange(count) % 2
    vectors = DRAW.normal(size=(count, 8)) + 4 * labels[:, None]
    return Taught(vectors, np.where(labels ^ wrong, "b", "a"), np.arange(count) + first_family)


def test_right_texts_teach_wrong_ones_mislead_and_five_seeds_are_five_trainings() -> None:
    test = texts(60, 0)
    good, bad = examined(texts(60, 100), test), examined(texts(60, 100, wrong=True), test)
    assert good is not None and bad is not None
    assert len(good) == 5 and all(len(each) == 60 for each in good)
    assert np.mean(good) > 0.95 and np.mean(bad) < 0.05
    both = examined(texts(60, 100) + texts(60, 200, wrong=True), test)
    assert both is not None and np.mean(bad) < np.mean(both) < np.mean(good)
    one = texts(60, 100)
    assert examined(Taught(one.vectors, np.full(60, "a"), one.families), test) is None


def test_copies_of_the_test_texts_are_left_out_of_what_is_learned() -> None:
    """Copies with their labels turned round: whoever learned them would get everything wrong."""
    test = texts(60, 0)
    turned = Taught(test.vectors, np.where(test.labels == "a", "b", "a"), test.families)
    assert examined(turned, test) is None
    found = examined(texts(60, 100) + turned, test)
    assert found is not None and np.mean(found) > 0.95


def test_what_is_said_of_a_text_is_said_by_a_head_that_saw_none_of_its_family() -> None:
    each = texts(60, 0)
    labels = each.labels.copy()
    labels[:3] = np.where(labels[:3] == "a", "b", "a")
    found = held_back(each.vectors, labels, each.families)
    assert found is not None and np.allclose(found.sum(axis=1), 1)
    given = np.searchsorted(np.unique(labels), labels)
    assert (found[np.arange(60), given][:3] < 0.5).all() and (found[np.arange(60), given][3:] > 0.5).mean() > 0.9

    # A family whose five members have one vector and another label each time cannot be remembered.
    twins = np.repeat(DRAW.normal(size=(20, 8)), 2, axis=0)
    apart = held_back(twins, np.tile(["a", "b"], 20), np.repeat(np.arange(20), 2))
    assert apart is not None and (np.abs(apart - 0.5) < 0.3).mean() > 0.8
    assert held_back(each.vectors, each.labels, np.zeros(60)) is None
