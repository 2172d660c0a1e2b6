"""Try a mapping on the first rows of an uploaded file; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from annotation.exchange import BadRow, ImportedItem, Intake, Mapping, Preview, Row
from annotation.models import Project
from annotation.questions import Question, type_of

SHOWN = 5
SHOWN_PROBLEMS = 5
SHOWN_VOTES = 6


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would become of one row: `problem` is empty where it would come in.

    `votes`: (who, what they answered) of the first annotators.
    """

    line: int
    cells: list[object]
    problem: str = ""
    votes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class RehearsedLoss:
    """`count` is 0 where it is said of the file as a whole."""

    sentence: str
    count: int = 0
    line: int = 0
    example: str = ""


@dataclass(slots=True)
class Rehearsed:
    """What would become of the first rows: `tried` of them, of which `rejected` would not come in, with `answers` of
    `annotators`. `rows`: some of them, in file order, those with problems among them."""

    rows: list[Rehearsal] = field(default_factory=list)
    tried: int = 0
    rejected: int = 0
    answers: int = 0
    annotators: list[str] = field(default_factory=list)
    losses: list[RehearsedLoss] = field(default_factory=list)


def rehearse(project: Project, preview: Preview, mapping: Mapping, columns: Sequence[str]) -> Rehearsed:
    """Cells are in the order of `columns`. A mapping that leaves every field open is not tried: rows are shown as
    they are."""
    questions = project.question_list
    done = Rehearsed(losses=[RehearsedLoss(sentence) for sentence in preview.losses])
    losses: dict[str, RehearsedLoss] = {}
    annotators: dict[str, None] = {}
    intake = Intake(mapping, project.fields, questions) if mapping.fields else None
    tried: list[Rehearsal] = [Rehearsal(row.line, [row.excerpt], row.reason) for row in preview.bad]
    for row in preview.rows:
        verdict = intake.item(row) if intake else None
        cells = [row.values.get(column) for column in columns]
        if isinstance(verdict, ImportedItem):
            done.answers += len(verdict.votes)
            annotators |= dict.fromkeys(vote.annotator for vote in verdict.votes)
            for sentence, example in verdict.losses:
                found = losses.setdefault(sentence, RehearsedLoss(sentence, 0, row.line, example))
                found.count += 1
        tried.append(_rehearsal(row, cells, verdict, questions))
    tried.sort(key=lambda each: each.line)
    done.tried = len(tried)
    done.rejected = sum(1 for each in tried if each.problem)
    done.annotators = list(annotators)
    done.losses += sorted(losses.values(), key=lambda loss: -loss.count)
    problems = [each for each in tried if each.problem][:SHOWN_PROBLEMS]
    done.rows = sorted([*[each for each in tried if not each.problem][:SHOWN], *problems], key=lambda each: each.line)
    return done


def _rehearsal(
    row: Row, cells: list[object], verdict: ImportedItem | BadRow | None, questions: Sequence[Question]
) -> Rehearsal:
    if isinstance(verdict, BadRow):
        return Rehearsal(row.line, cells, verdict.reason)
    if verdict is None:
        return Rehearsal(row.line, cells)
    by_name = {question.name: question for question in questions}
    votes = [
        (
            vote.annotator,
            "; ".join(type_of(by_name[name]).display(by_name[name], answer) for name, answer in vote.answers.items()),
        )
        for vote in verdict.votes[:SHOWN_VOTES]
    ]
    return Rehearsal(row.line, cells, votes=votes)
