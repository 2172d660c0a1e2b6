from __future__ import annotations

import json
from collections import Counter

from annotation.demo import DETAILS, MESSAGES, PROJECT
from annotation.exchange import ImportedItem, Row, detect, guess, to_item
from annotation.questions import check_fields, parse_questions


def read_items() -> list[ImportedItem]:
    project = json.loads(PROJECT.read_text("utf-8"))
    questions = parse_questions(project["questions"])
    fields = check_fields(project["fields"])
    file_format = detect(MESSAGES, MESSAGES.name)
    mapping = guess(file_format.columns_and_preview(MESSAGES).columns, [field["name"] for field in fields], questions)
    items = []
    for row in file_format.read(MESSAGES):
        assert isinstance(row, Row)
        item = to_item(row, mapping, fields, questions)
        assert isinstance(item, ImportedItem)
        items.append(item)
    return items


def test_the_demo_imports_through_the_ordinary_reader_with_the_guessed_mapping() -> None:
    items = read_items()
    assert len(items) >= 300
    assert len({item.external_id for item in items}) == len({item.content_hash for item in items}) == len(items)
    assert all(set(item.metadata) == {"ambiguous", "channel"} for item in items)


def test_the_six_intents_are_balanced_and_one_in_seven_messages_is_ambiguous() -> None:
    items = read_items()
    intents = Counter(item.gold["intent"] for item in items)
    assert len(intents) == 6
    assert min(intents.values()) >= 45
    assert 0.12 < sum(item.metadata["ambiguous"] for item in items) / len(items) < 0.20


def test_the_messages_are_of_the_length_people_write() -> None:
    lengths = sorted(len(item.fields["message"].split()) for item in read_items())
    assert lengths[0] >= 5
    assert lengths[-1] <= 100
    assert 30 <= lengths[len(lengths) // 2] <= 50


def test_the_second_project_asks_about_the_same_field_in_other_ways() -> None:
    intents, details = (json.loads(each.read_text("utf-8")) for each in (PROJECT, DETAILS))
    fields = check_fields(details["fields"])
    assert details["fields"] == intents["fields"]
    asked = {question.type for question in parse_questions(details["questions"], fields)}
    assert asked == {"spans", "multichoice", "rating", "text"}
