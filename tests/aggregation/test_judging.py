"""What sways a judge, on cases made so that the answer is known."""

from __future__ import annotations

import pytest

from annotation.aggregation.judging import beyond_people, flips, mean_of


def test_a_judge_that_reads_is_not_swayed_by_places() -> None:
    turned, first = flips([(True, False), (False, True)] * 20)
    assert (turned.value, first.value, turned.count, first.count) == (0.0, 0.5, 40, 80)


def test_a_judge_that_takes_what_is_listed_first_is_found_out() -> None:
    turned, first = flips([(True, True)] * 20 + [(True, False)] * 20)
    assert turned.value == 0.5
    assert first.value == 0.75
    assert first.low is not None
    assert first.low > 0.5


def test_siding_with_ones_family_is_what_people_do_not_do_as_often() -> None:
    right_together = beyond_people([(True, [True, True]), (False, [False, False])] * 10)
    assert (right_together.low, right_together.value, right_together.high) == (0, 0, 0)
    favour = beyond_people([(True, [True, False, False])] * 19 + [(False, [False])])
    assert favour.value == pytest.approx(19 / 20 * 2 / 3)
    assert favour.low is not None
    assert favour.low > 0


def test_one_case_has_no_interval_and_none_has_no_value() -> None:
    assert (mean_of([0.5]).value, mean_of([0.5]).low) == (0.5, None)
    assert mean_of([]).value is None
