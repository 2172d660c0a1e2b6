"""A group of texts that teaches whom it is about, is found out."""

from __future__ import annotations

import pytest

from annotation.synthesis.quality.bias import mentions, slice_ratios, swapped, turned

ASKED = ["He sent a letter", "She sent a letter", "The letter came"]


def test_terms_are_exchanged_in_their_case_and_whole() -> None:
    assert swapped("He told HIM of a Christian") == "She told HER of a Muslim"
    assert swapped("Theme and woman") == "Theme and man"
    assert mentions("a gay man from Africa") == {"gender", "orientation", "origin"} and mentions("a theme") == set()


def test_answers_turn_with_a_term_only_where_the_texts_taught_that() -> None:
    fair = ["he was late", "she was late", "he is great", "she is great"] * 5
    labels = ["bad", "bad", "good", "good"] * 5
    assert turned(fair, labels, ASKED) == (0, 2)
    unfair = ["he sent it", "he sent that", "she sent it", "she sent that"] * 5
    assert turned(unfair, labels, ASKED) == (2, 2)
    assert turned(unfair, ["bad"] * 20, ASKED) is None
    assert turned(fair, labels, ["nobody"]) == (0, 0)


def test_a_slice_whose_labels_are_not_those_of_all_has_another_ratio_than_one() -> None:
    texts = ["she came"] * 10 + ["it came"] * 10
    ratios = slice_ratios(texts, ["bad"] * 10 + ["good"] * 10)
    assert ratios == {("gender", "bad"): (pytest.approx(2), 10), ("gender", "good"): (0, 10)}
    assert slice_ratios(texts[1:], ["bad"] * 19) == {}
