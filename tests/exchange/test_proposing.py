"""A file's beginning as a project: what it shows and what it asks."""

from __future__ import annotations

from typing import Any

from annotation.exchange import Preview, Row, SourceQuestion, guess
from annotation.exchange.proposing import propose
from annotation.questions import parse_questions


def preview(values: list[dict[str, Any]], *questions: SourceQuestion) -> Preview:
    columns = list(dict.fromkeys(key for each in values for key in each))
    rows = [Row(line, each) for line, each in enumerate(values, 1)]
    return Preview(columns, rows, [], list(questions))


def test_what_annotations_answer_becomes_questions_and_maps_back_onto_the_file() -> None:
    said = "A long enough sentence to be shown to somebody."
    found = preview(
        [{"Body Text": said, "id": "7", "metadata.x": said, "turns": [{"role": "user", "content": "Hi"}]}],
        SourceQuestion("Topic!", "choice", "What is it?", ("billing", "other")),
        SourceQuestion("ner", "spans", options=("PER",), field="Body Text"),
        SourceQuestion("stars", "rating", options=("2", "4")),
        SourceQuestion("lonely", "choice", options=("yes",)),
        SourceQuestion("empty", "spans"),
    )
    made = propose(found)
    assert [(each["name"], each["type"]) for each in made.fields] == [("body_text", "text"), ("turns", "chat")]
    questions = {each["name"]: each for each in made.questions}
    assert list(questions) == ["topic", "ner", "stars", "lonely"]
    assert questions["topic"]["title"] == "What is it?"
    assert questions["ner"]["field"] == "body_text"
    assert (questions["stars"]["min"], questions["stars"]["max"]) == (1, 5)
    assert len(questions["lonely"]["options"]) == 2
    assert len(made.losses) == 1
    assert "empty" in made.losses[0]
    mapping = guess(found.columns, ["body_text", "turns"], parse_questions(made.questions), found.questions)
    assert mapping.fields == {"body_text": "Body Text", "turns": "turns"}
    assert mapping.answers == {"topic": "Topic!", "ner": "ner", "stars": "stars", "lonely": "lonely"}


def test_a_plain_table_shows_its_text_and_asks_for_its_labels() -> None:
    made = propose(preview([{"x": "short", "label": "a"}, {"x": "words", "label": "b"}]))
    assert [each["name"] for each in made.fields] == ["x"]
    assert [option["value"] for option in made.questions[0]["options"]] == ["a", "b"]
    assert propose(preview([{"id": "1", "c": "", "é!": ""}])).fields[0]["name"] == "id"


def test_known_answers_are_no_fields_lists_of_labels_are_several_and_nothing_readable_is_said() -> None:
    made = propose(preview([{"text": "a", "gold.who": [{"start": 0}]}]))
    assert [each["name"] for each in made.fields] == ["text"]
    made = propose(preview([{"text": "a", "label": "x"}, {"text": "b", "label": ["x", "y"]}]))
    assert (made.questions[0]["type"], [each["value"] for each in made.questions[0]["options"]]) == (
        "multichoice",
        ["x", "y"],
    )
    made = propose(preview([]))
    assert (made.fields, len(made.losses)) == ([], 1)
