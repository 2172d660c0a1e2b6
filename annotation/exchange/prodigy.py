"""Prodigy's JSONL: what `db-out` writes and `db-in` takes, a line for every answer.

An accepted answer is a vote; an ignored one is none. To reject is an answer where one label was asked about (“accept”
or “reject” to a question named like the label); where spans or options were shown it says only what is not so, and is a
loss. Of a review the versions are the votes and the line itself the reviewer's decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .annotated import Marked, Picked, preview_of, reading_of
from .base import Preview, Reading, Row, Setting, Shape, Sink, SourceVote, Unwritable, Written
from .canonical import canonical_json
from .texts import key_of, main_field, main_text
from .tool_records import Unusable, as_name, drafted, first_objects, spread, triples

SPANS, CHOICE, INPUT = "spans", "choice", "user_input"
VIEWS = {SPANS: "spans_manual", CHOICE: "choice", INPUT: "text_input"}
ANSWERS = ("accept", "reject", "ignore")
OWN = {
    "spans", "tokens", "answer", "options", "accept", "relations", "versions", "meta", "field_id", "field_rows",
    "field_label", "field_placeholder", "config", "view_id", "sessions", "default", "label",
}  # fmt: skip
TAKEN = OWN | {"text", "id", INPUT}


class Prodigy:
    """Reader and writer of Prodigy's datasets."""

    name = "prodigy"
    title = "Prodigy"
    extensions: tuple[str, ...] = (".jsonl",)
    media_type = "application/x-ndjson"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        found = first_objects(head)
        return 0.98 if any(map(_is_task, found)) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(_drafts, path, limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_drafts, path, start_after)

    def leaves_out(self, shape: Shape) -> list[str]:
        kept = _written(shape).values()
        left = [
            _("What models said: to Prodigy every answer is a person’s."),
            _("How long people took; seconds of a moment; who decided what."),
            _("Splits, stages and where items come from."),
        ]
        left += [
            _("“%(title)s”: a line has one set of spans, one choice and one text.") % {"title": question.title}
            for question in shape.asked
            if question not in kept
        ]
        return left

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A line for each person's answer, one without an answer for an item that nobody has answered."""
        asked = _written(shape)
        if not asked:
            raise Unwritable(_("Prodigy has no counterpart for what this project asks."))
        written = Written()
        for record in records:
            task = _task(record, asked, shape)
            people = [each for each in record["annotations"] if each["kind"] == "human" and not each.get("advice")]
            for each in people:
                answered = _answered(each, asked)
                # Options of which none was accepted would say that none holds.
                shown = task if "accept" in answered else {key: task[key] for key in task.keys() - {"options"}}
                target.write(canonical_json(shown | answered) + b"\n")
            if not people:
                target.write(canonical_json(task) + b"\n")
            others = len(record["annotations"]) - len(people)
            if others:
                written.losses[_("What a model answered was left out.")] += others
            written.rows += 1
        return written


def _drafts(path: Path) -> Reading:
    return drafted(path, _draft, _key)


def _is_task(record: Mapping[str, Any]) -> bool:
    if "_input_hash" in record or "_task_hash" in record or "_annotator_id" in record or "_session_id" in record:
        return True
    spans = record.get("spans")
    if isinstance(spans, list) and isinstance(record.get("text"), str) and "entities" not in record:
        return all(isinstance(each, dict) for each in spans)
    options = record.get("options")
    if isinstance(options, list) and options and all(isinstance(each, dict) and "id" in each for each in options):
        return True
    return record.get("answer") in ANSWERS and "label" in record


def _key(record: Mapping[str, Any]) -> object:
    """One text, answered by several people one after the other."""
    if _person(record) and "versions" not in record:
        return record.get("_input_hash") or (record.get("id"), record.get("text"))
    return None


def _person(record: Mapping[str, Any]) -> str:
    return as_name(record.get("_annotator_id") or record.get("_session_id"))


def _draft(line: int, record: dict[str, Any]) -> Row:
    if not any(isinstance(record.get(key), str) for key in ("text", "html", "prompt")):
        if any(key in record for key in ("image", "audio", "video")):
            raise Unusable(_("This is a picture, a sound or a film; only texts can be imported."))
        raise Unusable(_("The task has no “text”."))
    losses: list[str] = []
    votes: list[SourceVote] = []
    versions = record.get("versions")
    for each in versions if isinstance(versions, list) else ():
        if isinstance(each, dict):
            sessions = each.get("sessions")
            for name in sessions if isinstance(sessions, list) else [each.get("_annotator_id")]:
                votes += _votes({**each, "options": record.get("options")}, as_name(name), "human", losses)
    votes += _votes(record, _person(record), "reviewer" if versions else "human", losses)
    if record.get("relations"):
        losses.append(_("Relations between spans."))
    taken = {name for name in record if name.startswith("_")} | OWN | {_input_key(record)}
    return Row(line, spread(record, taken), tuple(votes), tuple(losses))


def _votes(record: Mapping[str, Any], annotator: str, kind: str, losses: list[str]) -> list[SourceVote]:
    answer = record.get("answer")
    answers = _answers(record, losses)
    label = record.get("label")
    if answer == "ignore":
        losses.append(_("An ignored task, which is no answer."))
        return []
    if isinstance(label, str) and label and not answers and answer in ANSWERS:
        answers = {label: Picked((answer,))}
    elif answer == "reject":
        losses.append(_("A rejected answer: it says what is wrong, and not what is right."))
        return []
    return [SourceVote(annotator, answers, kind, at=_moment(record.get("_timestamp")))] if answers else []


def _answers(record: Mapping[str, Any], losses: list[str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    if isinstance(record.get("spans"), list):
        marks = triples(record["spans"])
        if marks is None:
            losses.append(_("Spans without a label."))
        else:
            answers[SPANS] = Marked("text", marks)
    options = record.get("options")
    accepted = record.get("accept")
    if isinstance(accepted, list) and all(isinstance(each, str | int) for each in accepted):
        answers[CHOICE] = Picked(tuple(map(str, accepted)))
    elif isinstance(options, list) and record.get("answer") == "accept":
        answers[CHOICE] = Picked(())
    written = record.get(_input_key(record))
    if isinstance(written, str) and written:
        answers[INPUT] = written
    return answers


def _input_key(record: Mapping[str, Any]) -> str:
    key = record.get("field_id")
    return key if isinstance(key, str) and key else INPUT


def _moment(timestamp: object) -> str:
    if not isinstance(timestamp, int | float) or isinstance(timestamp, bool):
        return ""
    try:
        return datetime.fromtimestamp(timestamp, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _written(shape: Shape) -> dict[str, Question]:
    """Which questions there is room for, by what they are called in a line."""
    places = {SPANS: ("spans",), CHOICE: ("choice", "multichoice", "rating"), INPUT: ("text",)}
    found: dict[str, Question] = {}
    for place, kinds in places.items():
        fitting = [question for question in shape.asked if question.type in kinds]
        if fitting:
            found[place] = fitting[0]
    return found


def _task(record: Mapping[str, Any], asked: Mapping[str, Question], shape: Shape) -> dict[str, Any]:
    shown = main_field(shape, asked.get(SPANS))
    task = {key_of(name, TAKEN): value for name, value in record["fields"].items() if name != shown}
    task["text"] = main_text(record, shape, shown)
    if record["external_id"]:
        task["id"] = record["external_id"]
    if record["metadata"]:
        task["meta"] = record["metadata"]
    if CHOICE in asked:
        task["options"] = [{"id": option.value, "text": option.title} for option in asked[CHOICE].offered]
    return task


def _answered(each: Mapping[str, Any], asked: Mapping[str, Question]) -> dict[str, Any]:
    said = {place: each["answers"].get(question.name) for place, question in asked.items()}
    line: dict[str, Any] = {"answer": "accept", "_annotator_id": each["annotator"], "_session_id": each["annotator"]}
    if each["at"]:
        line["_timestamp"] = int(datetime.fromisoformat(each["at"]).timestamp())
    if said.get(SPANS) is not None:
        line["spans"] = [{key: span[key] for key in ("start", "end", "label", "text")} for span in said[SPANS]]
    if said.get(CHOICE) is not None:
        line["accept"] = said[CHOICE] if isinstance(said[CHOICE], list) else [str(said[CHOICE])]
        line["config"] = {"choice_style": "multiple" if asked[CHOICE].type == "multichoice" else "single"}
    if said.get(INPUT) is not None:
        line |= {"field_id": INPUT, INPUT: said[INPUT]}
    line["_view_id"] = "blocks" if len(asked) > 1 else VIEWS[next(iter(asked))]
    return line
