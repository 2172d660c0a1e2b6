"""Spans: offsets in code points on whatever text, checked quotes, distances and majorities that keep their laws."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.questions import InvalidAnswer, InvalidQuestion, Question, parse_questions, type_of
from tests.scripts import PIECES

FIELDS = [{"name": "text", "type": "text"}, {"name": "body", "type": "markdown"}, {"name": "talk", "type": "chat"}]
LABELS = ["person", "place", "pair:with:colons"]


def asked(**changes: Any) -> Question:
    raw = {"name": "names", "type": "spans", "title": "Names", "options": LABELS, **changes}
    return parse_questions([raw], FIELDS)[0]


QUESTION, APART = asked(), asked(overlap=False)
SPANS = type_of(QUESTION)
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
FEW = settings(max_examples=50)
LETTERS = "abcdefghij"


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """A hostile text and spans of it, as a browser posts them."""
    text = "".join(draw(texts)) or "x"
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)), st.sampled_from(LABELS))
    found = draw(st.lists(ends, max_size=8, unique_by=_place))
    return text, [
        {"start": min(a, b), "end": max(a, b), "label": label, "text": text[min(a, b) : max(a, b)]}
        for a, b, label in found
        if a != b
    ]


def _place(ends: tuple[int, int, str]) -> tuple[int, int, str]:
    return min(ends[:2]), max(ends[:2]), ends[2]


@st.composite
def answers(draw: st.DrawFn, question: Question = QUESTION) -> list[dict[str, Any]]:
    ends = st.tuples(st.integers(0, 9), st.integers(1, 10), st.sampled_from(LABELS))
    found = draw(st.lists(ends.filter(lambda each: each[0] < each[1]), max_size=6, unique=True))
    spans: list[dict[str, Any]] = []
    for start, end, label in found:
        if question is QUESTION or all(end <= each["start"] or each["end"] <= start for each in spans):
            spans.append({"start": start, "end": end, "label": label})
    return list(SPANS.clean(question, spans, {"text": LETTERS}))


@FEW
@given(marked())
def test_what_was_marked_survives_json_and_cleaning_unchanged(case: tuple[str, list[dict[str, Any]]]) -> None:
    text, posted = case
    fields = {"text": text}
    cleaned = SPANS.clean(QUESTION, SPANS.read(QUESTION, [json.dumps(posted)]), fields)
    assert sorted(map(json.dumps, cleaned)) == sorted(map(json.dumps, posted))
    assert all(span["text"] == text[span["start"] : span["end"]] for span in cleaned)
    again = SPANS.clean(QUESTION, json.loads(json.dumps(cleaned, ensure_ascii=False)), fields)
    assert again == cleaned
    assert all(SPANS.is_key(QUESTION, key) for key in SPANS.vote(QUESTION, cleaned, None))
    fused = SPANS.aggregate(QUESTION, [(SPANS.vote(QUESTION, cleaned, None), 1.0)] * 3, fields)
    assert (fused.answer, fused.posterior) == (cleaned, 1.0)


@FEW
@given(marked(), st.integers(1, 3))
def test_a_quote_that_is_elsewhere_in_the_text_is_refused(case: tuple[str, list[dict[str, Any]]], shift: int) -> None:
    text, posted = case
    for span in posted:
        moved = {**span, "start": span["start"] + shift, "end": span["end"] + shift}
        if text[moved["start"] : moved["end"]] == span["text"]:
            continue
        with pytest.raises(InvalidAnswer):
            SPANS.clean(QUESTION, [moved], {"text": text})


@FEW
@given(answers(), answers(), answers())
def test_distance_is_zero_for_the_same_alone_symmetric_and_at_most_one(
    first: list[dict[str, Any]], second: list[dict[str, Any]], third: list[dict[str, Any]]
) -> None:
    there, back = SPANS.distance(QUESTION, first, second), SPANS.distance(QUESTION, second, first)
    assert there == pytest.approx(back)
    assert -1e-9 <= there <= 1
    assert (there < 1e-9) == (first == second)
    assert SPANS.distance(QUESTION, third, []) == (1 if third else 0)


@FEW
@given(st.lists(answers(APART), min_size=1, max_size=5))
def test_a_majority_of_what_may_not_overlap_does_not_overlap(votes: list[list[dict[str, Any]]]) -> None:
    fused = SPANS.aggregate(APART, [(SPANS.vote(APART, vote, None), 1.0) for vote in votes], {"text": LETTERS})
    assert SPANS.clean(APART, fused.answer, {"text": LETTERS}) == fused.answer
    for span in fused.answer:
        assert sum(span in vote for vote in votes) > len(votes) / 2
    assert 0.5 <= fused.posterior <= 1


def test_models_that_are_sure_of_what_may_not_overlap_leave_the_surer_span() -> None:
    votes = [({"0:4:person": 0.8, "2:6:place": 0.9, "8:9:place": 0.7}, 1.0)]
    kept = SPANS.aggregate(APART, votes, {"text": LETTERS}).answer
    assert [(span["start"], span["text"]) for span in kept] == [(2, "cdef"), (8, "i")]
    # A share of what the text does not have is no vote.
    assert SPANS.aggregate(APART, [({"8:99:place": 1.0}, 1.0)], {"text": LETTERS}).answer == []


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ([(0, 4, "person")], [(0, 4, "person")], 0),
        ([(0, 4, "person")], [(0, 4, "place")], 1),
        ([(0, 4, "person")], [(2, 6, "person")], 1 - 2 / 6),
        ([(0, 4, "person")], [(0, 4, "person"), (5, 6, "place")], 1 - 2 / 3),
        # Each span is matched once: two halves do not make a whole each.
        ([(0, 4, "person")], [(0, 2, "person"), (2, 4, "person")], 1 - 2 * 0.5 / 3),
    ],
)
def test_distance_is_one_less_the_overlap_of_the_best_matches(
    first: list[Any], second: list[Any], distance: float
) -> None:
    a, b = (
        SPANS.clean(
            QUESTION, [dict(zip(("start", "end", "label"), each, strict=True)) for each in spans], {"text": LETTERS}
        )
        for spans in (first, second)
    )
    assert SPANS.distance(QUESTION, a, b) == pytest.approx(distance)


def span(start: Any = 0, end: Any = 3, label: Any = "person", **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, **more}


@pytest.mark.parametrize(
    "raw",
    [
        None, "x", {}, [None], [[]], [{}], [span(start=-1)], [span(start=3)], [span(end=11)], [span(end=True)],
        [span(start=0.0)], [span(start="0")], [span(label="thing")], [span(label=None)], [span(label=[])],
        [span(text="abd")], [span(text=None)], [span(color="red")], [span(), span()], [span(end=10**30)],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_list_of_spans_is_refused_in_a_sentence(raw: Any) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        SPANS.clean(QUESTION, raw, {"text": LETTERS})
    assert refused.value.question == "names"
    assert str(refused.value).endswith((".", "…”."))


def test_overlaps_and_nesting_are_an_answer_unless_the_question_forbids_them() -> None:
    nested = [span(0, 6), span(2, 4, "place"), span(3, 8), span(8, 9)]
    assert len(SPANS.clean(QUESTION, nested, {"text": LETTERS})) == 4
    with pytest.raises(InvalidAnswer, match="overlap"):
        SPANS.clean(APART, nested, {"text": LETTERS})
    assert len(SPANS.clean(APART, [span(0, 2), span(2, 4)], {"text": LETTERS})) == 2


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("0:3:person", True), ("0:3:pair:with:colons", True), ("3:3:person", False), ("4:3:person", False),
        ("0:3:thing", False), ("00:3:person", False), ("\u0663:\u0664:person", False), ("-1:3:person", False),
        ("0:3", False), ("", False), (f"0:{'9' * 5000}:person", False),
    ],
    ids=lambda each: str(each)[:20],
)  # fmt: skip
def test_a_key_names_a_stretch_and_a_label_in_one_way(key: str, known: bool) -> None:
    assert SPANS.is_key(QUESTION, key) is known


def test_no_spans_is_an_answer_and_a_form_without_the_input_is_none() -> None:
    assert SPANS.read(QUESTION, ["[]"]) == []
    assert SPANS.read(QUESTION, [""]) is None
    assert SPANS.read(QUESTION, []) is None
    with pytest.raises(InvalidAnswer):
        SPANS.read(QUESTION, ["[" * 100_000])


def test_a_model_quotes_and_the_same_quote_again_is_its_next_place() -> None:
    text = {"text": "Paris met Paris in Rome."}
    assert SPANS.parse(QUESTION, json.dumps({"answer": []}), text) == []
    reply = json.dumps({"answer": [{"text": "Paris", "label": "person"}, {"text": "Paris", "label": "person"}]})
    assert [each["start"] for each in SPANS.parse(QUESTION, reply, text)] == [0, 10]
    for wrong in ({"text": "London", "label": "place"}, {"text": "", "label": "place"}, {"text": "Rome"}, "Rome"):
        with pytest.raises(InvalidAnswer):
            SPANS.parse(QUESTION, json.dumps({"answer": [wrong]}), text)


@pytest.mark.parametrize(
    "changes",
    [{"field": "talk"}, {"field": "nothing"}, {"field": 3}, {"overlap": "no"}, {"tokens": 1}, {"options": []}],
    ids=repr,
)
def test_a_question_names_a_field_of_plain_text_and_its_labels(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuestion):
        asked(**changes)


def test_the_first_field_of_plain_text_is_meant_where_none_is_named() -> None:
    assert asked().settings["field"] == "text"
    assert asked(field="body").settings["field"] == "body"
