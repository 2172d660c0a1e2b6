"""Leaks are found: test items, personal data, words that hurt."""

from __future__ import annotations

import numpy as np

from annotation.synthesis.quality.leaks import contaminated, personal, toxic

TEST = "we would like to know when the parcel that was sent on monday is going to arrive at our office"


def test_a_test_item_that_leaked_is_contaminated_word_by_word_or_by_meaning() -> None:
    texts = [f"please: {TEST.upper()}!", "when does my parcel come", "something else altogether, about nothing"]
    vectors = np.array([[1, 0, 0.0], [0.01, 1, 0], [0, 0, 1]])
    # By its words; by its vector alone; not at all.
    protected = np.array([[0, 1, 0.0]])
    assert contaminated(texts, vectors, [TEST], protected).tolist() == [True, True, False]
    assert contaminated(texts, vectors, [TEST], np.zeros((0, 3))).tolist() == [True, False, False]
    assert contaminated(texts, vectors, [], np.zeros((0, 3))).tolist() == [False] * 3
    short = "our office is closed on all public holidays this year"
    assert contaminated([f"note that {short}"], vectors[2:], [short], np.zeros((0, 3))).all()


def test_personal_data_and_words_that_hurt_are_found() -> None:
    found = personal(["write to ada@example.org", "call me on the phone"])
    assert "mail" in found[0] and found[1] == ""
    assert toxic(["you fucking idiot", "have a nice day"]).tolist() == [True, False]
