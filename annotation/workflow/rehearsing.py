"""Try a mapping on the first rows of an uploaded file; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.exchange import BadRow, Mapping, Row, to_item
from annotation.models import Project


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would become of one row: `problem` is empty where it would come in."""

    line: int
    cells: list[object]
    problem: str = ""


def rehearse(
    project: Project, rows: Sequence[Row], bad: Sequence[BadRow], mapping: Mapping, columns: Sequence[str]
) -> list[Rehearsal]:
    """The previewed rows in file order, each with its cells (in the order of `columns`) or why it would be refused.

    A mapping that leaves every field open is not tried: the rows are shown as they are.
    """
    questions = project.question_list
    tried = [Rehearsal(row.line, [row.excerpt], row.reason) for row in bad]
    for row in rows:
        verdict = to_item(row, mapping, project.fields, questions) if mapping.fields else None
        problem = verdict.reason if isinstance(verdict, BadRow) else ""
        tried.append(Rehearsal(row.line, [row.values.get(column) for column in columns], problem))
    return sorted(tried, key=lambda each: each.line)
