"""Krippendorff's α against published and hand-computed values, and against its definition."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from annotation.aggregation.agreement import (
    Agreement,
    agreement_from,
    alpha,
    alpha_between,
    alpha_by_label,
    alpha_of,
    alpha_over,
    shares_of,
)
from annotation.aggregation.ballots import Ballots, ballots
from annotation.questions import Question, parse_questions, type_of

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: nominal data, missing values, α = 0.743.
TEXTBOOK = [
    "111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"
]  # fmt: skip


def nominal(first: str, second: str) -> float:
    return float(first != second)


def by_definition(units: Sequence[Sequence[str]]) -> float:
    """1 − observed / expected disagreement, pair by pair, with no counting tricks."""
    units = [unit for unit in units if len(unit) > 1]
    everything = [vote for unit in units for vote in unit]
    observed = sum(
        2 / (len(unit) - 1) * sum(first != second for first, second in combinations(unit, 2)) for unit in units
    ) / len(everything)
    pairs = len(everything) * (len(everything) - 1)
    expected = 2 * sum(first != second for first, second in combinations(everything, 2)) / pairs
    return 1 - observed / expected


def test_the_textbook_example_comes_out_as_printed() -> None:
    agreement = alpha(TEXTBOOK, nominal)
    assert agreement.alpha == pytest.approx(0.743, abs=5e-4)
    assert agreement.items == 11


@pytest.mark.parametrize(
    ("units", "expected", "raw"),
    [
        # Two annotators, two items: observed ½, expected 2·(2·2)/(4·3) = ⅔, so α = 1 − ½/⅔.
        # aa, ab: three a, one b: observed ½, expected 2·3/12 = ½.
        (["aa", "ab"], 0.0, 0.5),
        (["aa", "bb"], 1.0, 1.0),
        # ab, ba: observed 1, expected ⅔.
        (["ab", "ba"], -0.5, 0.0),
        # Units of one vote carry no pairs.
        (["aa", "bb", "a", "b", ""], 1.0, 1.0),
    ],
)
def test_small_examples_worked_by_hand(units: list[str], expected: float, raw: float) -> None:
    agreement = alpha(units, nominal)
    assert agreement.alpha == pytest.approx(expected)
    assert agreement.raw == pytest.approx(raw)


def test_alpha_is_its_definition_on_random_votes() -> None:
    chance = random.Random(7)
    for _ in range(50):
        units = ["".join(chance.choices("abcd", weights=(8, 4, 2, 1), k=chance.randint(0, 5))) for _ in range(30)]
        assert alpha(units, nominal).alpha == pytest.approx(by_definition(units))


def test_what_is_undefined_says_why() -> None:
    assert alpha([], nominal).undefined
    assert alpha(["a", "b"], nominal).undefined
    same = alpha(["aa", "aa"], nominal)
    assert same.alpha is None
    assert same.raw == 1.0
    assert same.undefined


def crowd(seed: int, *, items: int = 200, share: float = 0.7) -> Ballots:
    """Five annotators who answer `share` of the items each, and are right on 70 % of those."""
    chance = random.Random(seed)
    truth = {item: chance.choice("abcd") for item in range(items)}
    return ballots(
        (item, annotator, truth[item] if chance.random() < 0.7 else chance.choice("abcd"))
        for annotator in ("ann", "bob", "cleo", "dan", "model")
        for item in chance.sample(range(items), round(share * items))
    )


def units_of(votes: Ballots) -> list[list[str]]:
    return [[votes.answers[code] for code in votes.codes[votes.items == item]] for item in range(len(votes.item_names))]


def test_the_interval_is_that_of_items_drawn_anew_and_counted_from_scratch() -> None:
    votes = crowd(1)
    found = alpha_of(votes, nominal, replicates=2_000)
    units = units_of(votes)
    chance = random.Random(2)
    redrawn = [alpha(chance.choices(units, k=len(units)), nominal).alpha for _ in range(200)]
    assert found.alpha == pytest.approx(by_definition(units))
    assert (found.low, found.high) == pytest.approx(np.quantile(np.array(redrawn, float), [0.025, 0.975]), abs=0.02)
    assert found == alpha_of(votes, nominal, replicates=2_000), "the same votes have the same interval"


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """What all items of these annotators would come to, from samples of 200."""
    truth = alpha_of(crowd(0, items=20_000), nominal).alpha
    assert truth
    found = [alpha_of(crowd(seed), nominal, replicates=300) for seed in range(1, 51)]
    covered = sum((each.low or 1) <= truth <= (each.high or 0) for each in found)
    assert covered >= 43


def test_rows_that_are_drawn_one_by_one_have_the_interval_of_rows_in_kinds() -> None:
    votes = crowd(3)
    shares = shares_of(votes, nominal)
    kinds = agreement_from(shares, replicates=1_000)
    # A distance that no two pairs of values share leaves no two items alike.
    numbered = Ballots(votes.items, votes.annotators, np.arange(len(votes.codes)), votes.item_names, (), tuple(
        votes.answers[code] + str(place) for place, code in enumerate(votes.codes)
    ))  # fmt: skip
    singly = alpha_of(numbered, lambda one, other: float(one[0] != other[0]), replicates=1_000)
    assert (singly.low, singly.high) == pytest.approx((kinds.low, kinds.high), abs=0.02)


def test_a_model_is_compared_with_people_pair_by_pair() -> None:
    votes = crowd(4)
    people = ("ann", "bob", "cleo", "dan")
    found = alpha_between(votes, ["model"], people, nominal, replicates=200)
    rows = list(zip(votes.items, votes.annotators, votes.codes, strict=True))
    model = votes.annotator_names.index("model")
    pairs = [
        votes.answers[one] + votes.answers[other]
        for item, who, one in rows
        if who == model
        for where, whose, other in rows
        if where == item and whose != model
    ]
    assert found.alpha == pytest.approx(by_definition(pairs))
    assert found.raw == pytest.approx(sum(one == other for one, other in pairs) / len(pairs))
    assert found.low is not None and found.high is not None and found.low < by_definition(pairs) < found.high
    assert found.items == len({item for item, who, _ in rows if who == model} & {i for i, w, _ in rows if w != model})


def test_a_label_is_compared_with_all_others_and_a_window_holds_its_items_alone() -> None:
    votes = crowd(5)
    units = units_of(votes)
    labels = alpha_by_label(votes, "abcde", lambda answer: {answer}, replicates=50)
    for label in "abcd":
        assert labels[label].alpha == pytest.approx(
            by_definition(["".join("yn"[v != label] for v in u) for u in units])
        )
    assert labels["e"].alpha is None
    assert labels["e"].undefined
    weeks = {name: "even" if name % 2 == 0 else "odd" for name in votes.item_names}
    windows = alpha_over(votes, weeks, nominal)
    for week, agreement in windows.items():
        mine = [unit for name, unit in zip(votes.item_names, units, strict=True) if weeks[name] == week]
        assert agreement.alpha == pytest.approx(by_definition(mine))


QUESTIONS = [
    ({"type": "choice", "options": ["a", "b"]}, ["a", "b"]),
    ({"type": "multichoice", "options": ["a", "b", "c"]}, [["a"], ["a", "b"], ["c"]]),
    ({"type": "rating", "min": 1, "max": 5}, [1, 2, 5]),
    (
        {"type": "ranking", "options": ["a", "b", "c"]},
        [[["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]], [["c", "a"], ["b"]]],
    ),
    (
        {"type": "spans", "options": ["x", "y"]},
        [[], [{"start": 0, "end": 4, "label": "x"}], [{"start": 2, "end": 4, "label": "x"}]],
    ),
    ({"type": "text"}, ["", "some", "some text"]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "answers"), QUESTIONS, ids=[str(asked["type"]) for asked, _ in QUESTIONS])
def test_every_question_type_has_its_alpha_by_its_own_distance(asked: dict[str, object], answers: list[object]) -> None:
    question: Question = parse_questions([{"name": "q", "title": "Q", **asked}])[0]
    chance = random.Random(6)
    units = [chance.choices(answers, k=3) for _ in range(40)]

    def apart(one: object, other: object) -> float:
        return type_of(question).distance(question, one, other)

    everything = [vote for unit in units for vote in unit]
    observed = sum(apart(a, b) for unit in units for a, b in combinations(unit, 2)) / (3 * len(units))
    expected = float(np.mean([apart(a, b) for a, b in combinations(everything, 2)]))
    found: Agreement = alpha(units, apart, replicates=100)
    assert found.alpha == pytest.approx(1 - observed / expected)
    assert found.raw == pytest.approx(1 - observed)
    assert found.low is not None and found.high is not None and found.low < 1 - observed / expected < found.high
