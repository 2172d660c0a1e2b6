"""Requests that nobody thought of, made from the schema (schemathesis): no 5xx, and no answer that it does not have."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from annotation.workflow.tokens import make_token
from tests.api.conftest import Stage
from tests.api.routes import Rows, ids_of

# Examples of each operation, the same ones at every run. By hand many, and some that break the schema:
# SYNTHWEB_FUZZ=100 pytest tests/api/test_fuzzing.py
EXAMPLES = int(os.environ.get("SYNTHWEB_FUZZ", "1"))
BY_HAND = "SYNTHWEB_FUZZ" in os.environ
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


def real(path: str, given: dict[str, Any], slug: str, rows: Rows) -> dict[str, Any]:
    """The rows that there are in place of most that were made up."""
    noun = path.split("/")[5] if len(path.split("/")) > 5 else ""
    ids = {"slug": slug, "id": ids_of(rows).get(noun), "labeler": rows.labeler.pk, "name": "funnel"}
    return {name: value if ids.get(name) is None or value in (0, 1) else ids[name] for name, value in given.items()}


def ask(operation: Any, mode: GenerationMode, send: Callable[[Any], None]) -> None:
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        send(case)

    asked()


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Django closes its connection after each request; the test's transaction would end with it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
def test_no_request_made_from_the_schema_gets_an_answer_it_does_not_have(stage: Stage) -> None:
    cast, rows = stage.cast, stage.here
    headers = {"Authorization": f"Token {make_token(cast.lead)[1]}"}
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())

    def send(case: Any) -> None:
        case.path_parameters = real(case.operation.path, case.path_parameters, cast.project.slug, rows)
        # What one request does, the next one must not meet: a manager may remove themselves.
        with transaction.atomic():
            response = case.call(headers={**(case.headers or {}), **headers})
            transaction.set_rollback(True)
        # That something is not ready yet is an answer, where the schema has it.
        case.validate_response(response, checks=CHECKS[1:] if response.status_code == 503 else CHECKS)

    failures = []
    for found, mode in product(schema.get_all_operations(), GenerationMode if BY_HAND else (GenerationMode.POSITIVE,)):
        if mode is GenerationMode.NEGATIVE and not (found.ok().body or found.ok().query):
            continue  # It can be asked in no wrong way.
        try:
            ask(found.ok(), mode, send)
        except (Exception, BaseExceptionGroup) as error:  # All of them are asked, whatever one of them does.
            failures.append(f"{found.ok().label}: {error!r:.2000}")
    assert not failures, "\n\n".join(failures)
