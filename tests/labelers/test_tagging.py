"""Spans: what people marked in some texts is found in others, snapped to words, in code points."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from annotation.labelers.similarity import read_words
from annotation.labelers.tagging import learn_tags, tagged
from annotation.questions import Distribution, Question, parse_questions, type_of
from tests.labelers.made import story

OPTIONS = ["person", "firm"]


def asked(**settings: Any) -> Question:
    fields = [{"name": "text", "type": "text"}]
    return parse_questions([{"name": "names", "type": "spans", "options": OPTIONS, **settings}], fields)[0]


def marked(question: Question, spans: list[dict[str, Any]]) -> Distribution:
    return type_of(question).vote(question, spans, None)


def micro_f1(question: Question, wanted: list[list[dict[str, Any]]], found: list[Distribution]) -> float:
    sets = [
        ({key for key, share in each.items() if share > 0.5}, set(marked(question, spans)))
        for each, spans in zip(found, wanted, strict=True)
    ]
    return 2 * sum(len(a & b) for a, b in sets) / sum(len(a) + len(b) for a, b in sets)


def test_words_are_found_in_code_points_across_windows_and_scripts() -> None:
    text = "\U0001f600 Jean-Luc in 東京. " + "word " * 400 + "END"
    words, nothing = read_words([text, ""])
    spelled = [text[start:end] for start, end in words.places]
    assert spelled[:8] == ["\U0001f600", "Jean", "-", "Luc", "in", "東", "京", "."]
    assert spelled[8:] == ["word"] * 400 + ["END"], "every word once, windows or not"
    assert (words.places[1:, 0] >= words.places[:-1, 1]).all()
    assert len(nothing.places) == 0 and nothing.states.shape == (0, 384)


def test_names_that_were_never_marked_are_found_from_a_few_dozen_texts() -> None:
    question, draw = asked(), Random(1)
    taught, fresh = [story(draw, new=False) for _ in range(40)], [story(draw, new=True) for _ in range(40)]
    head = learn_tags(question, [text for text, _ in taught], [marked(question, spans) for _, spans in taught])
    found = tagged(question, head, [text for text, _ in fresh])
    assert micro_f1(question, [spans for _, spans in fresh], found) > 0.6
    # The names that were taught, looked up as they were: all that could be done without learning.
    known = {(span["text"], span["label"]) for _, spans in taught for span in spans}
    assert not known & {(span["text"], span["label"]) for _, spans in fresh for span in spans}
    for (text, _), shares in zip(fresh, found, strict=True):
        answer = type_of(question).aggregate(question, [(shares, 1.0)], {"text": text}).answer
        assert type_of(question).clean(question, answer, {"text": text}) == answer, "it quotes what is there"
        assert all(0.0 < share <= 1.0 for share in shares.values())


def test_spans_snap_to_words_and_overlap_only_where_they_may() -> None:
    text, draw = "I saw Anna Bergmann in the park today.", Random(2)
    others = [story(draw, new=False) for _ in range(12)]
    texts = [text] * 4 + [each for each, _ in others]
    for overlap in (True, False):
        question = asked(overlap=overlap)
        # Marked carelessly, and by half of the people as something else.
        careless = {"7:18:person": 1.0, "6:19:firm": 1.0}
        head = learn_tags(question, texts, [careless] * 4 + [marked(question, spans) for _, spans in others])
        (shares,) = tagged(question, head, [text])
        sure = {key for key, share in shares.items() if share > 0.5}
        assert sure <= {"6:19:person", "6:19:firm"}
        assert len(sure) == (2 if overlap else 1)


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "x" * 5_000])
def test_a_text_without_words_has_no_spans_and_a_strange_one_no_fault(text: str) -> None:
    question, draw = asked(), Random(3)
    taught = [story(draw, new=False) for _ in range(8)]
    head = learn_tags(question, [each for each, _ in taught], [marked(question, spans) for _, spans in taught])
    (shares,) = tagged(question, head, [text])
    assert all(type_of(question).is_key(question, key) for key in shares)
    assert np.isfinite(list(shares.values())).all()
