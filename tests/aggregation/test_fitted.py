"""Votes are fused by what a fit knows of the annotators, one item at a time."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.aggregation.crowd import Crowd, Fit
from annotation.aggregation.fitted import (
    MAJORITY,
    MODEL_WEIGHT,
    Knowledge,
    Matrices,
    Said,
    Shares,
    Trusted,
)
from annotation.aggregation.knowing import matrices_of, sharpness
from annotation.questions import parse_questions

INTENT, TOPICS = parse_questions(
    [
        {"name": "intent", "type": "choice", "options": ["a", "b"]},
        {"name": "topics", "type": "multichoice", "options": ["x", "y"], "at_least": 0},
    ]
)
ABLE = np.array([[[0.9, 0.1], [0.2, 0.8]]])
WEAK = np.array([[[0.6, 0.4], [0.4, 0.6]]])
ONE = Matrices("anchored", ("a", "b"), np.array([[0.7, 0.3]]), {1: ABLE, 2: WEAK}, people=WEAK)


def person(who: int, answer: str, weight: float = 1.0) -> Said:
    return Said(who, True, answer, {answer: 1.0}, weight)


def model(who: int, calibrated: bool = True, **shares: float) -> Said:
    answer = max(shares, key=shares.__getitem__)
    return Said(who, False, answer, shares, calibrated=calibrated)


def chance(knowledge: Knowledge, *said: Said) -> float:
    """Of the option a."""
    return knowledge.fuse(INTENT, said, {}).distribution["a"]


def test_people_speak_by_their_matrices_and_strangers_as_the_crowd_does() -> None:
    assert chance(ONE, person(1, "b")) == pytest.approx(0.7 * 0.1 / (0.7 * 0.1 + 0.3 * 0.8))
    both = (0.7 * 0.9 * 0.4, 0.3 * 0.2 * 0.6)
    assert chance(ONE, person(1, "a"), person(2, "b")) == pytest.approx(both[0] / sum(both))
    assert chance(ONE, person(99, "b")) == chance(ONE, person(2, "b"))
    outcome = ONE.fuse(INTENT, [person(1, "b")], {})
    assert (outcome.value, outcome.method, outcome.votes) == ("b", "anchored", 1)
    assert outcome.posterior == outcome.distribution["b"]


def test_the_leads_weight_is_a_power_of_what_somebody_says() -> None:
    twice = chance(ONE, person(1, "b"), person(1, "b"))
    assert chance(ONE, person(1, "b", weight=2.0)) == pytest.approx(twice)
    assert chance(ONE, person(1, "b", weight=0.0)) == pytest.approx(0.7)


def test_a_calibrated_model_stands_in_the_priors_place_and_two_are_one_witness() -> None:
    """Kerrigan et al. 2021: p(y | h, m) is proportional to m(y) p(h | y)."""
    assert chance(ONE, model(7, a=0.2, b=0.8)) == pytest.approx(0.2)
    expected = 0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.2)
    assert chance(ONE, model(7, a=0.2, b=0.8), person(1, "a")) == pytest.approx(expected)
    assert chance(ONE, model(7, a=0.2, b=0.8), model(8, a=0.2, b=0.8), person(1, "a")) == pytest.approx(expected)
    assert 0 < chance(ONE, model(7, a=0.0, b=1.0)) < 0.01, "never quite certain"


def test_a_model_that_nobody_measured_weighs_half_a_stranger() -> None:
    heard = (0.7 * 0.4**MODEL_WEIGHT, 0.3 * 0.6**MODEL_WEIGHT)
    assert chance(ONE, model(7, calibrated=False, a=0.4, b=0.6)) == pytest.approx(heard[0] / sum(heard))


def test_each_option_is_a_decision_of_its_own_where_any_can_be_chosen() -> None:
    any_of = Matrices(
        "anchored",
        ("x", "y"),
        np.array([[0.5, 0.5], [0.9, 0.1]]),
        {1: np.concatenate([ABLE, WEAK])},
        people=np.concatenate([WEAK, WEAK]),
    )
    outcome = any_of.fuse(TOPICS, [Said(1, True, ["x"], {"x": 1.0})], {})
    assert outcome.value == ["x"]
    assert outcome.distribution == pytest.approx({"x": 0.8 / (0.1 + 0.8), "y": 0.1 * 0.4 / (0.1 * 0.4 + 0.9 * 0.6)})
    assert outcome.posterior == pytest.approx(min(0.8 / 0.9, 1 - outcome.distribution["y"]))


def test_a_vote_is_worth_most_where_it_can_change_most() -> None:
    def worth(share: float) -> float:
        told = ONE.worth(INTENT, {"a": share, "b": 1 - share})
        assert told is not None
        return told

    assert worth(0.5) > worth(0.8) > worth(0.99) > 0
    assert worth(1.0) == 0
    able = Matrices("anchored", ("a", "b"), ONE.prior, {}, people=ABLE)
    assert (able.worth(INTENT, {"a": 0.5, "b": 0.5}) or 0) > worth(0.5), "who knows more tells more"
    assert ONE.worth(INTENT, None) == pytest.approx(worth(0.7)), "before any vote there is the prior"
    assert MAJORITY.worth(INTENT, {"a": 0.5, "b": 0.5}) is None


def test_the_trusted_ones_answer_stands_and_the_others_are_heard_where_there_is_none() -> None:
    trusted = Trusted(1, 0.93)
    outcome = trusted.fuse(INTENT, [person(1, "b"), person(2, "a"), person(3, "a")], {})
    assert (outcome.value, outcome.posterior, outcome.method) == ("b", 0.93, "trust_one")
    silent = trusted.fuse(INTENT, [person(2, "a"), person(3, "a"), person(4, "b")], {})
    assert (silent.value, silent.posterior, silent.method) == ("a", pytest.approx(2 / 3), "majority")
    assert Trusted(7).fuse(INTENT, [model(7, a=0.4, b=0.6)], {}).posterior == pytest.approx(0.6)
    assert Trusted(1).fuse(INTENT, [person(1, "b"), person(2, "a")], {}).posterior == 1.0


def test_weights_change_whose_share_is_larger_and_never_silence_everybody() -> None:
    weighed = Shares("wawa", {1: 1.5, 2: 0.4, 3: 0.4})
    assert weighed.fuse(INTENT, [person(1, "b"), person(2, "a"), person(3, "a")], {}).value == "b"
    assert Shares("wawa", {2: 0.0}).fuse(INTENT, [person(2, "a")], {}).value == "a"


def test_a_fit_of_earlier_options_is_not_used() -> None:
    (renamed,) = parse_questions([{"name": "intent", "type": "choice", "options": ["a", "c"]}])
    assert not ONE.suits(renamed)


def test_strangers_speak_as_the_crowd_does_on_average_people_and_models_apart() -> None:
    crowd = Crowd(np.array([0, 1, 0, 1, 0]), np.array([0, 0, 0, 1, 2]), np.array([0, 1, 0, 0, 1]), 2, 3, 2)
    confusion = np.concatenate([ABLE, WEAK, WEAK[:, ::-1]])
    fit = Fit(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0.5, 0.5]), confusion, "anchored")
    known = matrices_of("anchored", ("a", "b"), [(crowd, fit, np.array([10, 20, 30]))], lambda pk: pk != 30)
    assert known.people[0] == pytest.approx((3 * ABLE[0] + WEAK[0]) / 4), "who said more counts more"
    assert known.models is not None
    assert known.models[0] == pytest.approx(WEAK[0, ::-1])
    assert known.accuracy(10) == pytest.approx((0.9 + 0.8) / 2)


def test_votes_of_a_fit_that_heard_annotators_err_together_are_blunted() -> None:
    """Three copies: independent votes would be far surer than the fit is."""
    draw = np.random.default_rng(1)
    said_once = draw.integers(0, 2, 200)
    items, who = np.repeat(np.arange(200), 3), np.tile(np.arange(3), 200)
    crowd = Crowd(items, who, np.repeat(said_once, 3), 200, 3, 2)
    alone = np.where(said_once[:, None] == np.arange(2), 0.8, 0.2)
    matrix = np.array([[0.8, 0.2], [0.2, 0.8]])
    copied = Fit(alone, np.array([0.5, 0.5]), np.repeat(matrix[None], 3, axis=0), "ebcc")
    assert sharpness(crowd, copied) == pytest.approx(1 / 3, abs=0.03)
    thrice = alone**3 / (alone**3).sum(axis=1, keepdims=True)
    assert sharpness(crowd, Fit(thrice, copied.prior, copied.confusion, "dawid_skene")) == 1.0
