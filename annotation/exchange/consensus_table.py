"""The consensus table: a row per item and question, with what was decided, by whom, how and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotation.questions import Question, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import Setting, Shape, Sink, Written
from .csv import SETTINGS, write_table
from .tables import cell
from .write_only import WriteOnly

HEADER = (
    "item", "external_id", "split", "question", "value", "shown", "decided_by", "by", "method", "posterior", "votes",
    "people", "people_who_agree", "distribution",
)  # fmt: skip


class ConsensusTable(WriteOnly):
    """Writer of the consensus table, as CSV."""

    name = "consensus_table"
    title = gettext_noop("Table of decisions (a row per item and question)")
    extensions: tuple[str, ...] = (".csv",)
    media_type = "text/csv"
    writes = keeps_split = True
    keeps_gold = False
    settings: tuple[Setting, ...] = SETTINGS

    def leaves_out(self, shape: Shape) -> list[str]:
        return [_("The items' texts and metadata, and what each annotator said.")]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        asked = {question.name: question for question in shape.asked}
        written = Written()

        def rows() -> Iterator[list[str]]:
            for record in records:
                labels = record.get("labels") or {}
                if not labels:
                    written.losses[_("An item of which nothing is decided: left out.")] += 1
                    continue
                written.rows += 1
                for name in shape.questions:
                    if name in labels:
                        yield [cell(each) for each in _decision(record, name, labels[name], asked.get(name))]

        write_table(list(HEADER), rows(), target, settings)
        return written


def _decision(record: Mapping[str, Any], name: str, label: Mapping[str, Any], question: Question | None) -> list[Any]:
    """The cells of HEADER. Who agrees is counted over the people's answers, whatever they weigh."""
    value = label.get("value")
    said = [
        vote["answers"][name]
        for vote in record.get("annotations") or ()
        if vote.get("kind") == "human" and name in vote["answers"]
    ]
    agreeing = sum(
        type_of(question).distance(question, each, value) == 0 if question else each == value for each in said
    )
    return [
        *(record.get(key) for key in ("id", "external_id", "split")),
        name,
        value,
        type_of(question).display(question, value) if question and value is not None else None,
        label.get("decided_by"),
        ", ".join(label.get("by") or ()),
        *(label.get(key) for key in ("method", "posterior", "votes")),
        len(said),
        agreeing,
        label.get("distribution"),
    ]
