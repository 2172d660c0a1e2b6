"""Neighbours find copies, repetitions, strangers, and what was left out."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.synthesis.quality.fidelity import mauve, told_apart
from annotation.synthesis.quality.neighbours import near

DRAW = np.random.default_rng(3)


def cloud(towards: int, texts: int) -> np.ndarray:
    """Texts about one subject."""
    centre = np.zeros(24)
    centre[towards] = 6
    found: np.ndarray = centre + DRAW.normal(size=(texts, 24))
    return found


def test_copies_are_memorised_repetitions_redundant_and_strangers_unrealistic() -> None:
    real = cloud(0, 80)
    fair = near(cloud(0, 80), real)
    assert fair.memorised.mean() < 0.1 and fair.redundant.mean() < 0.1
    assert fair.unrealistic.mean() < 0.3 and fair.missed.mean() < 0.3
    assert near(real.copy(), real).memorised.all() and not near(real.copy(), real).missed.any()
    again = near(np.repeat(cloud(0, 1), 10, axis=0), real)
    assert again.redundant.all() and again.missed.mean() > 0.5
    assert near(cloud(1, 80), real).unrealistic.all()


def test_a_class_that_no_text_was_made_of_is_missed() -> None:
    real = np.concatenate([cloud(0, 60), cloud(1, 60)])
    missed = near(cloud(0, 60), real).missed
    assert missed[60:].all() and missed[:60].mean() < 0.3


def test_precision_and_coverage_are_what_their_papers_define() -> None:
    made, real = cloud(0, 12), cloud(0, 15)
    units = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (made, real)]
    found = near(made, real, nearest=2)
    reach = []
    for place, text in enumerate(units[1]):
        others = sorted((float(text @ other) for at, other in enumerate(units[1]) if at != place), reverse=True)
        reach.append(others[1])
    inside = [[float(text @ other) >= far for other, far in zip(units[1], reach, strict=True)] for text in units[0]]
    assert found.unrealistic.tolist() == [not any(row) for row in inside]
    assert found.missed.tolist() == [not any(row[place] for row in inside) for place in range(15)]


def test_what_is_made_like_real_texts_cannot_be_told_apart_and_what_is_not_can() -> None:
    families = range(100)
    alike = told_apart(cloud(0, 100), cloud(0, 100), list(families), [each + 100 for each in families])
    assert alike is not None and 0.35 < alike[0] / alike[1] < 0.65
    other = told_apart(cloud(1, 100), cloud(0, 100), list(families), [each + 100 for each in families])
    assert other == (200, 200)
    assert told_apart(cloud(1, 100), cloud(0, 100), [1] * 100, list(families)) is None

    # Every rewriting lies beside its origin, and is of its family: by family there is nothing to learn from a pair.
    real = cloud(0, 100)
    twins = told_apart(real + 1e-3, real, list(families), list(families))
    assert twins is not None and twins[0] / twins[1] == pytest.approx(0.5, abs=0.12)


def test_mauve_is_high_where_both_are_alike_and_low_where_they_are_not() -> None:
    real = cloud(0, 60)
    assert mauve(real, real) > 0.95
    assert mauve(cloud(0, 60), real) > mauve(cloud(1, 60), real)
    assert mauve(cloud(1, 60), real) < 0.1
