"""Texts come apart into pieces that no span cuts."""

from __future__ import annotations

from annotation.aggregation.tagging_spans import spans_of
from annotation.aggregation.tokenizing import Place, pieces_of

LABELS = {"a": 0, "b": 1}


def test_words_and_signs_are_pieces_and_offsets_are_code_points() -> None:
    text = "Zoë’s 🙂 e-mail,\n2 cafés"
    pieces = pieces_of(text, [])
    assert [text[start:end] for start, end in pieces.cuts] == [
        "Zoë", "’", "s", "🙂", "e", "-", "mail", ",", "2", "cafés",
    ]  # fmt: skip
    assert len(pieces_of("", [])) == len(pieces_of(" \n", [])) == 0


def test_every_span_comes_back_as_it_was_within_words_and_with_white_space() -> None:
    text = "  unhappy  Zürich 🙂 "
    spans: list[Place] = [(2, 4, "a"), (4, 10, "b"), (10, 17, "a"), (17, 20, "b")]
    pieces = pieces_of(text, [*spans, (0, 3, "other")])
    tagged = spans_of(pieces.tags([*spans, (0, 3, "other")], LABELS))
    back = [(pieces.cuts[first][0], pieces.cuts[after - 1][1], "ab"[label]) for first, after, label in tagged]
    assert back == spans
