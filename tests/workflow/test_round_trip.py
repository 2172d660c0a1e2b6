"""What people answered, on whatever text, leaves in a file and comes back unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from annotation.exchange.mapping import Mapping
from annotation.models import Annotation, Item, JobState, Project
from annotation.questions import type_of
from annotation.workflow.adding import add_items
from annotation.workflow.exporting import export_snapshot, path_of, request_snapshot
from annotation.workflow.importing import import_file
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.uploading import preview, receive, start_import
from tests.cast import Cast
from tests.scripts import hostile_text

# The snapshot is read in a transaction of its own.
pytestmark = pytest.mark.django_db(transaction=True)

ITEMS, SPANS = 200, 10
RANKED = ["a", "b", "c"]
FIELDS = [
    {"name": "text", "type": "text"},
    {"name": "talk", "type": "chat"},
    {"name": "facts", "type": "table"},
]
QUESTIONS: list[dict[str, Any]] = [
    {"name": "names", "type": "spans", "field": "text", "options": ["person", "place", "pair:with:colons"]},
    {"name": "order", "type": "ranking", "options": RANKED, "ties": True},
    {"name": "tags", "type": "multichoice", "options": ["x", "y", "z"], "at_least": 0},
    {"name": "said", "type": "text"},
]


def _project(cast: Cast, name: str) -> Project:
    return create_project(Definition(name, FIELDS, QUESTIONS, policy={"overlap": 1, "min_human": 1}), user=cast.lead)


def _marked(text: str, dice: Random) -> list[dict[str, Any]]:
    """Stretches as the browser posts them, ends anywhere between two code points."""
    spans: dict[Any, dict[str, Any]] = {}
    for _ in range(SPANS):
        start, end = sorted(dice.sample(range(len(text) + 1), 2))
        label = dice.choice(QUESTIONS[0]["options"])
        spans[start, end, label] = {"start": start, "end": end, "label": label, "text": text[start:end]}
    return list(spans.values())


def _entry(number: int, dice: Random) -> dict[str, Any]:
    text = f"{hostile_text(dice, 30)}{number}"
    ranked = dice.sample(RANKED, 3)
    answers = {
        "names": _marked(text, dice),
        "order": [ranked[:2], ranked[2:]] if dice.random() < 0.5 else [[each] for each in ranked],
        "tags": dice.sample(["x", "y", "z"], dice.randrange(3)),
        # Written answers that look like JSON are text all the same.
        "said": dice.choice([f"[{number}]", '["a", 1', "{}", hostile_text(dice)]) + ".",
    }
    return {
        "fields": {
            "text": text,
            "talk": [{"role": role, "content": f"{hostile_text(dice)}."} for role in ("user", "assistant")],
            "facts": [["k", hostile_text(dice)], [hostile_text(dice), str(number)]],
        },
        "external_id": str(number),
        "metadata": {"source": hostile_text(dice), "nested": {"deep": [1, 2.5, None, hostile_text(dice)]}},
        "annotations": [{"annotator": "ada", "answers": answers}],
    }


def test_two_thousand_spans_and_every_other_answer_come_back_from_an_export(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"
    dice = Random(20261121)
    first, second = _project(cast, "First"), _project(cast, "Second")
    entries = [_entry(number, dice) for number in range(ITEMS)]
    added = add_items(first, entries)
    assert (added.created, added.rejected) == (ITEMS, [])
    # The server keeps what was posted.
    kept = {each.item.external_id: each.answers for each in Annotation.objects.select_related("item")}
    posted = {each["external_id"]: each["annotations"][0]["answers"] for each in entries}
    questions = {question.name: question for question in first.question_list}
    assert kept == {
        number: {
            name: type_of(questions[name]).clean(questions[name], answer, entries[int(number)]["fields"])
            for name, answer in answers.items()
        }
        for number, answers in posted.items()
    }
    total = sum(len(answers["names"]) for answers in kept.values())
    assert total > 0.95 * ITEMS * SPANS

    snapshot = request_snapshot(first, format="jsonl", user=cast.lead)
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    with path_of(snapshot).open("rb") as file:
        job = receive(second, file, "first.jsonl", user=cast.lead)
    rows, guessed = preview(job)
    # Decisions are no checks unless a person says so.
    assert guessed.gold == {}
    gold = {name: f"labels.{name}" for name in questions}
    assert set(gold.values()) <= set(rows.columns)
    start_import(job, Mapping(guessed.fields, guessed.external_id, gold, guessed.metadata), user=cast.lead)
    import_file(job.pk)
    job.refresh_from_db()
    assert (job.state, job.created, job.rejected) == (JobState.DONE, ITEMS, 0)
    here, there = (
        {item.external_id: item for item in Item.objects.filter(project=project)} for project in (first, second)
    )
    for number, item in here.items():
        back = there[number]
        assert (back.fields, back.metadata) == (item.fields, item.metadata)
        assert bytes(back.content_hash) == bytes(item.content_hash)
        assert json.dumps(back.gold, sort_keys=True) == json.dumps(kept[number], sort_keys=True)
