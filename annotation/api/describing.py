"""How an operation is described in /api/schema/: the errors every one of them has come by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from .problems import CONTENT_TYPE
from .shapes import Problem


def describe(
    operation: str,
    summary: str,
    responses: Mapping[int | tuple[int, str], Any],
    *,
    request: Any = None,
    parameters: Sequence[OpenApiParameter] = (),
    sends: Any = None,
    answers: Any = None,
) -> Callable[[Any], Any]:
    """`sends` and `answers` are examples of the request's (a tuple: several of them) and the first response's body."""
    examples = []
    for number, sent in enumerate(sends if isinstance(sends, tuple) else [sends] if sends is not None else [], 1):
        name = f"Request {number}" if isinstance(sends, tuple) else "Request"
        examples.append(OpenApiExample(name, value=sent, request_only=True))
    if answers is not None:
        first = next(iter(responses))
        examples.append(OpenApiExample("Answer", value=answers, response_only=True, status_codes=[str(_status(first))]))
    return extend_schema(
        operation_id=operation,
        summary=summary,
        request=request,
        responses={**responses, ("4XX", CONTENT_TYPE): OpenApiResponse(Problem, "What was wrong, in a sentence.")},
        parameters=list(parameters),
        examples=examples,
    )


def _status(key: int | tuple[int, str]) -> int:
    return key if isinstance(key, int) else key[0]
