"""The checker tells reasoning from luck; every problem's own solution is reasoning."""

from __future__ import annotations

import pytest

from annotation.experiments.problems import LARGEST, Problem, check, make_problems

# Ann has 15 stamps, buys 4 bags of 6, loses 9.
PROBLEM = Problem(
    "Ann has 15 stamps , buys 4 bags of 6 , loses 9 . How many ?",
    (15, 4, 6, 9),
    (("*", ("given", 1), ("given", 2)), ("+", ("given", 0), ("step", 0)), ("-", ("step", 1), ("given", 3))),
)


def test_every_problem_is_solved_by_its_own_rationale_within_its_numbers() -> None:
    problems = make_problems(300, seed=1)
    assert len({problem.text for problem in problems}) == 300
    for problem in problems:
        assert check(problem, problem.rationale).valid, problem
        assert 0 <= problem.answer <= LARGEST
    assert problems == make_problems(300, seed=1)
    assert {len(problem.moves) for problem in problems} == {2, 3, 4}


@pytest.mark.parametrize(
    ("rationale", "right", "valid", "first_wrong"),
    [
        ("4 * 6 = 24 ; 15 + 24 = 39 ; 39 - 9 = 30 ; answer 30", True, True, None),
        # Another order, and the factors exchanged.
        ("15 - 9 = 6 ; 6 * 4 = 24 ; 6 + 24 = 30 ; answer 30", True, True, None),
        # A false equation that still ends well, as a hint invites it.
        ("4 * 6 = 24 ; 15 + 24 = 38 ; 38 - 9 = 30 ; answer 30", True, False, 1),
        # A number from nowhere.
        ("25 + 5 = 30 ; answer 30", True, False, 0),
        # Every step is sound, and the answer is right by accident: 15 + 15.
        ("15 + 15 = 30 ; answer 30", True, False, None),
        # Sound steps, another answer said.
        ("4 * 6 = 24 ; 15 + 24 = 39 ; answer 30", True, False, None),
        ("4 * 6 = 24 ; 15 + 24 = 39 ; answer 39", False, False, None),
        ("answer 30", True, False, None),
        ("4 * 6 = 24 ; then ; answer 30", True, False, 1),
        ("", False, False, None),
        ("4 / 0 = 0 ; answer 30", True, False, 0),
    ],
)
def test_only_what_holds_with_other_numbers_too_is_valid(
    rationale: str, right: bool, valid: bool, first_wrong: int | None
) -> None:
    found = check(PROBLEM, rationale)
    assert (found.right, found.valid, found.first_wrong) == (right, valid, first_wrong)
