"""Wrong labels are found as Northcutt et al. define them, and mostly they alone."""

from __future__ import annotations

import numpy as np

from annotation.aggregation.confident_learning import suspects, thresholds


def test_flipped_labels_come_first_though_one_class_is_timid() -> None:
    chance = np.random.default_rng(2)
    truth = chance.integers(0, 3, 600)
    # The third class never gets more than .6: a fixed threshold would not hear of it.
    sure = np.where(truth == 2, chance.uniform(0.45, 0.6, 600), chance.uniform(0.7, 0.98, 600))
    probabilities = np.repeat(((1 - sure) / 2)[:, None], 3, axis=1)
    probabilities[np.arange(600), truth] = sure
    labels = truth.copy()
    flipped = chance.choice(600, 40, replace=False)
    labels[flipped] = (truth[flipped] + 1) % 3
    found = suspects(probabilities, labels)
    places = {each.place for each in found}
    assert len(places & set(flipped.tolist())) >= 30 and len(places - set(flipped.tolist())) <= 2
    assert [each.margin for each in found] == sorted((each.margin for each in found), reverse=True)
    first = found[0]
    assert (first.given, first.likely) == (labels[first.place], truth[first.place])


def test_a_class_that_nothing_has_is_suggested_to_nobody() -> None:
    probabilities = np.array([[0.2, 0.8], [0.9, 0.1]])
    assert thresholds(probabilities, np.array([0, 0])).tolist() == [0.55, np.inf]
    assert suspects(probabilities, np.array([0, 0])) == [] and suspects(np.empty((0, 2)), np.empty(0, int)) == []
