"""What an endpoint's refusals become: our words, and how long to wait."""

from __future__ import annotations

import logging

import pytest

from annotation.llms import ModelError, Permanent, Retryable
from annotation.llms.refusals import Misconfigured
from tests.endpoints import KEY, Answer, refuses
from tests.llms.remote import Serve, ask, model_at


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Misconfigured), (403, Misconfigured), (404, Misconfigured), (302, Misconfigured), (400, Permanent),
     (413, Permanent), (418, Permanent), (408, Retryable), (429, Retryable), (500, Retryable), (503, Retryable)],
)  # fmt: skip
def test_a_refusal_is_retryable_or_permanent_and_told_in_our_words(
    serve: Serve, status: int, kind: type[ModelError], caplog: pytest.LogCaptureFixture
) -> None:
    """L4: neither the endpoint's words nor the key are in a message, a traceback's chain, or a log."""
    caplog.set_level(logging.DEBUG)
    server = serve(lambda asked: refuses(status, Location=f"http://127.0.0.1:1/{KEY}"))
    (result,) = ask(model_at(server), "canary-of-the-item")
    assert type(result) is kind or isinstance(result, kind)
    error: BaseException | None = result
    while error is not None:
        assert "canary" not in repr(error)
        error = error.__cause__ or error.__context__
    assert KEY not in caplog.text
    assert "canary-of-the-endpoint" not in caplog.text
    assert "team-vllm" in str(result)


def test_a_text_that_is_too_long_is_said_to_be(serve: Serve) -> None:
    body = b'{"error": {"message": "This model\'s maximum context length is 2048 tokens."}}'
    server = serve(lambda asked: Answer([body], 400))
    (result,) = ask(model_at(server), "x")
    assert "too long" in str(result)
    assert len(server.asked) == 1
