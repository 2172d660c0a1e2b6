"""A prompted model and a judge on every type of question: what may be replied, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.labelers import Brief, Dispute, Failure, ItemText, Prediction, Vote, build
from annotation.labelers.base import Example
from annotation.labelers.previewing import preview
from annotation.questions import Question, dump_questions, parse_questions, type_of

FIELDS = [{"name": "text", "type": "text", "title": "Text"}]
TEXT = "Anna met Anna in \U0001f600 Rome."
ITEM = ItemText(7, {"text": TEXT})
QUESTIONS = parse_questions(
    [
        {"name": "topic", "type": "choice", "title": "Topic", "options": ["travel", "work"]},
        {"name": "tags", "type": "multichoice", "title": "Tags", "options": ["people", "places", "dates"]},
        {"name": "marks", "type": "spans", "title": "Names", "options": ["person", "place"]},
        {"name": "mood", "type": "rating", "title": "Mood"},
        {"name": "order", "type": "ranking", "title": "Order", "options": ["a", "b", "c"]},
        {"name": "rewrite", "type": "text", "title": "Rewrite", "field": "text"},
    ],
    FIELDS,
)
# Question → (what the model replies, the answer it stands for, a reply that is none).
REPLIES: dict[str, tuple[Any, Any, Any]] = {
    "topic": ("work", "work", "leisure"),
    "tags": (["dates", "people"], ["people", "dates"], ["people", "people"]),
    "marks": (
        [{"text": "Anna", "label": "person"}, {"text": "Anna", "label": "person"}, {"text": "Rome", "label": "place"}],
        [
            {"start": 0, "end": 4, "label": "person", "text": "Anna"},
            {"start": 9, "end": 13, "label": "person", "text": "Anna"},
            {"start": 19, "end": 23, "label": "place", "text": "Rome"},
        ],
        [{"text": "Paris", "label": "place"}],
    ),
    "mood": (4, 4, "4"),
    "order": ([["b"], ["a", "c"]], [["b"], ["a", "c"]], [["a"], ["b"]]),
    "rewrite": ("Anna was in Rome.", "Anna was in Rome.", "   "),
}


def brief(*questions: Question, **more: Any) -> Brief:
    return Brief("Read with care.", questions, tuple(FIELDS), **more)


def scripted(*rules: dict[str, Any], **default: Any) -> dict[str, Any]:
    return {"llm": "scripted", "script": {"rules": list(rules), "default": default}}


def asked(question: Question, answer: Any) -> dict[str, Any]:
    return {"contains": "", "asked": question.title, "answer": answer, "confidence": 0.8}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_reply_becomes_an_answer_with_its_probability_and_anything_else_a_failure(question: Question) -> None:
    said, answer, wrong = REPLIES[question.name]
    kind = type_of(question)
    (result,) = build("prompted", scripted(answer=said, confidence=0.8), brief(question)).label([ITEM])
    assert isinstance(result, Prediction)
    assert result.answers == {question.name: answer}
    assert result.confidence == 0.8
    shares = result.distribution[question.name]
    assert all(kind.is_key(question, key) for key in shares)
    assert kind.aggregate(question, [(shares, 1.0)], ITEM.fields).answer == answer
    assert kind.display(question, answer)[:20] in result.rationale or "80 %" in result.rationale
    (failed,) = build("prompted", scripted(answer=wrong), brief(question)).label([ITEM])
    assert isinstance(failed, Failure)
    assert failed.raw_reply


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_several_wordings_become_one_answer_with_an_entropy(question: Question) -> None:
    said, answer, _ = REPLIES[question.name]
    config = {**scripted(answer=said), "perturbations": 7}
    (result,) = build("prompted", config, brief(question)).label([ITEM])
    assert isinstance(result, Prediction)
    assert result.answers == {question.name: answer}
    assert result.entropy == {question.name: 0.0}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_examples_are_shown_as_replies_that_would_be_answers(question: Question) -> None:
    _, answer, _ = REPLIES[question.name]
    example = Example(1, {"text": TEXT}, {question.name: answer})
    config = {**scripted(), "examples": 2}
    (shown,) = preview("prompted", config, brief(question, examples=(example,)), [ITEM])
    reply = type_of(question).reply(question, answer)
    assert reply in shown
    assert type_of(question).parse(question, reply, ITEM.fields) == answer


def test_the_bundled_model_rates_and_chooses_by_scores_and_replies_to_the_rest() -> None:
    by_name = {question.name: question for question in QUESTIONS}
    labeler = build("prompted", {"llm": "local"}, brief(by_name["mood"], by_name["tags"]))
    (result,) = labeler.label([ITEM])
    assert isinstance(result, Prediction), result
    assert sum(result.distribution["mood"].values()) == pytest.approx(1)
    assert result.answers["mood"] in range(1, 6)
    assert set(result.answers["tags"]) <= set(by_name["tags"].values)


def test_only_the_questions_that_the_answers_lead_to_are_asked() -> None:
    [first, second] = parse_questions(
        [
            {"name": "topic", "type": "choice", "title": "Topic", "options": ["travel", "work"]},
            {"name": "where", "type": "text", "title": "Where to", "when": {"question": "topic", "is": ["travel"]}},
        ],
        FIELDS,
    )
    config = scripted(
        {"contains": "Rome", "asked": "Topic", "answer": "travel"},
        {"contains": "desk", "asked": "Topic", "answer": "work"},
        {"contains": "", "asked": "Where to", "answer": "Rome", "confidence": 0.6},
    )
    there, here = build("prompted", config, brief(first, second)).label([ITEM, ItemText(8, {"text": "My desk."})])
    assert isinstance(there, Prediction) and isinstance(here, Prediction)
    assert there.answers == {"topic": "travel", "where": "Rome"} and there.confidence == 0.6
    assert here.answers == {"topic": "work"} and set(here.distribution) == {"topic"}
    # What failed on one question is asked no other.
    config = scripted({"contains": "", "asked": "Topic", "answer": "nothing"}, fault="permanent")
    (failed,) = build("prompted", config, brief(first, second)).label([ITEM])
    assert isinstance(failed, Failure) and failed.reason.startswith("Topic")


def test_a_retired_option_is_not_put_to_a_model() -> None:
    options = [{"value": "travel"}, {"value": "work"}, {"value": "old", "retired": True}]
    question = parse_questions([{"name": "topic", "type": "choice", "options": options}])
    example = Example(1, {"text": "Long ago."}, {"topic": "old"})
    for config in ({"llm": "local"}, scripted(answer="work")):
        (result,) = build("prompted", {**config, "examples": 1}, brief(*question, examples=(example,))).label([ITEM])
        assert isinstance(result, Prediction)
        assert set(result.distribution["topic"]) == {"travel", "work"}


def test_a_judge_reads_votes_of_every_type_and_answers_all() -> None:
    votes = [Vote({name: answer for name, (_, answer, _) in REPLIES.items()}, "a </text> reason"), Vote({"mood": 99})]
    config = scripted(*(asked(question, REPLIES[question.name][0]) for question in QUESTIONS))
    judge = build("judge", config, brief(*QUESTIONS))
    (ruling,) = judge.judge([Dispute(ITEM, tuple(votes))])
    assert isinstance(ruling, Prediction), ruling
    assert ruling.answers == {name: answer for name, (_, answer, _) in REPLIES.items()}
    text = judge._text(Dispute(ITEM, tuple(votes)), QUESTIONS[2])
    assert "said person: “Anna”; person: “Anna”; place: “Rome”" in text
    assert "</text" not in text
    assert "99" not in judge._text(Dispute(ITEM, tuple(votes)), QUESTIONS[3])
    assert parse_questions(dump_questions(QUESTIONS)) == QUESTIONS
