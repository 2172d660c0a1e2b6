"""What every question type keeps, whichever it is: laws that the house relies on without knowing a type's name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotation.questions import TYPES, InvalidAnswer, Question, clean_answers, dump_questions, parse_questions, type_of

FIELDS = [{"name": "text", "type": "text", "title": "Text"}]
ITEM = {"text": "Ada lives in Paris."}
ADA = {"start": 0, "end": 3, "label": "person", "text": "Ada"}
PARIS = {"start": 13, "end": 18, "label": "place", "text": "Paris"}
# A question of each type, and answers that differ from one another, as they are stored.
EXAMPLES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "choice": ({"options": ["a", "b", "c"]}, ["a", "b", "c"]),
    "multichoice": ({"options": ["a", "b", "c"], "at_least": 0}, [[], ["a"], ["a", "c"], ["a", "b", "c"]]),
    "rating": ({"min": -1, "max": 3, "labels": {"3": "great"}}, [-1, 0, 3]),
    "ranking": ({"options": ["a", "b", "c"]}, [[["a"], ["b"], ["c"]], [["c"], ["a", "b"]], [["a", "b", "c"]]]),
    "text": ({}, ["Ada", "Ada lives in Rome.", "two\nlines "]),
    "spans": ({"options": ["person", "place"], "field": "text"}, [[], [ADA], [ADA, PARIS]]),
}
CASES = [(name, answer) for name, (_, answers) in EXAMPLES.items() for answer in answers]
UNFIT: list[Any] = [None, True, 1.5, b"a", {"a": 1}, "nonsense", [["a"], ["a"]], ["nonsense"], [None], 99, [[]], "\0"]


def question_of(name: str, **more: Any) -> Question:
    return parse_questions([{"name": "q", "type": name, **EXAMPLES[name][0], **more}], FIELDS)[0]


def test_every_type_has_its_examples() -> None:
    assert EXAMPLES.keys() == TYPES.keys()


@pytest.mark.parametrize(("name", "answer"), CASES)
def test_an_answer_stays_itself_on_every_way_it_takes(name: str, answer: Any) -> None:
    question = question_of(name)
    kind = type_of(question)
    assert kind.clean(question, answer, ITEM) == answer
    assert kind.clean(question, json.loads(json.dumps(answer)), ITEM) == answer
    assert kind.parse(question, kind.reply(question, answer), ITEM) == answer
    assert clean_answers([question], {"q": answer}, ITEM) == {"q": answer}
    assert parse_questions(dump_questions([question])) == (question,)


@pytest.mark.parametrize(("name", "answer"), CASES)
def test_votes_for_one_answer_make_it_the_answer_and_are_sure_of_it(name: str, answer: Any) -> None:
    question = question_of(name)
    kind = type_of(question)
    vote = kind.vote(question, answer, None)
    assert all(kind.is_key(question, key) and kind.key_title(question, key, ITEM) for key in vote)
    for votes in ([(vote, 1.0)], [(vote, 1.0), (vote, 1.0)], [(vote, 0.5), (vote, 3.0)]):
        fused = kind.aggregate(question, votes, ITEM)
        assert (fused.answer, fused.posterior) == (answer, pytest.approx(1))


@pytest.mark.parametrize("name", EXAMPLES)
def test_distance_is_none_within_an_answer_some_between_two_and_the_same_both_ways(name: str) -> None:
    question = question_of(name)
    kind, answers = type_of(question), EXAMPLES[name][1]
    for one in answers:
        for other in answers:
            apart = kind.distance(question, one, other)
            assert apart == pytest.approx(kind.distance(question, other, one))
            assert (apart == 0) == (one == other)
            assert 0 <= apart <= 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_answers_with_one_vote_each_are_never_sure(name: str) -> None:
    """At most half: so policy never settles a draw without a person."""
    question = question_of(name)
    kind, (one, other, *_) = type_of(question), EXAMPLES[name][1]
    for pair in ((one, other), (other, one)):
        fused = kind.aggregate(question, [(kind.vote(question, each, None), 1.0) for each in pair], ITEM)
        assert fused.posterior <= 0.5
        assert kind.clean(question, fused.answer, ITEM) == fused.answer


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_no_answer_is_refused_in_a_sentence_that_names_the_question(name: str) -> None:
    question = question_of(name)
    for raw in UNFIT:
        if name == "text" and raw == "nonsense":
            continue
        with pytest.raises(InvalidAnswer, match=r"\.$") as caught:
            type_of(question).clean(question, raw, ITEM)
        assert caught.value.question == "q"


@pytest.mark.parametrize("name", ["choice", "multichoice", "ranking"])
def test_a_retired_option_is_offered_to_nobody_and_stays_readable(name: str) -> None:
    options = ["a", "b", {"value": "old", "title": "Old one", "retired": True}]
    question = question_of(name, options=options)
    kind = type_of(question)
    stored: Any = {"choice": "old", "multichoice": ["old"], "ranking": [["old"], ["a"], ["b"]]}[name]
    current: Any = {"choice": "b", "multichoice": ["b"], "ranking": [["b"], ["a"]]}[name]
    with pytest.raises(InvalidAnswer):
        kind.clean(question, stored, ITEM)
    assert "Old one" in kind.display(question, stored)
    votes = [(kind.vote(question, each, None), 1.0) for each in (stored, current, current)]
    assert kind.aggregate(question, votes, ITEM).answer == current
