"""The long table: a row per item, annotator and question; what statistics packages want, and every single vote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, SourceVote, Written
from .csv import APOSTROPHES, SETTINGS, Csv, unescape, write_table
from .jsonl import preview_of
from .lines import decoded_head
from .readings import ReadingOf
from .tables import cell

KEYS = ("item", "annotator", "question", "value")
HEADER = (
    "item", "external_id", "split", "annotator", "kind", "question", "type", "value", "confidence", "distribution",
    "rationale", "seconds", "at",
)  # fmt: skip
FIELD = "fields."
# Of an item, not of an answer to it.
_OF_ITEM = ("external_id", "split")


class LongTable:
    """Reader and writer of the long table, as CSV."""

    name = "long_table"
    title = gettext_noop("Table of votes (a row per item, annotator and question)")
    extensions: tuple[str, ...] = (".csv",)
    media_type = "text/csv"
    reads = writes = keeps_split = True
    keeps_gold = False
    settings: tuple[Setting, ...] = (
        Setting(
            "texts",
            gettext_noop("The items' texts"),
            (("yes", gettext_noop("In every row")), ("no", gettext_noop("Left out; items are told by their ids"))),
        ),
        *SETTINGS,
    )

    def sniff(self, head: bytes, filename: str) -> float:
        first = decoded_head(head).lstrip().partition("\n")[0]
        return (
            0.97
            if set(KEYS) <= {name.strip('\r"') for name in first.replace(";", ",").replace("\t", ",").split(",")}
            else 0.0
        )

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(self.read(path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        """Rows of the same item one after the other become one, with the votes of all its annotators."""
        return ReadingOf(Csv().read(path), lambda rows: _grouped(rows, start_after))

    def leaves_out(self, shape: Shape) -> list[str]:
        left = [_("What was decided: only what annotators said. Items that nobody answered are left out.")]
        return [*left, *([_("Metadata.")] if shape.metadata else []), _(APOSTROPHES)]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        fields = shape.fields if settings.get("texts", "yes") == "yes" else ()
        types = {question.name: question.type for question in shape.asked}
        written = Written()

        def rows() -> Iterator[list[str]]:
            for record in records:
                item = [cell(record.get(key)) for key in ("id", *_OF_ITEM)]
                shown = [cell((record.get("fields") or {}).get(name)) for name in fields]
                answers = list(_answers(record, shape.questions))
                if not answers:
                    written.losses[_("An item that nobody answered: left out.")] += 1
                    continue
                written.rows += 1
                for vote, question, value in answers:
                    kind = "judge" if vote.get("advice") else vote.get("kind")
                    said = (vote["annotator"], kind, question, types.get(question), value, vote.get("confidence"))
                    shares = (vote.get("distribution") or {}).get(question)
                    rest = (shares, vote.get("rationale") or None, vote.get("seconds"), vote.get("at"))
                    yield [*item, *(cell(each) for each in (*said, *rest)), *shown]

        write_table([*HEADER, *(FIELD + name for name in fields)], rows(), target, settings)
        return written


def _answers(record: dict[str, Any], questions: Iterable[str]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    for vote in record.get("annotations") or ():
        for question in questions:
            if question in vote["answers"]:
                yield vote, question, vote["answers"][question]


def _grouped(rows: Reading, start_after: int) -> Iterator[Row | BadRow]:
    """Items out of votes; an item's number is its first row's."""
    held: list[Row] = []
    for verdict in rows:
        if held and (isinstance(verdict, BadRow) or verdict.values.get("item") != held[0].values.get("item")):
            if held[0].line > start_after:
                yield _item(held)
            held = []
        if isinstance(verdict, Row):
            held.append(verdict)
        elif verdict.line > start_after:
            yield verdict
    if held and held[0].line > start_after:
        yield _item(held)


def _item(rows: list[Row]) -> Row:
    """One item of its votes: an annotator's answers to several questions are one vote."""
    votes: dict[tuple[str, str], dict[str, Any]] = {}
    losses: dict[str, None] = {}
    for row in rows:
        values = row.values
        question, annotator = values.get("question", ""), values.get("annotator", "")
        if not question or values.get("value", "") == "":
            losses[_("A row that says nothing about a question.")] = None
            continue
        vote = votes.setdefault((annotator, values.get("kind", "")), {"answers": {}, "shares": {}, "row": values})
        vote["answers"][question] = _value(values["value"], values.get("type", ""))
        shares = _json(values.get("distribution", ""))
        if isinstance(shares, dict):
            vote["shares"][question] = shares
    first = rows[0].values
    told = {name: value for name, value in first.items() if name not in HEADER or name in _OF_ITEM}
    return Row(
        rows[0].line,
        {"item": first.get("item"), **told},
        tuple(_vote(name, kind or "human", **vote) for (name, kind), vote in votes.items()),
        tuple(losses),
    )


def _vote(
    annotator: str, kind: str, *, answers: dict[str, Any], shares: dict[str, Any], row: Mapping[str, str]
) -> SourceVote:
    return SourceVote(
        annotator,
        answers,
        kind,
        shares,
        _number(row.get("confidence", "")),
        row.get("rationale", ""),
        _number(row.get("seconds", "")),
        row.get("at", ""),
    )


def _value(text: str, kind: str) -> Any:
    if kind in ("choice", "text"):
        return text
    read = _json(text)
    return text if read is None or (not kind and isinstance(read, int | float)) else read


def _json(text: str) -> Any:
    try:
        # No JSON begins with an apostrophe: before a number below zero it is the writer's.
        return json.loads(unescape(text)) if text else None
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> float | None:
    read = _json(text)
    return float(read) if isinstance(read, int | float) and not isinstance(read, bool) else None
