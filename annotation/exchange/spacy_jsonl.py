"""spaCy's training examples as JSON Lines: a text, its `entities`, and the `cats` that hold of it.

Each line is `{"text": …, "entities": [[0, 5, "LABEL"]], "cats": {"LABEL": 1.0}}`; `spans` are groups of spans that may
overlap: `{"group": [[0, 5, "LABEL"]]}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .annotated import Marked, Picked, preview_of, reading_of
from .base import Preview, Reading, Row, Setting, Shape, Sink, SourceVote, Unwritable, Written
from .canonical import canonical_json
from .tool_records import Unusable, drafted, first_objects, spread, triples

HALF = 0.5


class SpacyJsonLines:
    """Reader and writer of spaCy's training data as text."""

    name = "spacy_jsonl"
    title = "spaCy JSON Lines"
    extensions: tuple[str, ...] = (".jsonl",)
    media_type = "application/x-ndjson"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip()[:2].replace(b" ", b"")
        found = first_objects(head) if start[:1] == b"{" or start == b"[{" else []
        telling = [each for each in found if isinstance(each.get("text"), str)]
        return 0.97 if telling and all(map(_is_example, telling)) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(_drafts, path, limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_drafts, path, start_after)

    def leaves_out(self, shape: Shape) -> list[str]:
        return left_out(shape)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        written = Written()
        check_writable(shape)
        for record in records:
            example = example_of(record, shape, written)
            if example is not None:
                beside = {"id": record["external_id"]} if record["external_id"] else {}
                meta = {"meta": record["metadata"]} if record["metadata"] else {}
                target.write(canonical_json({**example, **beside, **meta}) + b"\n")
                written.rows += 1
        return written


def check_writable(shape: Shape) -> None:
    if not any(questions_of(shape)):
        raise Unwritable(_("spaCy learns from spans and choices; this project asks for neither."))


def questions_of(shape: Shape) -> tuple[Question | None, Question | None]:
    """The first question about spans and the first choice."""
    spans = next((question for question in shape.asked if question.type == "spans"), None)
    about = next((question for question in shape.asked if question.type in ("choice", "multichoice")), None)
    return spans, about


def left_out(shape: Shape) -> list[str]:
    kept = {question.name for question in questions_of(shape) if question}
    left = [
        _("Who said what: what was decided is written."),
        _("Items of which nothing was decided."),
        _("Splits, stages and where items come from."),
    ]
    left += [
        _("“%(title)s”: examples for spaCy have one set of spans and one of categories.") % {"title": question.title}
        for question in shape.asked
        if question.name not in kept
    ]
    if len(shape.fields) > 1:
        left.append(_("All fields but the one that is marked or comes first."))
    return left


def example_of(record: Mapping[str, Any], shape: Shape, written: Written) -> dict[str, Any] | None:
    """`{text, entities, cats}` of what was decided; None, and a loss, where nothing was."""
    about_spans, about_text = questions_of(shape)
    labels = record["labels"]
    field = about_spans.settings["field"] if about_spans else shape.fields[0]
    example: dict[str, Any] = {"text": record["fields"].get(field, "")}
    if about_spans and about_spans.name in labels:
        spans = labels[about_spans.name]["value"]
        example["entities"] = [[span["start"], span["end"], span["label"]] for span in spans]
    if about_text and about_text.name in labels:
        label = labels[about_text.name]
        held = label["value"] if isinstance(label["value"], list) else [label["value"]]
        shares = label.get("distribution") or dict.fromkeys(held, 1.0)
        example["cats"] = {value: float(shares.get(value, 0.0)) for value in about_text.values}
    if len(example) == 1 or not isinstance(example["text"], str):
        written.losses[_("Items of which nothing was decided were left out.")] += 1
        return None
    return example


def draft(line: int, record: dict[str, Any]) -> Row:
    """The row of an example. Raises Unusable."""
    if not isinstance(record.get("text"), str):
        raise Unusable(_("The example has no “text”."))
    answers: dict[str, Any] = {}
    losses: list[str] = []
    marked = {"entities": record.get("entities")}
    groups = record.get("spans")
    marked |= groups if isinstance(groups, dict) else {"spans": groups}
    for name, value in marked.items():
        marks = triples(value)
        if marks is not None:
            answers[name] = Marked("text", marks)
        elif value is not None:
            losses.append(_("Spans that are no list of a start, an end and a label."))
    cats = record.get("cats")
    shares = {name: share for name, share in cats.items() if _is_share(share)} if isinstance(cats, dict) else {}
    soft = any(0 < share < 1 for share in shares.values())
    if soft and abs(sum(shares.values()) - 1) < 0.001:
        # Of categories that exclude each other one holds, however unsure that is.
        answers["cats"] = Picked((max(shares, key=lambda name: shares[name]),))
    elif shares:
        answers["cats"] = Picked(tuple(name for name, share in shares.items() if share > HALF))
    vote = SourceVote("", answers, distribution={"cats": shares} if soft else {})
    losses += [_("Relations, heads, tags and the like of tokens.")] * bool(
        record.keys() & {"heads", "deps", "tags", "sents", "links"}
    )
    columns = spread(record, {"entities", "spans", "cats", "heads", "deps", "tags", "sents", "links", "tokens"})
    return Row(line, columns, (vote,) if answers else (), tuple(losses))


def _drafts(path: Path) -> Reading:
    return drafted(path, draft)


def _is_example(record: Mapping[str, Any]) -> bool:
    if any(key in record for key in ("label", "_input_hash", "answer", "relations")):
        return False
    if isinstance(record.get("entities"), list) and triples(record["entities"]) is not None:
        return not isinstance(record.get("cats"), list)
    cats = record.get("cats")
    return isinstance(cats, dict) and bool(cats) and all(map(_is_share, cats.values()))


def _is_share(raw: object) -> bool:
    return isinstance(raw, int | float) and 0 <= raw <= 1
