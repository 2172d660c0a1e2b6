"""Figures of merit against scikit-learn, and by hand where it has none."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, cohen_kappa_score, f1_score, roc_auc_score

from annotation.aggregation.scoring import (
    Case,
    area_under_risk_coverage,
    auroc,
    case_of,
    class_scores,
    closeness,
    cohen_kappa,
    confusion,
    expected_calibration_error,
    part_scores,
    reliability,
    sureness,
    wilson,
)
from annotation.questions import Question, parse_questions

[QUESTION] = parse_questions([{"name": "intent", "type": "choice", "options": ["a", "b", "c"]}])


def drawn(count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    confidence = chance.uniform(0.3, 1, count).round(2)
    return confidence, chance.uniform(size=count) < confidence


def test_brier_and_auroc_are_scikit_learns() -> None:
    confidence, right = drawn()
    measured = sureness(confidence, right)
    assert measured.brier == pytest.approx(brier_score_loss(right, confidence))
    assert measured.auroc == pytest.approx(roc_auc_score(right, confidence))


def test_auroc_is_undefined_where_all_are_right() -> None:
    assert auroc(np.array([0.5, 0.9]), np.array([True, True])) is None


def test_kappa_and_f1_are_scikit_learns() -> None:
    chance = np.random.default_rng(1)
    people, model = chance.choice(list("abc"), 200).tolist(), chance.choice(list("abcc"), 200).tolist()
    cases = [Case(number, *said, 0.5) for number, said in enumerate(zip(people, model, strict=True))]
    matrix = confusion(cases)
    assert sum(matrix.values()) == 200
    assert cohen_kappa(matrix) == pytest.approx(cohen_kappa_score(people, model))
    scores = class_scores(matrix, "abc")
    assert [scores[each].f1 for each in "abc"] == pytest.approx(f1_score(people, model, average=None).tolist())
    assert sum(score.people for score in scores.values()) == 200


def test_what_never_occurs_has_no_score_and_agreement_by_necessity_no_kappa() -> None:
    matrix = confusion([Case(1, "a", "a", 1.0)])
    assert class_scores(matrix, "ab")["b"].f1 is None
    assert cohen_kappa(matrix) is None
    assert cohen_kappa({}) is None


def test_the_bins_have_equal_mass_and_equal_confidences_share_one() -> None:
    confidence = np.linspace(0.5, 1, 1_500)
    bins = reliability(confidence, np.ones(1_500, bool))
    assert [each.count for each in bins] == [100] * 15
    assert [each.count for each in reliability(np.full(400, 0.9), np.ones(400, bool))] == [400]
    assert len(reliability(confidence[:80], np.ones(80, bool))) == 4, "twenty cases in each at least"


def test_ece_is_the_distance_between_saying_and_being_right() -> None:
    assert expected_calibration_error(np.full(100, 0.9), np.arange(100) < 60) == pytest.approx(0.3)
    assert expected_calibration_error(np.full(100, 0.6), np.arange(100) < 60) == pytest.approx(0)


def test_aurc_by_hand_and_ties_in_no_order() -> None:
    # The surest is right, the next wrong, the last right: (0 + 1/2 + 1/3) / 3.
    assert area_under_risk_coverage(np.array([0.9, 0.8, 0.7]), np.array([True, False, True])) == pytest.approx(5 / 18)
    tied = [area_under_risk_coverage(np.full(3, 0.5), np.roll([True, False, True], turn)) for turn in range(3)]
    assert tied == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe 1998, table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_wilson_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_an_item_is_one_case_by_the_majority_of_its_people() -> None:
    people = [{"intent": "a"}, {"intent": "a"}, {"intent": "b"}]
    vote = {"intent": {"a": 0.25, "b": 0.5, "c": 0.25}}
    assert case_of(QUESTION, 7, people, {"intent": "b"}, vote) == Case(7, "a", "b", 0.5)
    assert case_of(QUESTION, 7, people[1:], {"intent": "b"}, vote) is None, "people who disagree prove nothing"
    assert case_of(QUESTION, 7, [{}], {"intent": "b"}, vote) is None
    assert case_of(QUESTION, 7, people, {}, {}) is None
    assert case_of(QUESTION, 7, people, {"intent": "c"}, {}) == Case(7, "a", "c", 1.0)


FIELDS = [{"name": "text", "type": "text"}]
RATED, CHOSEN, MARKED, RANKED, WRITTEN = parse_questions(
    [
        {"name": "rated", "type": "rating"},
        {"name": "chosen", "type": "multichoice", "options": ["a", "b", "c"], "at_least": 0},
        {"name": "marked", "type": "spans", "options": ["x", "y"]},
        {"name": "ranked", "type": "ranking", "options": ["a", "b", "c"]},
        {"name": "written", "type": "text"},
    ],
    FIELDS,
)


def span(start: int, end: int, label: str) -> dict[str, object]:
    return {"start": start, "end": end, "label": label, "text": "?" * (end - start)}


@pytest.mark.parametrize(
    ("question", "people", "model", "distribution", "right", "near", "sure"),
    [
        (RATED, 2, 4, {"2": 0.1, "4": 0.7, "5": 0.2}, False, 0.5, 0.7),
        (CHOSEN, ["a", "b"], ["a"], {"a": 0.9, "b": 0.4, "c": 0.2}, False, 0.5, 0.6),
        (CHOSEN, [], [], {"a": 0.1, "b": 0.2, "c": 0.3}, True, 1.0, 0.7),
        (
            MARKED,
            [span(0, 4, "x"), span(5, 9, "y")],
            [span(0, 4, "x")],
            {"0:4:x": 0.8, "5:9:y": 0.3},
            False,
            2 / 3,
            0.7,
        ),
        (MARKED, [], [], {}, True, 1.0, 1.0),
        (RANKED, [["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]], None, False, 2 / 3, 1.0),
        (WRITTEN, "abcd", "abcx", None, False, 0.75, 1.0),
    ],
)
def test_an_answer_is_right_as_a_whole_and_near_in_parts(
    question: Question,
    people: object,
    model: object,
    distribution: dict[str, float],
    right: bool,
    near: float,
    sure: float,
) -> None:
    shares = {question.name: distribution} if distribution else {}
    case = case_of(question, 1, [{question.name: people}], {question.name: model}, shares)
    assert case is not None
    assert (case.right, closeness([case]), case.confidence) == (right, pytest.approx(near), pytest.approx(sure))


def test_parts_are_counted_by_option_and_all_together() -> None:
    given = [(["a", "b"], ["a"]), (["a"], ["a", "c"]), ([], [])]
    cases = [case_of(CHOSEN, row, [{"chosen": one}], {"chosen": other}, {}) for row, (one, other) in enumerate(given)]
    scores, micro = part_scores(CHOSEN, [case for case in cases if case])
    assert micro == pytest.approx(
        f1_score([[1, 1, 0], [1, 0, 0], [0, 0, 0]], [[1, 0, 0], [1, 0, 1], [0, 0, 0]], average="micro")
    )
    assert [scores[each].f1 for each in "abc"] == [1.0, 0.0, 0.0]
    marks = case_of(MARKED, 1, [{"marked": [span(0, 4, "x"), span(5, 9, "y")]}], {"marked": [span(0, 4, "x")]}, {})
    assert marks is not None
    scores, micro = part_scores(MARKED, [marks])
    assert (scores["x"].recall, scores["y"].recall, micro) == (1.0, 0.0, pytest.approx(2 / 3))
