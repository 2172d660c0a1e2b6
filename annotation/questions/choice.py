"""One of several options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .base import Answer, Distribution, InvalidAnswer, InvalidQuestion, Question

MAX_OPTIONS = 200


class Choice:
    """Exactly one option; nominal distance."""

    name = "choice"
    title = "Choose one"
    template = "questions/choice.html"

    def check(self, question: Question) -> None:
        if not 2 <= len(question.options) <= MAX_OPTIONS:
            raise InvalidQuestion(f"Question “{question.name}” needs 2 to {MAX_OPTIONS} options.")
        if len(set(question.values)) != len(question.options):
            raise InvalidQuestion(f"Question “{question.name}” has the same option twice.")

    def clean(self, question: Question, raw: object) -> str:
        if not isinstance(raw, str):
            raise InvalidAnswer(question.name, f"Expected one of the options as text, got {type(raw).__name__}.")
        if raw not in question.values:
            raise InvalidAnswer(question.name, f"“{raw[:80]}” is not an option of “{question.title}”.")
        return raw

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        return 0.0 if first == second else 1.0

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        return dict(distribution) if distribution else {answer: 1.0}

    def aggregate(self, question: Question, votes: Sequence[tuple[Distribution, float]]) -> tuple[str, Distribution]:
        """Weighted share per option. A tie goes to the option that comes first in the question: fair because
        the posterior of a tie is at most ½, so policy never settles it without a person."""
        weights = dict.fromkeys(question.values, 0.0)
        for distribution, weight in votes:
            for value, share in distribution.items():
                # An option may have been retired since the vote was cast.
                if value in weights:
                    weights[value] += share * weight
        total = sum(weights.values()) or 1.0
        shares = {value: weight / total for value, weight in weights.items()}
        return max(shares, key=shares.__getitem__), shares

    def prompt(self, question: Question) -> str:
        lines = [question.title, *([question.description] if question.description else []), "Options:"]
        lines += [
            f"- {option.title}" + (f": {option.description}" if option.description else "")
            for option in question.options
        ]
        return "\n".join(lines)

    def reply_schema(self, question: Question) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"answer": {"enum": list(question.values)}},
            "required": ["answer"],
            "additionalProperties": False,
        }

    def parse(self, question: Question, reply: str) -> str:
        try:
            # Objects as lists of pairs: a reply that answers twice has not made up its mind.
            document = json.loads(reply, object_pairs_hook=tuple)
        except (ValueError, RecursionError) as error:
            raise InvalidAnswer(question.name, f"The reply is not JSON: {error}") from error
        if not isinstance(document, tuple) or [key for key, _ in document] != ["answer"]:
            raise InvalidAnswer(question.name, "The reply must be an object with the one key “answer”.")
        return self.clean(question, document[0][1])

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        return {question.name: answer}

    def display(self, question: Question, answer: Answer) -> str:
        return question.option_title(answer)
