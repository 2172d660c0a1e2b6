from __future__ import annotations

import io
import json

from django.core.management import call_command
from django.test import Client

from annotation.exchange import FORMATS
from tests.api.test_access import OPEN, ROUTES


def test_the_schema_is_valid_and_complete() -> None:
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=out)
    schema = json.loads(out.getvalue())
    assert schema["openapi"].startswith("3.1")
    described = sum(len(methods) for methods in schema["paths"].values())
    # Runs are served under their labeler, too, and described once.
    aliases = sum("labelers/<int:labeler>/runs/<int:pk>/" in route.pattern for route in ROUTES)
    assert described == len(ROUTES) + len(OPEN) - aliases
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert "application/problem+json" in operation["responses"]["4XX"]["content"], where


def test_a_snapshot_is_described_in_every_format_it_can_have() -> None:
    out = io.StringIO()
    call_command("spectacular", format="openapi-json", stdout=out)
    download = json.loads(out.getvalue())["paths"]["/api/v1/projects/{slug}/snapshots/{id}/download/"]["get"]
    assert set(download["responses"]["200"]["content"]) == {kind.media_type for kind in FORMATS.values()}


def test_the_schema_is_served(db: None) -> None:
    response = Client().get("/api/schema/")
    assert response.status_code == 200
    assert b"idempotency" in response.content.lower()
