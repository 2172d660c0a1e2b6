"""What becomes of stored answers when a project's questions change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Answers, Distribution, Question
from .registry import TYPES, type_of

Moves = Mapping[str, Mapping[str, str | None] | None]
"""{question: None where it is asked no more, or {option: its successor, None where nobody can tell}}."""


def followed(questions: Mapping[str, Question], answers: Mapping[str, Any], moves: Moves) -> Answers | None:
    """Stored answers as they read after the change; None where one of them has to be given anew.

    `questions`: by name, as they were before.
    """
    after: Answers = {}
    for name, answer in answers.items():
        move = moves.get(name, {})
        if move is None:
            continue
        if move and name in questions:
            asked = questions[name]
            if any(move.get(key, key) is None for key in type_of(asked).keys(asked, answer)):
                return None
            answer = type_of(asked).replaced(answer, _told(move))
        after[name] = answer
    return after


def followed_distributions(
    questions: Mapping[str, Question], distributions: Mapping[str, Distribution], moves: Moves
) -> dict[str, Distribution]:
    """A model's probabilities after the change: merged options' add up, what has no successor is left out."""
    after: dict[str, Distribution] = {}
    for name, distribution in distributions.items():
        move = moves.get(name, {})
        if move is None:
            continue
        if move and name in questions:
            distribution = _moved(questions[name], distribution, move)
        if distribution:
            after[name] = distribution
    return after


def translated(questions: Mapping[str, Question], raw: Mapping[str, Any], moves: Moves) -> dict[str, Any]:
    """Answers that somebody gave under the earlier questions, not checked yet, in the words of the new ones."""
    after = {}
    for name, answer in raw.items():
        move = moves.get(name, {})
        if move is None:
            continue
        if move and name in questions and TYPES[questions[name].type].lists_options:
            answer = _worded(answer, _told(move))
        after[name] = answer
    return after


def _told(move: Mapping[str, str | None]) -> dict[str, str]:
    return {option: successor for option, successor in move.items() if successor is not None}


def _moved(question: Question, distribution: Distribution, move: Mapping[str, str | None]) -> Distribution:
    asked, successors = type_of(question), _told(move)
    after: Distribution = {}
    for key, share in distribution.items():
        if move.get(key, key) is None:
            continue
        successor = asked.replaced_key(key, successors)
        before = after.get(successor, 0.0)
        # Of parts that do not exclude each other, that either holds is at least as likely as the likelier one.
        after[successor] = before + share if asked.exclusive else max(before, share)
    total = sum(after.values())
    if asked.exclusive:
        return {key: share / total for key, share in after.items()} if total else {}
    return after


def _worded(answer: Any, successors: Mapping[str, str]) -> Any:
    """Options stand in an answer as text, in lists of it, or as the label of a part."""
    if isinstance(answer, str):
        return successors.get(answer, answer)
    if isinstance(answer, list | tuple):
        return (
            list(dict.fromkeys(_worded(each, successors) for each in answer))
            if all(isinstance(each, str) for each in answer)
            else [_worded(each, successors) for each in answer]
        )
    if isinstance(answer, dict) and isinstance(answer.get("label"), str):
        return {**answer, "label": successors.get(answer["label"], answer["label"])}
    return answer
