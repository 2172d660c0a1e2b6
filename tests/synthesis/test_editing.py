"""Edits, and spans that are carried along."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from annotation.synthesis.editing import Edit, Stretch, carried, cased_like, deletion, edited, spares, words_of


@given(st.text(alphabet="ab \n.é🙃", max_size=40), st.integers(0, 2**32))
def test_a_span_that_edits_spare_still_quotes_its_text(text: str, seed: int) -> None:
    draw = random.Random(seed)
    spans = [
        {"start": start, "end": end, "label": "x", "text": text[start:end]}
        for start, end in (sorted(draw.sample(range(len(text) + 1), 2)) for _time in range(3) if text)
    ]
    stretches = [Stretch(each["start"], each["end"]) for each in spans]
    edits = []
    for word in words_of(text):
        for edit in (
            Edit(word.start, word.start, "new "),
            Edit(word.start, word.end, draw.choice(["", "longer word"])),
        ):
            if draw.random() < 0.5 and spares(edit, stretches):
                edits.append(edit)
    after = edited(text, edits)
    for span in carried(spans, edits):
        assert after[span["start"] : span["end"]] == span["text"]


def test_a_deleted_word_leaves_no_double_space_and_a_replacement_keeps_the_case() -> None:
    text = "How far is it?"
    first, *_rest, last = words_of(text)
    assert edited(text, [deletion(text, first)]) == "far is it?"
    assert edited(text, [deletion(text, last)]) == "How far is?"
    assert [cased_like("movie", like) for like in ("film", "Film", "FILM")] == ["movie", "Movie", "MOVIE"]
