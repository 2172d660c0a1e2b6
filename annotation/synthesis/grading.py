"""A response's mark from 0 to 5, point by point."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.llms import Prompt

from .asking import request
from .base import Request, Role, Seed
from .replies import TEXT, one_of, record
from .wording import prompt

HIGHEST = 5
MARKS = tuple(str(mark) for mark in range(HIGHEST + 1))
MARK_TOKENS = 256
# Yuan et al. 2024 (arXiv:2401.10020, figure 2), in short and in our words.
POINTS = (
    "it is relevant and says something about what was asked, even if incomplete or with other things beside it",
    "it answers a substantial part of what was asked, even if not all of it",
    "it answers the basic elements usefully, whoever may have written it",
    "it is written as an assistant would: direct, complete, well organised and helpful, with little to improve",
    "it is an expert's: without anything beside the point, insightful and made for exactly this question",
)
ANSWER = (
    'an object {"reason": …, "mark": …}: one sentence on which points it gets, then their number, from 0 to 5, as text.'
)


def mark_request(
    seed: Seed,
    asked: str,
    response: str,
    *,
    role: Role = Role.JUDGE,
    temperature: float = 0.0,
    index: int = 0,
) -> Request:
    """Asks for the number of points that a response gets, each of them where all before it are given."""
    return request(
        _prompt(asked, response),
        record(reason=TEXT, mark=one_of(MARKS)),
        role=role,
        max_tokens=MARK_TOKENS,
        temperature=temperature,
        index=index,
        parents=[seed.id],
    )


def mark_in(answer: dict[str, str]) -> int:
    return int(answer["mark"])


def _prompt(asked: str, response: str) -> Prompt:
    parts: Sequence[str] = [
        "Give a response to an instruction points, one after the other, each only where it has all before:",
        "\n".join(f"{number}. {point};" for number, point in enumerate(POINTS, 1)),
    ]
    return prompt(parts, f"Instruction: {asked}\n\nResponse: {response}", ANSWER, last="The points:")
