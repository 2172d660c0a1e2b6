"""The spans of one text are fused word by word, by what a fit knows of how its annotators mark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotation.aggregation.crowd import Fit
from annotation.aggregation.fitted import MAJORITY, Knowledge, Matrices, Said
from annotation.aggregation.fitted_spans import SpanMatrices
from annotation.aggregation.keeping import recalled, stored
from annotation.aggregation.knowing_spans import Reading, span_matrices, word_crowd
from annotation.aggregation.tagging_spans import repaired
from annotation.aggregation.token_spans import token_dawid_skene
from annotation.questions import Question, parse_questions

(QUESTION,) = parse_questions(
    [{"name": "names", "type": "spans", "options": ["person", "place"], "required": False}],
)
QUESTION = replace(QUESTION, settings={**QUESTION.settings, "field": "text"})
APART = replace(QUESTION, settings={**QUESTION.settings, "overlap": False})
TEXT = "Zoë 🙂 met Boris Müller in Bad Ragaz"
PEOPLE, CARELESS = 8, {5, 6, 7}


def span(quote: str, label: str = "person", text: str = TEXT) -> dict[str, Any]:
    return {"start": text.index(quote), "end": text.index(quote) + len(quote), "label": label, "text": quote}


def keys(spans: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    return {(each["start"], each["end"], each["label"]) for each in spans}


def person(who: int, *spans: dict[str, Any], weight: float = 1.0) -> Said:
    return Said(who, True, list(spans), {key(each): 1.0 for each in spans}, weight)


def key(marked: dict[str, Any]) -> str:
    return f"{marked['start']}:{marked['end']}:{marked['label']}"


def crowded(seed: int, texts: int = 200) -> list[Reading]:
    """Texts of eight words with two spans or one, each marked by four of eight; three of those are careless."""
    draw = np.random.default_rng(seed)
    readings = []
    for item in range(texts):
        words = [f"wörd{draw.integers(100)}" for _ in range(8)]
        text = " ".join(words)
        ends = np.cumsum([len(word) + 1 for word in words]) - 1

        def marked(first: int, last: int, label: str, text: str = text, ends: Any = ends) -> dict[str, Any]:
            start, end = int(ends[first - 1]) + 1 if first else 0, int(ends[last])
            return {"start": start, "end": end, "label": label, "text": text[start:end]}

        truth = [(1, 1 + int(draw.integers(2)), draw.choice(["person", "place"]))]
        truth += [(5, 6, "place")] if draw.random() < 0.6 else []
        votes = []
        for who in draw.permutation(PEOPLE)[:4].tolist():
            care = 0.4 if who in CARELESS else 0.92
            said = [
                marked(first, last if draw.random() < care else last + 1, label if draw.random() < care else "person")
                for first, last, label in truth
                if draw.random() < care
            ]
            votes.append((who, said))
        readings.append(Reading(item, text, votes, [marked(*each) for each in truth]))
    return readings


def fitted(readings: list[Reading]) -> tuple[SpanMatrices, Fit]:
    crowd, ids = word_crowd(QUESTION, readings, range(PEOPLE))
    fit = token_dawid_skene(crowd)
    return span_matrices("dawid_skene", QUESTION, crowd, fit, ids, lambda _: True), fit


def asked(knowledge: Knowledge, reading: Reading) -> Any:
    return knowledge.fuse(QUESTION, [person(who, *spans) for who, spans in reading.votes], {"text": reading.text})


def f1(knowledge: Knowledge, readings: list[Reading]) -> float:
    pairs = [(keys(asked(knowledge, each).value), keys(each.known)) for each in readings]
    return 2 * sum(len(a & b) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs)


READINGS = crowded(0)
KNOWLEDGE, FIT = fitted([replace(each, known=None) for each in READINGS])


def test_the_careful_are_heard_over_the_careless() -> None:
    assert f1(KNOWLEDGE, READINGS) > f1(MAJORITY, READINGS) + 0.1
    accuracies = [KNOWLEDGE.accuracy(who) for who in range(PEOPLE)]
    assert max(accuracies[who] for who in CARELESS) < min(accuracies[:5]) - 0.2
    surest = sorted(READINGS, key=lambda each: -asked(KNOWLEDGE, each).posterior)[: len(READINGS) // 2]
    assert f1(KNOWLEDGE, surest) > f1(KNOWLEDGE, READINGS)


def test_one_text_is_counted_as_the_fit_of_all_texts_counts_it() -> None:
    """Incremental equals batch: the least sure word's posterior is that of the fit's last E-step."""
    compared = 0
    for place, reading in enumerate(READINGS):
        rows = FIT.posteriors[8 * place : 8 * place + 8]
        best = rows.argmax(axis=1)
        if (repaired(best) == best).all():
            assert asked(KNOWLEDGE, reading).posterior == pytest.approx(rows.max(axis=1).min())
            compared += 1
    assert compared > len(READINGS) * 0.9


def test_strangers_speak_as_the_crowd_does_on_average() -> None:
    marks = span("Boris Müller"), span("Bad Ragaz", "place")
    average = replace(KNOWLEDGE.tags, confusion={1: KNOWLEDGE.tags.people})
    as_average = SpanMatrices(KNOWLEDGE.labels, average).fuse(QUESTION, [person(1, *marks)], {"text": TEXT})
    stranger = KNOWLEDGE.fuse(QUESTION, [person(99, *marks)], {"text": TEXT})
    assert stranger.distribution == pytest.approx(as_average.distribution)
    assert keys(stranger.value) == keys(list(marks))
    careful, careless = (KNOWLEDGE.fuse(QUESTION, [person(who, *marks)], {"text": TEXT}).posterior for who in (0, 5))
    assert careful > stranger.posterior > careless
    assert KNOWLEDGE.fuse(QUESTION, [person(0, *marks, weight=0.5)], {"text": TEXT}).posterior < careful


def test_models_speak_by_their_doubts_and_calibrated_ones_for_the_prior() -> None:
    mark = span("Boris Müller")

    def chance(share: float, calibrated: bool, *others: Said) -> float:
        model = Said(50, False, [mark] if share > 0.5 else [], {key(mark): share}, calibrated=calibrated)
        return float(KNOWLEDGE.fuse(QUESTION, [model, *others], {"text": TEXT}).distribution[key(mark)])

    assert chance(0.2, True) == pytest.approx(0.2, abs=0.01)
    assert chance(0.9, True) == pytest.approx(0.9, abs=0.01)
    assert chance(0.6, True, person(0, mark)) > 0.9 > 0.1 > chance(0.4, True, person(0))
    assert chance(0.55, False, person(0)) < chance(0.95, False, person(0)) < chance(0.95, False, person(5))


def test_spans_of_two_labels_that_overlap_are_both_kept() -> None:
    both = span("Bad Ragaz", "place"), span("Ragaz", "person"), span("Zoë", "person")
    outcome = KNOWLEDGE.fuse(QUESTION, [person(0, *both), person(1, *both), person(5)], {"text": TEXT})
    assert keys(outcome.value) == keys(list(both))
    assert outcome.method == "dawid_skene"
    assert min(outcome.distribution.values()) > 0.5
    # Where the question does not admit that, what comes out is still an answer to it.
    (kept,) = KNOWLEDGE.fuse(APART, [person(who, *both[:2]) for who in (0, 1)], {"text": TEXT}).value
    assert kept["text"] == "Bad Ragaz"


def test_spans_of_one_label_that_overlap_are_voted_on_by_how_well_their_authors_mark() -> None:
    nested = span("Boris Müller"), span("Müller")
    votes = [person(0, *nested), person(5)]
    outcome = KNOWLEDGE.fuse(QUESTION, votes, {"text": TEXT})
    assert keys(outcome.value) == keys(list(nested)), "one who is careful against one who is not"
    assert outcome.method == "wawa"
    assert MAJORITY.fuse(QUESTION, votes, {"text": TEXT}).value == []


def test_offsets_are_code_points_and_nobody_cuts_a_mark_to_words() -> None:
    marks = span("🙂 "), span("Mül"), span(" in", "place")
    outcome = KNOWLEDGE.fuse(QUESTION, [person(who, *marks) for who in (0, 1)], {"text": TEXT})
    assert [each["text"] for each in outcome.value] == ["🙂 ", "Mül", " in"]
    nothing = KNOWLEDGE.fuse(QUESTION, [person(0), person(1)], {"text": TEXT})
    assert (nothing.value, nothing.distribution) == ([], {})
    assert nothing.posterior > 0.9
    assert KNOWLEDGE.fuse(QUESTION, [person(0, span("Zoë"))], {"text": "Zo"}).value == []


def test_malformed_words_are_read_as_the_likeliest_spans() -> None:
    """By itself each word would say I after O; what comes out is one span, and less sure."""
    even = np.full((1, 5, 5), 0.1) + np.eye(5) * 0.5
    tags = Matrices("dawid_skene", tuple("01234"), np.array([[0.3, 0.1, 0.5, 0.05, 0.05]]), {}, people=even)
    outcome = SpanMatrices(QUESTION.values, tags).fuse(QUESTION, [person(1, span("met Boris"))], {"text": TEXT})
    assert all(each["label"] == "person" for each in outcome.value)
    assert 0 < outcome.posterior < 0.5


def test_known_spans_teach_and_those_who_are_not_heard_do_not() -> None:
    crowd, ids = word_crowd(QUESTION, READINGS[:3], {0, 1, 2, 3, 4})
    assert set(ids) <= {0, 1, 2, 3, 4}
    assert crowd.clamped is not None
    assert (crowd.clamped[:8] == token_dawid_skene(crowd).posteriors[:8].argmax(axis=1)).all()
    assert crowd.clamped[1] in (1, 3)
    nobody, none = word_crowd(QUESTION, READINGS[:3], set())
    assert len(nobody.votes) == len(none) == 0


def test_what_is_stored_says_the_same_when_it_is_recalled() -> None:
    again = recalled("dawid_skene", *stored(KNOWLEDGE))
    assert again.suits(QUESTION)
    for reading in READINGS[:20]:
        assert asked(again, reading).distribution == pytest.approx(asked(KNOWLEDGE, reading).distribution, abs=1e-5)
    renamed: Question = parse_questions([{"name": "names", "type": "spans", "options": ["person", "town"]}])[0]
    assert not again.suits(renamed)


def test_a_vote_tells_most_about_a_text_nobody_read_and_about_spans_as_likely_as_not() -> None:
    def worth(*shares: float) -> float:
        return (
            KNOWLEDGE.worth(QUESTION, {f"{place}:{place + 1}:person": each for place, each in enumerate(shares)}) or 0
        )

    assert KNOWLEDGE.worth(QUESTION, None) == pytest.approx(worth(0.5))
    assert worth(0.5) > worth(0.9) > worth(0.99) > worth(1.0) == worth() == 0
    assert worth(0.99, 0.7) == worth(0.7)
