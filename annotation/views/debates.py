"""How templates want the debates over an item (components/debate.html)."""

from __future__ import annotations

from typing import Any

from annotation.models import Item, Project
from annotation.reports.debates import Debate, Said, Statement, debates_on

from .cards import answer_titles


def debate_cards(project: Project, item: Item, *, named: bool) -> list[dict[str, Any]]:
    """`named`: whether whoever looks may know whose letter is whose."""
    return [_card(project, debate, named) for debate in debates_on(project, item)]


def _card(project: Project, debate: Debate, named: bool) -> dict[str, Any]:
    return {
        "run": debate.run,
        "kind": debate.run.labeler.kind,
        "is_trial": debate.is_trial,
        "is_over": debate.is_over,
        "turns": debate.turns,
        "tokens": debate.tokens,
        "cost": debate.cost,
        "rounds": [
            {"number": number, "statements": [_statement(project, each, named) for each in statements]}
            for number, statements in debate.rounds
        ],
        "verdict": answer_titles(project, debate.verdict.answers) if debate.verdict else [],
        "confidence": 100 * (debate.verdict.confidence or 0) if debate.verdict else None,
        "failure": debate.failure,
    }


def _statement(project: Project, statement: Statement, named: bool) -> dict[str, Any]:
    return {
        "letter": statement.letter,
        "judge": statement.judge if named else "",
        "said": [_said(project, each) for each in statement.said],
    }


def _said(project: Project, said: Said) -> dict[str, Any]:
    title = next((each.title for each in project.question_list if each.name == said.question), said.question)
    return {
        "question": title,
        "value": _words(project, said.question, said.answer) if said.answer is not None else "",
        "percent": 100 * said.confidence,
        "torn": [_words(project, said.question, answer) for answer in said.torn],
        "failure": said.failure,
        "raw_reply": said.raw_reply,
        "rationale": said.rationale,
    }


def _words(project: Project, question: str, answer: Any) -> str:
    return str(answer_titles(project, {question: answer})[0]["value"])
