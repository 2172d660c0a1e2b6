"""Examples for /api/schema/, as the API gave them: what `annotation/api/examples.json` holds."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db import transaction

from annotation.api.describing import EXAMPLES
from annotation.api.designs import CONFIG
from annotation.api.projects import EXAMPLE as PROJECT
from annotation.models import Role
from tests.api.conftest import Stage
from tests.api.routes import ROUTES

# Not inside a project: (method, address) → body.
OUTSIDE: dict[tuple[str, str], Any] = {
    ("GET", "projects/"): None,
    ("POST", "projects/"): PROJECT,
    ("POST", "projects/label-studio-config/"): {"config": CONFIG},
    ("GET", "me/"): None,
    ("GET", "me/tokens/"): None,
    ("POST", "me/tokens/"): {"name": "nightly export", "scope": "read", "days": 30},
    ("GET", "me/preferences/"): None,
    ("PATCH", "me/preferences/"): {"swipe": False},
    ("GET", "project-templates/"): None,
    ("GET", "notifications/"): None,
    ("POST", "notifications/read/"): {},
}
LONGEST = 300
WHEN = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$")
SECRET = re.compile(r"[0-9a-f]{32,}|(?<=/join/)[\w-]+")


def operation_of(schema: dict[str, Any], method: str, pattern: str) -> dict[str, Any] | None:
    path = "/api/v1/" + re.sub(r"<\w+:(\w+)>", lambda found: "{" + found[1].replace("pk", "id") + "}", pattern)
    return schema["paths"].get(path, {}).get(method.lower())


def record(stage: Stage, schema: dict[str, Any]) -> dict[str, Any]:
    """{operation: {request?, status, answer?}}; an operation that was refused borrows the answer of one alike."""
    recorded: dict[str, Any] = {}
    alike: dict[str, Any] = {}
    for method, pattern, body, answer in _asked(stage):
        operation = operation_of(schema, method, pattern)
        if operation is None:
            continue
        kept: dict[str, Any] = {"request": _short(body)} if isinstance(body, dict | list) else {}
        status = next(each for each in sorted(operation["responses"]) if each.startswith("2"))
        if answer.status_code < 300 and answer.get("Content-Type") == "application/json":
            kept["answer"] = _short(answer.json())
            status = str(answer.status_code)
            alike.setdefault(_shape(operation, status), kept["answer"])
        recorded[operation["operationId"]] = {**kept, "status": status}
    for methods in schema["paths"].values():
        for operation in methods.values():
            kept = recorded.get(operation["operationId"], {})
            shape = _shape(operation, kept.get("status", "200"))
            if "answer" not in kept and shape in alike:
                kept["answer"] = alike[shape]
    return dict(sorted(recorded.items()))


def write(recorded: dict[str, Any]) -> None:
    EXAMPLES.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _asked(stage: Stage) -> Any:
    cast = stage.cast
    for (method, pattern), body in OUTSIDE.items():
        with transaction.atomic():
            yield method, pattern, body, getattr(cast.api(cast.lead), method.lower())(f"/api/v1/{pattern}", body)
            transaction.set_rollback(True)
    for route in ROUTES:
        humble = route.lowest in (None, Role.ANNOTATOR)
        user = cast.annotator if humble else cast.lead
        body = None if route.multipart else route.body(stage.here)
        yield route.method, route.pattern, body, stage.send(user, route, cast.project.slug, stage.here)


def _shape(operation: dict[str, Any], status: str) -> str:
    content = operation["responses"].get(status, {}).get("content", {}).get("application/json", {})
    return json.dumps(content.get("schema"), sort_keys=True)


def _short(value: Any) -> Any:
    """The same, without what is different each time, and not longer than somebody reads."""
    match value:
        case dict():
            return {key: _short(each) for key, each in value.items()}
        case list():
            return [_short(each) for each in value[:2]]
        case str() if WHEN.match(value):
            return "2026-11-21T10:00:00Z"
        case str():
            text = SECRET.sub("5f2b…", value).replace("http://testserver", "http://localhost:8000")
            return text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return value
