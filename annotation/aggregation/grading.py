"""Somebody's answers beside the known ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.questions import Question, type_of

# So near is near enough: a comma in a long correction, or one end of one span among several, is no mistake. Options
# are either the same or 1 apart.
CLOSE = 0.2


def grade(questions: Sequence[Question], answers: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, bool]:
    """Whether each question whose answer is known was answered right; left out is wrong."""
    return {
        question.name: question.name in answers
        and type_of(question).distance(question, answers[question.name], known[question.name]) <= CLOSE
        for question in questions
        if question.name in known
    }


def all_right(questions: Sequence[Question], answers: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    return all(grade(questions, answers, known).values())
