"""What was said in the debates over an item, round by round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from annotation.models import Annotation, Item, Piece, Project, Run, RunItem, RunPurpose, Turn
from annotation.questions import Answer, Question, type_of

# More than any debate has; an item that was disputed again and again shows its newest turns.
SHOWN_TURNS = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What one speaker answered to one question in one round. `torn`: what they said in each order, where that
    differs, and so counts as undecided. `failure` says why there is no answer."""

    question: str
    answer: Answer | None
    confidence: float
    torn: tuple[Answer, ...]
    failure: str
    raw_reply: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything one speaker said in one round. `judge`: whose letter it is."""

    letter: str
    judge: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Debate:
    """One run's debate over one item; `verdict` is None until it is over, and where it came to none (`failure`)."""

    run: Run
    rounds: tuple[tuple[int, tuple[Statement, ...]], ...]
    turns: int
    tokens: int
    cost: float
    verdict: Annotation | None
    failure: str
    is_over: bool

    @property
    def is_trial(self) -> bool:
        return self.run.purpose == RunPurpose.TRIAL


def debates_on(project: Project, item: Item) -> list[Debate]:
    """The newest first; three queries, and one where there was none."""
    turns = list(
        Turn.objects.filter(item=item)
        .select_related("run__labeler", "speaker")
        .order_by("-run_id", "round", "place", "id")[:SHOWN_TURNS]
    )
    if not turns:
        return []
    runs = {turn.run_id for turn in turns}
    verdicts = {row.run_id: row for row in Annotation.objects.filter(item=item, run__in=runs, advice=True)}
    pieces = {piece.run_id: piece for piece in RunItem.objects.filter(item=item, run__in=runs)}
    order = {question.name: place for place, question in enumerate(project.question_list)}
    by_name = {question.name: question for question in project.question_list}
    return [
        _debate(list(of_run), verdicts.get(run), pieces.get(run), by_name, order)
        for run, of_run in groupby(turns, key=lambda turn: turn.run_id)
    ]


def _debate(
    turns: Sequence[Turn],
    verdict: Annotation | None,
    piece: RunItem | None,
    questions: dict[str, Question],
    order: dict[str, int],
) -> Debate:
    rounds = []
    for number, of_round in groupby(turns, key=lambda turn: turn.round):
        statements = []
        for _, of_speaker in groupby(of_round, key=lambda turn: turn.place):
            own = list(of_speaker)
            by_question: dict[str, list[Turn]] = defaultdict(list)
            for turn in own:
                by_question[turn.question].append(turn)
            said = [
                _said(questions.get(name), by_question[name])
                for name in sorted(by_question, key=lambda n: order.get(n, 99))
            ]
            statements.append(Statement(own[0].letter, str(own[0].speaker or ""), tuple(said)))
        rounds.append((number, tuple(statements)))
    return Debate(
        run=turns[0].run,
        rounds=tuple(rounds),
        turns=len(turns),
        tokens=sum(turn.tokens for turn in turns),
        cost=float(sum(turn.cost for turn in turns)),
        verdict=verdict,
        failure=piece.reason if piece is not None and piece.state == Piece.FAILED else "",
        is_over=piece is None or piece.state != Piece.PENDING,
    )


def _said(question: Question | None, turns: Sequence[Turn]) -> Said:
    failed = next((turn for turn in turns if turn.failure), None)
    first = failed or turns[0]
    answers = [turn.answer for turn in turns if not turn.failure]
    differs = question is not None and any(
        type_of(question).distance(question, answers[0], answer) for answer in answers[1:]
    )
    return Said(
        question=first.question,
        answer=None if failed or differs else first.answer,
        confidence=sum(turn.confidence for turn in turns) / len(turns),
        torn=tuple(answers) if differs and not failed else (),
        failure=first.failure,
        raw_reply=first.raw_reply if failed else "",
        rationale=first.rationale,
    )
