"""Calibration in numbers."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.labelers.calibration import bias_of, calibrated


def test_a_constant_preference_for_one_label_is_removed() -> None:
    truth = np.random.default_rng(1).integers(0, 3, 200)
    evidence = np.eye(3)[truth]
    liking = np.array([4.0, 0.0, -3.0])
    scores = evidence + liking
    assert (scores.argmax(1) == truth).mean() < 0.5
    probabilities = calibrated(scores, bias_of(np.tile(liking, (3, 1))))
    assert (probabilities.argmax(1) == truth).all()
    np.testing.assert_allclose(probabilities.sum(1), 1)


@pytest.mark.parametrize("options", [2, 6, 200])
def test_on_its_own_references_no_option_is_favoured(options: int) -> None:
    chance = np.random.default_rng(options)
    scores = chance.normal(size=(128, options)) * 3 + chance.normal(size=options) * 10
    np.testing.assert_allclose(calibrated(scores, bias_of(scores)).mean(axis=0), 1 / options, rtol=1e-3)


def test_a_bias_does_not_depend_on_the_scale_of_the_references() -> None:
    scores = np.array([[-3.0, -5.0], [-100.0, -102.0]])
    np.testing.assert_allclose(calibrated(scores, bias_of(scores)), 0.5)


def test_options_that_no_reference_would_ever_choose_have_a_bias_all_the_same() -> None:
    scores = np.array([[-1.0, -900.0], [-2.0, -800.0], [-1.0, -1_000.0]])
    assert np.isfinite(bias_of(scores)).all()
    assert np.isfinite(calibrated(scores, bias_of(scores))).all()
