from __future__ import annotations

import io
from pathlib import Path

import pytest

from annotation.exchange import Shape, Unwritable, get
from annotation.questions import Option, Question

from .files import INTENT, read_all, record

FASTTEXT = get("fasttext")
TOPICS = Question("topics", "multichoice", "Topics", options=(Option("late delivery", "Late"), Option("b", "B")))
SHAPE = Shape(("text",), ("intent",), shown=({"name": "text", "type": "text"},), asked=(INTENT,))


def test_labels_stand_apart_from_the_text_wherever_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_bytes("__label__a __label__b Hello, 🚲\n\nplain\nlast __label__c\n__label__d caf".encode() + b"\xe9\n")
    rows, bad = read_all(FASTTEXT, path)
    assert rows == {
        1: {"text": "Hello, 🚲", "label": ["a", "b"]},
        3: {"text": "plain", "label": None},
        4: {"text": "last", "label": "c"},
    }
    assert set(bad) == {5}


def test_what_is_written_is_read_back_and_what_a_line_cannot_hold_is_counted(tmp_path: Path) -> None:
    records = [
        record(1),
        record(2, fields={"text": "two\nlines __label__x"}),
        record(3, labels={}),
    ]
    target = io.BytesIO()
    written = FASTTEXT.write(records, target, SHAPE, {})
    assert target.getvalue().decode() == (
        "__label__delivery Where is my parcel?\n__label__delivery two lines __ label__x\n"
    )
    assert (written.rows, sorted(written.losses.values())) == (2, [1, 1, 1])
    path = tmp_path / "train.txt"
    path.write_bytes(target.getvalue())
    assert read_all(FASTTEXT, path)[0][1] == {"text": "Where is my parcel?", "label": "delivery"}


def test_several_questions_and_several_labels_are_told_apart() -> None:
    target = io.BytesIO()
    labels = {"intent": {"value": "other"}, "topics": {"value": ["late delivery", "b"]}}
    written = FASTTEXT.write(
        [record(1, labels=labels)], target, Shape(("text",), ("intent", "topics"), asked=(INTENT, TOPICS)), {}
    )
    assert target.getvalue().startswith(b"__label__intent=other __label__topics=late_delivery __label__topics=b ")
    assert sum(written.losses.values()) == 1


def test_a_project_without_labels_is_refused() -> None:
    asked = (Question("summary", "text", "Summary"),)
    with pytest.raises(Unwritable, match="asks for none"):
        FASTTEXT.write([], io.BytesIO(), Shape(("text",), ("summary",), asked=asked), {})
