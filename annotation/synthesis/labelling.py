"""A question of the project about a text, put to a checker."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.questions import Question, type_of

from .asking import request
from .base import Request, Role, Work
from .replies import one_of
from .wording import prompt

LABEL_TOKENS = 64


def label_request(
    work: Work, question: Question, text: str, parents: Sequence[int], *, temperature: float = 0, index: int = 0
) -> Request:
    """The answer is one of the question's options."""
    asked = [work.guidelines, type_of(question).prompt(question)]
    return request(
        prompt(asked, text, f"one of: {', '.join(map(repr, question.values))}."),
        one_of(question.values),
        role=Role.CHECKER,
        max_tokens=LABEL_TOKENS,
        temperature=temperature,
        index=index,
        parents=parents,
    )
