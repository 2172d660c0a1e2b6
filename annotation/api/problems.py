"""Every error as a problem detail (RFC 9457): a sentence for a person, and the fields at fault for a program."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from annotation.questions import InvalidAnswer
from annotation.workflow.errors import AssignmentClosed, Conflict, JobActive, KeyReused, Refused, VersionConflict

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER = "5"  # seconds

# The first match counts: the more particular errors come first. "about:blank" says no more than the status does.
_STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (AssignmentClosed, 409, "lease-lost"),
    (VersionConflict, 409, "version-conflict"),
    (JobActive, 409, "job-state"),
    (Conflict, 409, "conflict"),
    (KeyReused, 422, "idempotency-key-reused"),
    (Refused, 400, "refused"),
    (InvalidAnswer, 400, "invalid-answer"),
    (RequestDataTooBig, 413, ""),
    (TooManyFilesSent, 413, ""),
    (TooManyFieldsSent, 413, ""),
    (UnreadablePostError, 400, ""),
)


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    **extra: Any,
) -> Response:
    """`kind` names the error within this product; `extra` becomes further members."""
    body = {
        "type": f"urn:synthweb:problem:{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **({"errors": errors} if errors else {}),
        **extra,
    }
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. What is nobody's mistake but ours stays an exception, so that it is logged."""
    if isinstance(exc, OperationalError | InterfaceError):
        return problem(
            503, "The database cannot be reached; try again in a moment.", headers={"Retry-After": RETRY_AFTER}
        )
    if isinstance(exc, Http404):
        exc = exceptions.NotFound(*exc.args[:1])
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(*exc.args[:1])
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    for kind, status, name in _STATUSES:
        if isinstance(exc, kind):
            return _of_workflow(exc, status, name)
    return None


def _of_workflow(exc: Exception, status: int, name: str) -> Response:
    field = getattr(exc, "field", "")
    if isinstance(exc, InvalidAnswer):
        field = exc.question if exc.question == "answers" else f"answers.{exc.question}"
    detail = str(exc) or HTTPStatus(status).phrase
    errors = [{"field": field, "message": detail}] if field else None
    extra = {"current": exc.current} if isinstance(exc, Conflict) and exc.current else {}
    return problem(status, detail, kind=name, errors=errors, **extra)


def _of_framework(exc: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    kind, extra = getattr(exc, "kind", ""), getattr(exc, "extra", {})
    if isinstance(exc, exceptions.ValidationError):
        errors = _flatten(exc.detail)
        detail = " ".join(_sentence(error) for error in errors[:3])
        return problem(exc.status_code, detail, errors=errors, headers=headers)
    return problem(exc.status_code, str(exc.detail), kind=kind, headers=headers, **extra)


def _sentence(error: dict[str, str]) -> str:
    return f"{error['field']}: {error['message']}" if error["field"] else error["message"]


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's tree of messages → a list, fields written as `policy.overlap` and `options.0`."""
    if isinstance(detail, dict):
        pairs = [(path if key == "non_field_errors" else _join(path, key), value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(each, dict | list) for each in detail):
        pairs = [(_join(path, index), value) for index, value in enumerate(detail)]
    else:
        messages = detail if isinstance(detail, list) else [detail]
        return [{"field": path, "message": str(message)} for message in messages]
    return [error for key, value in pairs for error in _flatten(value, key)]


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)
