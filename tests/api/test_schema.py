"""The description of the API: valid, complete, with examples that the API itself gave."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from annotation.exchange import FORMATS
from tests.api.conftest import Stage
from tests.api.recording import record, write
from tests.api.routes import OPEN, ROUTES

JSON = "application/json"
# No item of the furnished project was generated.
UNTOLD = {"items_provenance"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=out)
    described: dict[str, Any] = json.loads(out.getvalue())
    return described


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_route_is_described_with_what_can_go_wrong(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    described = list(operations(schema))
    # Runs are served under their labeler, too, and described once.
    aliases = sum("labelers/<int:labeler>/runs/<int:pk>/" in route.pattern for route in ROUTES)
    assert len(described) == len(ROUTES) + len(OPEN) - aliases
    for method, path, operation in described:
        where = f"{method} {path}"
        assert operation["summary"], where
        errors = {"400", "401", "403", "429", "503"} | ({"404"} if "{" in path else set())
        errors |= {"409", "422"} if method == "post" else set()
        errors |= {"413", "415"} if "requestBody" in operation else set()
        assert errors <= set(operation["responses"]), where
        for status in errors:
            name = operation["responses"][status]["$ref"].rsplit("/", 1)[1]
            assert "application/problem+json" in schema["components"]["responses"][name]["content"], where
        assert operation["security"][0]["token"][0] in ("read", "annotate", "manage"), where


def test_every_operation_has_examples_that_fit_their_shapes(schema: dict[str, Any]) -> None:
    """After a change of the API: `make examples`."""
    missing, wrong = [], []
    for method, path, operation in operations(schema):
        bodies = {"request": operation.get("requestBody", {}).get("content", {}).get(JSON)}
        for status, response in operation["responses"].items():
            bodies[status] = response.get("content", {}).get(JSON) if status.startswith("2") else None
        for name, body in bodies.items():
            if body is None or operation["operationId"] in UNTOLD or not _has_parts(schema, body["schema"]):
                continue
            where = f"{method} {path} {name}"
            if not body.get("examples"):
                missing.append(where)
            check = Draft202012Validator({**body["schema"], "components": schema["components"]})
            for example in body.get("examples", {}).values():
                wrong += [
                    f"{where}: {error.message:.200} at {list(error.path)}"
                    for error in check.iter_errors(example["value"])
                ]
    assert not wrong, "\n".join(["make examples records them anew", *wrong])
    assert not missing, "\n".join(["make examples records them anew", *missing])


def test_the_examples_have_what_the_api_answers(stage: Stage, schema: dict[str, Any]) -> None:
    found = record(stage, schema)
    if "SYNTHWEB_RECORD" in os.environ:
        write(found)
    described = {operation["operationId"]: operation for _, _, operation in operations(schema)}
    for name, each in found.items():
        shown = described[name]["responses"][each["status"]].get("content", {}).get(JSON, {}).get("examples", {})
        for example in shown.values():
            if isinstance(each.get("answer"), dict) and "results" not in each["answer"]:
                assert example["value"].keys() <= each["answer"].keys(), name


def test_a_snapshot_is_described_in_every_format_it_can_have(schema: dict[str, Any]) -> None:
    download = schema["paths"]["/api/v1/projects/{slug}/snapshots/{id}/download/"]["get"]
    assert set(download["responses"]["200"]["content"]) == {kind.media_type for kind in FORMATS.values()}


def test_the_schema_is_served(db: None) -> None:
    response = Client().get("/api/schema/")
    assert response.status_code == 200
    assert b"idempotency" in response.content.lower()


def _has_parts(schema: dict[str, Any], shape: dict[str, Any]) -> bool:
    """Whether there is anything to be shown: not for `{}`, which some bodies are."""
    named = shape.get("$ref", "").rsplit("/", 1)[-1]
    found = schema["components"]["schemas"].get(named, shape)
    return bool(found.get("properties")) or found.get("type") not in ("object", "string")
