"""How good a dataset is, and what further answers add: against drawing samples, and against every possible answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from annotation.aggregation.effort import ROUNDS, Stratum, answers_wanted, dataset_accuracy, gains


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Samples of 5 to 60 from three strata of different accuracy, redrawn 1,000 times."""
    chance = np.random.default_rng(1)
    strata = [(6_000, 5_880), (1_000, 900), (300, 210)]
    truth = sum(right for _, right in strata) / sum(items for items, _ in strata)
    for checks in ((60, 40, 40), (30, 15, 10), (200, 20, 5)):
        covered = 0
        for _ in range(1_000):
            sample = [
                Stratum(items, n, int(chance.hypergeometric(right, items - right, n)), believed=0)
                for (items, right), n in zip(strata, checks, strict=True)
            ]
            found = dataset_accuracy(sample)
            assert found.low is not None and found.high is not None
            covered += found.low <= truth <= found.high
        assert covered >= 930, checks


def test_strata_weigh_by_their_items_and_unchecked_ones_count_as_believed() -> None:
    found = dataset_accuracy([Stratum(900, 90, 81, 0), Stratum(100, 0, 0, 80)])
    assert found.value == pytest.approx(0.9 * 0.9 + 0.1 * 0.8)
    assert found.measured == pytest.approx(0.9)
    assert found.checked == 90
    believed = dataset_accuracy([Stratum(100, 0, 0, 95)])
    assert (believed.value, believed.measured) == pytest.approx((0.95, 0))


def test_few_checks_that_were_all_right_prove_no_perfection_and_checking_everything_leaves_no_doubt() -> None:
    few = dataset_accuracy([Stratum(1_000, 10, 10, 0)])
    assert few.value == 1
    assert few.low is not None and few.low < 0.9
    everything = dataset_accuracy([Stratum(50, 50, 45, 0)])
    assert (everything.low, everything.high) == pytest.approx((0.9, 0.9))
    assert dataset_accuracy([]).value is None


def right_after(posterior: np.ndarray, competence: float, answers: int) -> float:
    """The chance that the best guess is right after so many answers, over every sequence of them."""
    labels = len(posterior)
    says = np.full((labels, labels), (1 - competence) / (labels - 1))
    np.fill_diagonal(says, competence)
    return sum(
        float((posterior * np.prod([says[:, vote] for vote in votes], axis=0)).max())
        for votes in product(range(labels), repeat=answers)
    )


@pytest.mark.parametrize("posterior", [(0.5, 0.5), (0.7, 0.3), (0.95, 0.05), (0.99, 0.01)])
def test_of_two_labels_all_answers_together_add_what_every_possible_answer_comes_to(
    posterior: tuple[float, float],
) -> None:
    found = gains(np.array([posterior]), 0.8)
    best = max(right_after(np.array(posterior), 0.8, count) for count in range(ROUNDS + 1))
    assert len(found) == ROUNDS
    assert found.sum() == pytest.approx(best - max(posterior))
    assert (np.diff(found) <= 1e-12).all(), "the most valuable first"


@pytest.mark.parametrize("posterior", [(0.4, 0.3, 0.2, 0.1), (0.5, 0.3, 0.15, 0.05)])
def test_the_first_answer_adds_what_every_possible_answer_comes_to(posterior: tuple[float, ...]) -> None:
    found = gains(np.array([posterior]), 0.7)
    assert found[0] >= right_after(np.array(posterior), 0.7, 1) - posterior[0] - 1e-12
    assert found.sum() <= right_after(np.array(posterior), 0.7, ROUNDS) - posterior[0] + 1e-12


def test_answers_go_where_they_add_most_and_it_is_said_how_many_are_wanted() -> None:
    posteriors = np.array([[0.99, 0.01]] * 90 + [[0.55, 0.45]] * 10)
    found = gains(posteriors, 0.9)
    assert found[:10].sum() == pytest.approx(10 * (right_after(np.array([0.55, 0.45]), 0.9, 1) - 0.55))
    accuracy = (90 * 0.99 + 10 * 0.55) / 100
    wanted = answers_wanted(found, 100, accuracy, accuracy + 0.02)
    assert wanted is not None and 1 <= wanted <= 10
    assert found[:wanted].sum() >= 2 > found[: wanted - 1].sum()
    assert answers_wanted(found, 100, accuracy, accuracy) == 0
    assert answers_wanted(found, 100, accuracy, 1.0) is None
    assert len(gains(np.empty((0, 3)), 0.9)) == 0
