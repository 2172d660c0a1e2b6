"""How an operation is described in /api/schema/: its own words, and what follows from how every view works."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from annotation.models import Scope

from .base import READING, ApiView
from .problems import CONTENT_TYPE

EXAMPLES = Path(__file__).parent / "examples.json"
ERRORS = "x-errors"

# Status → when, and an example of the problem's own members.
PROBLEMS: dict[int, tuple[str, dict[str, Any]]] = {
    400: (
        "Something in the request is wrong; `errors` names the fields.",
        {
            "detail": "limit: This must be a whole number from 1 to 1,000.",
            "errors": [{"field": "limit", "message": "This must be a whole number from 1 to 1,000."}],
        },
    ),
    401: ("No token, or none that is known.", {"detail": "This token is not known, or it has expired."}),
    403: (
        "Your role, or the token's scope, does not allow it.",
        {
            "type": "urn:synthweb:problem:scope-missing",
            "detail": "This token has no scope “manage”, which this needs.",
            "scope": "manage",
        },
    ),
    404: ("There is no such thing, as far as you may see.", {"detail": "No such project."}),
    409: (
        "The world moved on since you looked, or a job is in no state for it; `current` says how things stand.",
        {
            "type": "urn:synthweb:problem:version-conflict",
            "detail": "Somebody decided on this item since you looked at it.",
            "current": {"version": 3, "stage": "settled"},
        },
    ),
    412: (
        "If-Match names another version than there is.",
        {
            "type": "urn:synthweb:problem:changed-since",
            "detail": "This has changed since you looked at it. Get it again, and decide anew.",
        },
    ),
    413: ("The body is too large.", {"detail": "A JSON body has at most 32 MB; send larger data as an import."}),
    415: ("The body has another type.", {"detail": "Unsupported media type “text/plain” in request."}),
    422: (
        "The Idempotency-Key belongs to another request.",
        {
            "type": "urn:synthweb:problem:idempotency-key-reused",
            "detail": "This Idempotency-Key belongs to another request; use a new one for each.",
        },
    ),
    429: (
        "Too many requests within a minute; Retry-After says when to go on.",
        {"detail": "Request was throttled. Expected available in 12 seconds."},
    ),
    503: (
        "The database, or a model, is not there yet; Retry-After says when to ask again.",
        {"detail": "The database cannot be reached; try again in a moment."},
    ),
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 100, "pattern": "^[ -~]*$"},
    "description": "A new one for each request: sent again within 24 hours, it is done once and answered alike.",
    "example": "6f1c1e0a-2f4b-4a0e-9a51-0b6d0c5f7a10",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag that GET answered: 412 where it is another one now.",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag that you have: 304 without a body where it is still the same.",
}
PARAMETERS = {"IdempotencyKey": KEY, "IfMatch": IF_MATCH, "IfNoneMatch": IF_NONE_MATCH}
HEADERS = {
    "ETag": {"description": "Names this very answer.", "schema": {"type": "string"}},
    "Link": {"description": '`<address>; rel="next"` where there is another page.', "schema": {"type": "string"}},
    "RateLimit": {"description": "`r` requests are left, for `t` seconds.", "schema": {"type": "string"}},
}


def describe(
    operation: str,
    summary: str,
    responses: Mapping[int | tuple[int, str], Any],
    *,
    request: Any = None,
    parameters: Sequence[OpenApiParameter] = (),
    sends: Any = None,
    answers: Any = None,
    errors: Sequence[int] = (),
) -> Callable[[Any], Any]:
    """`sends` and `answers` are examples of the request's (a tuple: several of them) and the first response's body.

    `errors` are those that this operation has beyond what follows from its method and its address.
    """
    examples = []
    for count, sent in enumerate(sends if isinstance(sends, tuple) else [sends] if sends is not None else [], 1):
        name = f"Request {count}" if isinstance(sends, tuple) else "Request"
        examples.append(OpenApiExample(name, value=sent, request_only=True))
    if answers is not None:
        first = next(iter(responses))
        examples.append(OpenApiExample("Answer", value=answers, response_only=True, status_codes=[str(_status(first))]))
    return extend_schema(
        operation_id=operation,
        summary=summary,
        request=request,
        responses=dict(responses),
        parameters=list(parameters),
        examples=examples,
        extensions={ERRORS: list(errors)},
    )


class OperationSchema(AutoSchema):
    """What `describe` was told, and the errors, headers and rights that follow from the view."""

    def get_tags(self) -> list[str]:
        """By the noun that an address is about."""
        nouns = [part for part in self.path.removeprefix("/api/v1/").split("/") if part and not part.startswith("{")]
        return [nouns[1] if nouns[0] == "projects" and len(nouns) > 1 else nouns[0]]

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        view: Any = self.view
        if operation is None or not isinstance(view, ApiView):
            return operation
        reads = method in READING
        matched = not reads and _can_match(view, method)
        parameters = operation.setdefault("parameters", [])
        if reads and _is_json(operation):
            parameters.append(_part("parameters", "IfNoneMatch"))
            operation["responses"]["304"] = {"description": "You have it already: If-None-Match named it."}
        if matched:
            parameters.append(_part("parameters", "IfMatch"))
        if method == "POST":
            parameters.append(_part("parameters", "IdempotencyKey"))
        scope = Scope.READ if reads else view.writes
        operation["security"] = [{"token": [scope.value]}, {"cookieAuth": []}]
        operation["description"] = f"Scope: {scope.value}."
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                named = ["RateLimit", *(["ETag"] if reads and _is_json(operation) else [])]
                named += ["Link"] if "cursor" in view.parameters and reads else []
                response["headers"] = {name: _part("headers", name) for name in named}
        errors = {*operation.pop(ERRORS, []), *_errors(view, method, path, operation, matched=matched)}
        for status in sorted(errors):
            operation["responses"][str(status)] = _part("responses", _name(status))
        _add_examples(operation)
        return operation


def with_parts(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """A hook of drf-spectacular's: what operations refer to, told once."""
    parts = result.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = _problem_schema()
    parts["parameters"] = PARAMETERS
    parts["headers"] = HEADERS
    parts["responses"] = {_name(status): _response(status) for status in PROBLEMS}
    return result


def _errors(view: ApiView, method: str, path: str, operation: dict[str, Any], *, matched: bool) -> Iterator[int]:
    yield from (400, 401, 403, 429, 503)
    if "{" in path:
        yield 404
    if method not in READING:
        yield 409
    if matched:
        yield 412
    if "requestBody" in operation:
        yield from (413, 415)
    if method == "POST":
        yield 422


def _can_match(view: ApiView, method: str) -> bool:
    if method == "POST":
        return type(view).represent is not ApiView.represent
    return hasattr(view, "get") or type(view).represent is not ApiView.represent


def _is_json(operation: dict[str, Any]) -> bool:
    return "application/json" in operation["responses"].get("200", {}).get("content", {})


def _add_examples(operation: dict[str, Any]) -> None:
    """Examples that were recorded, where `describe` was told none."""
    recorded = _recorded().get(operation["operationId"], {})
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and "request" in recorded:
        body.setdefault("examples", {"Request": {"value": recorded["request"]}})
    for status in ("200", "201", "202"):
        answer = operation["responses"].get(status, {}).get("content", {}).get("application/json")
        if answer is not None and "answer" in recorded:
            answer.setdefault("examples", {"Answer": {"value": recorded["answer"]}})


@cache
def _recorded() -> dict[str, Any]:
    """{operation: {request?, status, answer?}}, as `make examples` found them."""
    recorded: dict[str, Any] = json.loads(EXAMPLES.read_text("utf-8"))
    return recorded


def _part(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "").replace("-", "")


def _response(status: int) -> dict[str, Any]:
    when, members = PROBLEMS[status]
    example = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, **members}
    headers = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}} if status in (429, 503) else {}
    content = {CONTENT_TYPE: {"schema": _part("schemas", "Problem"), "examples": {"Problem": {"value": example}}}}
    return {"description": when, "content": content, **({"headers": headers} if headers else {})}


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    error = {"type": "object", "properties": {"field": text, "message": text}, "required": ["field", "message"]}
    return {
        "type": "object",
        "description": "An error (RFC 9457).",
        "properties": {
            "type": {**text, "description": "`urn:synthweb:problem:…`, or about:blank where the status says it all."},
            "title": text,
            "status": {"type": "integer"},
            "detail": {**text, "description": "A sentence for a person."},
            "errors": {"type": "array", "items": error, "description": "Which fields are at fault, and why."},
            "current": {"type": "object", "description": "After a conflict: how things stand now."},
            "scope": {**text, "description": "What the token lacks."},
        },
        "required": ["type", "title", "status", "detail"],
    }


def _status(key: int | tuple[int, str]) -> int:
    return key if isinstance(key, int) else key[0]
